"""Magic numbers: one table, no surprises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.channels.payload import payload
from shared.channels.scenarios import ACCEPTED, BY_NAME, SCENARIOS, scenario_of
from shared.channels.simulator_checks import check_message
from shared.domain.template import ButtonParam, TemplateParams
from shared.ports import Message

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_a_number_made_for_a_scenario_means_that_scenario(scenario: object) -> None:
    assert scenario in SCENARIOS
    for n in (0, 1, 49, 50, 798):
        phone = SCENARIOS[SCENARIOS.index(scenario)].phone(n)
        assert len(phone) == 11
        assert scenario_of(phone) is scenario
        assert scenario_of(f"+{phone}") is scenario


@pytest.mark.parametrize("name", ["accepted", "held"])
def test_numbers_of_a_scenario_are_all_different_and_end_with_an_error(name: str) -> None:
    phones = [BY_NAME[name].phone(n) for n in range(799)]

    assert len(set(phones)) == len(phones)
    for n in (-1, 799 * 50):
        with pytest.raises(ValueError, match=name):
            BY_NAME[name].phone(n)


def test_names_and_endings_are_unique() -> None:
    assert len(BY_NAME) == len(SCENARIOS)
    assert len({scenario.ending for scenario in SCENARIOS}) == len(SCENARIOS)


def test_consecutive_numbers_of_a_large_campaign_are_never_special() -> None:
    numbers = (str(5_511_900_000_000 + n) for n in range(100_000))

    assert all(scenario_of(number) is ACCEPTED for number in numbers)


@given(st.dictionaries(st.sampled_from(["to", "type", "template", "messaging_product"]), JSON))
def test_no_body_breaks_the_simulators_checks(body: dict[str, object]) -> None:
    assert check_message({"messaging_product": "whatsapp", "to": "+15550100000"} | body)


@given(
    st.builds(
        TemplateParams,
        header=st.none() | st.just("Hello"),
        body=st.lists(st.just("Ana"), max_size=3).map(tuple),
        buttons=st.lists(
            st.builds(
                ButtonParam,
                st.integers(0, 9),
                st.sampled_from(["url", "quick_reply", "copy_code"]),
                st.just("x"),
            ),
            max_size=2,
        ).map(tuple),
    )
)
def test_whatever_parameters_a_message_has_the_simulator_accepts_its_body(
    parameters: TemplateParams,
) -> None:
    import json

    message = Message("15550100000", "welcome", "en_US", parameters, "opaque")

    assert check_message(json.loads(payload(message))) is None
