"""The sample list: what a newcomer sees of the product in the first minute."""

from collections import Counter
from pathlib import Path

from shared.channels.scenarios import SCENARIOS, scenario_of
from shared.domain.audience import Row, open_audience
from shared.domain.phone import PhoneError, equivalent, normalise

EXAMPLE = Path(__file__).parents[2] / "examples" / "recipients.csv"

LEFT_OUT = {
    # These stop the whole campaign or its sender, so nobody after them would get anything.
    "template-missing",
    "template-paused",
    "token-expired",
    "account-locked",
    "held-dropped",
    # Not tried again for a day, so the campaign would not be COMPLETED before tomorrow.
    "user-limit",
    "late-user-limit",
    # Whether it is tried again depends on whether the news comes before the campaign's end.
    "late-unavailable-once",
}


def read() -> tuple[list[Row], dict[int, str]]:
    """All rows, and the phones of those that have a possible one, by line."""
    phones = {}
    with EXAMPLE.open("rb") as file:
        rows = list(open_audience(file).rows())
    for row in rows:
        try:
            phones[row.line] = normalise(row.phone)
        except PhoneError:
            continue
    return rows, phones


def test_the_example_has_76_rows_with_names_and_a_second_variable() -> None:
    rows, _ = read()

    assert len(rows) == 76
    assert all(set(row.values) == {"phone", "first_name", "order"} for row in rows)
    assert not any(row.surplus for row in rows)
    assert len({row.values["order"] for row in rows}) == 76


def test_the_example_has_wrong_numbers_repeated_ones_and_a_name_that_is_missing() -> None:
    # given
    rows, phones = read()
    persons = Counter(min(phone, equivalent(phone) or phone) for phone in phones.values())
    spellings = Counter(phones.values())

    # then
    assert len(rows) - len(phones) == 7
    assert sum(persons.values()) - len(persons) == 4
    assert len(spellings) > len(persons), "one person is there in two spellings of one number"
    assert [row.line for row in rows if not row.values["first_name"]] == [58]


def test_the_example_has_every_outcome_that_lets_the_campaign_finish() -> None:
    _, phones = read()

    shown = {scenario_of(phone).name for phone in phones.values()}

    assert shown == {scenario.name for scenario in SCENARIOS} - LEFT_OUT


def test_nobody_real_gets_a_message_if_the_example_is_sent_in_earnest() -> None:
    """All numbers are set aside for fiction by their country, or of an area that does not exist."""
    _, phones = read()
    fictional = ("447700900", "6149157", "336399800", "5523", "5211205550", "549105555")

    assert all(phone[4:8] == "5550" or phone.startswith(fictional) for phone in phones.values())
