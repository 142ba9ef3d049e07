"""Populate on a real store: everybody once, exact counts, and nothing half done."""

import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from functions.wiring import Services
from shared.domain.campaign import Action, Campaign, Event
from shared.domain.errors import AudienceError, CampaignClosedError, CampaignNotFoundError
from shared.domain.recipient import Origin, Recipient, RecipientStatus
from shared.domain.template import TemplateParams
from shared.ports import ADD_LIMIT, RecipientStore
from shared.system import new_id
from shared.usecases.populate import Populated, populate
from tests.support.campaigns import TESTER

GREETING = TemplateParams(body=("Hi {{name}}",))
NOBODY = {
    "invalid": 0,
    "duplicate": 0,
    "alreadyInCampaign": 0,
    "suppressed": 0,
    "missingVariable": 0,
    "variableTooLong": 0,
}


class Died(Exception):
    """The process ends here."""


class DyingStore:
    """A recipient store whose process dies at the n-th chunk, before or after it was written."""

    def __init__(self, store: RecipientStore, chunk: int, written: bool) -> None:
        self._store = store
        self._left = chunk
        self._written = written

    def add(
        self, campaign: Campaign, recipients: Sequence[Recipient]
    ) -> Mapping[str, Origin | None]:
        if self._left == 0:
            if self._written:
                self._store.add(campaign, recipients)
            raise Died
        self._left -= 1
        return self._store.add(campaign, recipients)


@pytest.fixture
def create(services: Services) -> Callable[..., Campaign]:
    """Makes a campaign, a draft with a greeting unless told."""

    def campaign(template_params: TemplateParams = GREETING) -> Campaign:
        now = services.clock.now()
        new = Campaign(
            campaign_id=new_id("cmp_", services.clock, services.chance),
            name="Spring",
            template_name="spring",
            template_language="en_US",
            created_at=now,
            template_params=template_params,
        )
        services.campaigns.create(new, Event(new.campaign_id, now, "created", TESTER))
        return new

    return campaign


@pytest.fixture
def upload(services: Services) -> Callable[..., Populated]:
    """Populates a campaign from text."""

    def call(campaign: Campaign, text: str, store: RecipientStore | None = None) -> Populated:
        return populate(
            campaigns=services.campaigns,
            recipients=store or services.recipients,
            suppressions=services.suppressions,
            history=services.history,
            clock=services.clock,
            campaign_id=campaign.campaign_id,
            file=io.BytesIO(text.encode()),
            actor=TESTER,
        )

    return call


def people(services: Services, campaign: Campaign) -> list[Recipient]:
    """Everybody in a campaign, after checking that the counters say the same."""
    everybody: list[Recipient] = []
    cursor = None
    while True:
        page = services.recipients.list(campaign.campaign_id, None, 100, cursor)
        everybody += page.items
        cursor = page.cursor
        if cursor is None:
            break
    stats = services.campaigns.stats(campaign.campaign_id)
    assert stats.counts == Counter(person.status for person in everybody)
    assert services.campaigns.get(campaign.campaign_id).total_recipients == len(everybody)
    return everybody


def phones(services: Services, campaign: Campaign) -> list[str]:
    return [person.phone for person in people(services, campaign)]


def listed(count: int, first: int = 0) -> str:
    """A list of different people."""
    return "phone,name\n" + "".join(
        f"+4477009{n:05d},Person {n}\n" for n in range(first, first + count)
    )


def test_everybody_of_the_list_is_stored_with_the_text_that_will_be_sent(
    services: Services, create: Callable[..., Campaign], upload: Callable[..., Populated]
) -> None:
    # given
    campaign = create()

    # when
    result = upload(
        campaign, "Name;Phone\nAna;+55 (11) 98888-7777\nJosé\t Maria;0044 7700 900123\n"
    )

    # then
    assert result == Populated(2, NOBODY, 2, ())
    ana, jose = sorted(people(services, campaign), key=lambda person: person.phone, reverse=True)
    assert (ana.phone, ana.status, ana.attempts) == ("5511988887777", RecipientStatus.PENDING, 0)
    assert ana.parameters == TemplateParams(body=("Hi Ana",))
    assert (jose.phone, jose.parameters.body) == ("447700900123", ("Hi José Maria",))
    due = services.recipients.pending(campaign.campaign_id, services.clock.now(), 10)
    assert {person.phone for person in due} == {ana.phone, jose.phone}


def test_one_phone_a_line_is_enough_for_a_template_without_variables(
    services: Services, create: Callable[..., Campaign], upload: Callable[..., Populated]
) -> None:
    campaign = create(TemplateParams(body=("to everybody",)))

    result = upload(campaign, "5511988887777\n447700900123,a note,another\n")

    assert (result.inserted, result.total_recipients) == (2, 2)
    assert phones(services, campaign) == ["447700900123", "5511988887777"]


@pytest.mark.parametrize("count", [1, ADD_LIMIT - 1, ADD_LIMIT, ADD_LIMIT + 1, 2 * ADD_LIMIT + 5])
def test_the_counts_are_exact_around_the_size_of_a_chunk(
    services: Services,
    create: Callable[..., Campaign],
    upload: Callable[..., Populated],
    count: int,
) -> None:
    # given
    campaign = create()

    # when
    first = upload(campaign, listed(count))
    before = people(services, campaign)
    second = upload(campaign, listed(count))

    # then
    assert (first.inserted, first.total_recipients, len(before)) == (count, count, count)
    assert (second.inserted, second.total_recipients) == (0, count)
    assert second.skipped == NOBODY | {"alreadyInCampaign": count}
    assert people(services, campaign) == before


def test_a_chunk_in_which_everybody_has_two_spellings_fits_one_transaction(
    services: Services, create: Callable[..., Campaign], upload: Callable[..., Populated]
) -> None:
    campaign = create()
    text = "phone,name\n" + "".join(f"55119{8000_0000 + n},P\n" for n in range(ADD_LIMIT))

    assert upload(campaign, text).inserted == ADD_LIMIT
    assert len(people(services, campaign)) == ADD_LIMIT


def test_the_same_list_again_changes_nobody_who_was_sent_to_meanwhile(
    services: Services,
    environment: dict[str, str],
    create: Callable[..., Campaign],
    upload: Callable[..., Populated],
) -> None:
    # given
    campaign = create()
    upload(campaign, listed(3))
    sent = phones(services, campaign)[1]
    _mark_sent(services, environment, campaign, sent)

    # when
    result = upload(campaign, listed(3).replace("Person", "Changed"))

    # then
    assert (result.inserted, result.skipped["alreadyInCampaign"]) == (0, 3)
    person = services.recipients.get(campaign.campaign_id, sent)
    assert person is not None
    assert (person.status, person.parameters.body) == (RecipientStatus.SENT, ("Hi Person 1",))


def _mark_sent(
    services: Services, environment: dict[str, str], campaign: Campaign, phone: str
) -> None:
    import boto3

    client = boto3.client("dynamodb", region_name="eu-west-1")
    client.update_item(
        TableName=environment["RECIPIENTS_TABLE_NAME"],
        Key={"PK": {"S": f"CAMPAIGN#{campaign.campaign_id}"}, "SK": {"S": f"USER#{phone}"}},
        UpdateExpression="SET #s = :s REMOVE pendingShard, dueAt",
        ConditionExpression="attribute_exists(PK)",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":s": {"S": "SENT"}},
    )


@pytest.mark.parametrize("written", [False, True], ids=["before the write", "after the write"])
@pytest.mark.parametrize("chunk", [0, 1, 2])
def test_a_crash_at_any_chunk_is_completed_by_the_same_upload(
    services: Services,
    create: Callable[..., Campaign],
    upload: Callable[..., Populated],
    chunk: int,
    written: bool,
) -> None:
    # given
    campaign = create()
    everybody = 2 * ADD_LIMIT + 10
    text = listed(everybody) + "+4477009 00003,Twice\nnobody,Nobody\n"
    with pytest.raises(Died):
        upload(campaign, text, DyingStore(services.recipients, chunk, written))
    there = min((chunk + written) * ADD_LIMIT, everybody)
    assert len(people(services, campaign)) == there

    # when
    result = upload(campaign, text)

    # then
    assert (result.inserted, result.total_recipients) == (everybody - there, everybody)
    assert result.skipped == NOBODY | {"alreadyInCampaign": there, "duplicate": 1, "invalid": 1}
    assert len(set(phones(services, campaign))) == everybody


def test_a_repeated_upload_reads_past_those_who_are_there(
    services: Services, create: Callable[..., Campaign], upload: Callable[..., Populated]
) -> None:
    """A long list that ran into the time limit gets further each time it is uploaded."""
    # given
    campaign = create()
    brazil = "".join(f"+55119888{n:05d},B\n" for n in range(2 * ADD_LIMIT))
    text = listed(2 * ADD_LIMIT) + brazil
    upload(campaign, text)
    stored = phones(services, campaign)
    writes: list[str] = []
    services._dynamodb.meta.events.register(
        "before-call.dynamodb.TransactWriteItems", lambda **_: writes.append("a transaction")
    )

    # when: the same people, the Brazilians in their other spelling
    again = upload(campaign, text.replace("+55119888", "+5511888"))

    # then
    assert (again.inserted, again.skipped["alreadyInCampaign"]) == (0, 4 * ADD_LIMIT)
    lines_of_the_history = 2
    assert len(writes) - lines_of_the_history == 1, "the first chunk is tried, the others are read"
    assert phones(services, campaign) == stored


def test_new_rows_join_those_who_are_there(
    services: Services, create: Callable[..., Campaign], upload: Callable[..., Populated]
) -> None:
    # given
    campaign = create()
    upload(campaign, listed(60))

    # when
    result = upload(campaign, listed(60, first=30))

    # then
    assert (result.inserted, result.skipped["alreadyInCampaign"]) == (30, 30)
    assert (result.total_recipients, len(people(services, campaign))) == (90, 90)
    assert [row.line for row in result.rejected] == list(range(2, 32))


def test_one_person_in_two_spellings_is_one_recipient(
    services: Services, create: Callable[..., Campaign], upload: Callable[..., Populated]
) -> None:
    # given
    campaign = create()

    # when
    result = upload(
        campaign,
        "phone,name\n+5511988887777,Ana\n+55 11 8888-7777,Ana\n5511988887777,Ana\n"
        "+52 55 1234 5678,Luz\n+52 1 55 1234 5678,Luz\n+54 11 2345 6789,Eva\n5491123456789,Eva\n",
    )
    later = upload(campaign, "phone,name\n551188887777,Ana\n5215512345678,Luz\n")

    # then
    assert (result.inserted, result.skipped) == (3, NOBODY | {"duplicate": 4})
    assert result.rejected[0].reason == "This person is on line 2 already."
    assert (later.inserted, later.skipped) == (0, NOBODY | {"alreadyInCampaign": 2})
    assert phones(services, campaign) == ["525512345678", "541123456789", "5511988887777"]


def test_uploads_at_the_same_time_take_everybody_once_whatever_the_spelling(
    services: Services, create: Callable[..., Campaign], upload: Callable[..., Populated]
) -> None:
    # given
    campaign = create()
    long = "phone,name\n" + "".join(f"55119{8000_0000 + n},P\n" for n in range(100))
    short = "phone,name\n" + "".join(f"5511{8000_0000 + n},P\n" for n in reversed(range(100)))

    # when
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda text: upload(campaign, text), [long, short, long, short]))

    # then
    assert sum(result.inserted for result in results) == 100
    assert sum(result.skipped["alreadyInCampaign"] for result in results) == 300
    assert len({phone[-8:] for phone in phones(services, campaign)}) == 100
    assert len(people(services, campaign)) == 100


@pytest.mark.parametrize(
    ("row", "kind", "value", "words"),
    [
        ("12345,Ana,x", "invalid", "12345", "Too short"),
        (",Ana,x", "invalid", "", "missing"),
        ("5.51199E+12,Ana,x", "invalid", "5.51199E+12", "spreadsheet"),
        ("Z" * 60 + ",Ana,x", "invalid", "Z" * 40, "letters"),
        ("447700900100,Ana,x", "duplicate", "447700900100", "line 2"),
        ("447700900199,,x", "missingVariable", "447700900199", "{{name}}"),
        ("447700900199, \t ,", "missingVariable", "447700900199", "{{code}}, {{name}}"),
        ("447700900199", "missingVariable", "447700900199", "{{code}}, {{name}}"),
        ("447700900199,Ana,x,y", "invalid", "447700900199", "more cells"),
        ("447700900199," + "n" * 1022 + ",x", "variableTooLong", "447700900199", "1024"),
        ("447700900199," + "n" * 500 + "," + "c" * 522, "variableTooLong", "447700900199", "1024"),
    ],
)
def test_a_row_that_is_left_out_has_its_line_and_its_reason(
    services: Services,
    create: Callable[..., Campaign],
    upload: Callable[..., Populated],
    row: str,
    kind: str,
    value: str,
    words: str,
) -> None:
    # given
    campaign = create(TemplateParams(body=("Hi {{name}}", "{{code}}")))

    # when
    result = upload(
        campaign, f'phone,name,code\n447700900100,"A\nna",x\n\n{row}\n447700900101,B,y\n'
    )

    # then
    assert (result.inserted, result.skipped) == (2, NOBODY | {kind: 1})
    (rejected,) = result.rejected
    assert (rejected.line, rejected.value, rejected.kind) == (5, value, kind)
    assert words in rejected.reason
    assert phones(services, campaign) == ["447700900100", "447700900101"]


def test_texts_of_exactly_the_length_that_meta_takes_are_taken(
    create: Callable[..., Campaign], upload: Callable[..., Populated]
) -> None:
    campaign = create(TemplateParams(header="{{h}}", body=("{{a}}", "{{b}}")))
    text = f"phone,h,a,b\n447700900100,{'h' * 1024},{'a' * 1000},{'b' * 24}\n"

    assert upload(campaign, text).inserted == 1


def test_a_text_that_is_empty_for_everybody_rejects_everybody(
    create: Callable[..., Campaign], upload: Callable[..., Populated]
) -> None:
    campaign = create(TemplateParams(body=("Hi {{name}}", " ")))

    assert upload(campaign, listed(3)).skipped == NOBODY | {"missingVariable": 3}


def test_a_row_that_was_left_out_does_not_stand_in_the_way_of_a_better_one(
    services: Services, create: Callable[..., Campaign], upload: Callable[..., Populated]
) -> None:
    campaign = create()

    result = upload(campaign, "phone,name\n447700900100,\n447700900100,Ana\n")

    assert (result.inserted, result.skipped) == (1, NOBODY | {"missingVariable": 1})
    assert people(services, campaign)[0].parameters.body == ("Hi Ana",)


def test_the_report_has_the_first_hundred_rows_by_line_and_counts_all(
    create: Callable[..., Campaign], upload: Callable[..., Populated]
) -> None:
    # given
    campaign = create()
    upload(campaign, listed(150))
    mixed = "".join(f"{line}nobody,N\n" for line in listed(150).splitlines(keepends=True)[1:])

    # when
    again = upload(campaign, listed(150))
    result = upload(campaign, "phone,name\n" + mixed)

    # then
    assert again.skipped == NOBODY | {"alreadyInCampaign": 150}
    assert [row.line for row in again.rejected] == list(range(2, 102))
    assert result.skipped == NOBODY | {"alreadyInCampaign": 150, "invalid": 150}
    assert [row.line for row in result.rejected] == list(range(2, 102))
    assert [row.kind for row in result.rejected[:2]] == ["alreadyInCampaign", "invalid"]


def test_a_column_that_the_file_lacks_is_refused_with_those_that_exist(
    services: Services, create: Callable[..., Campaign], upload: Callable[..., Populated]
) -> None:
    # given
    campaign = create(TemplateParams(header="{{Nome}}", body=("{{name}} {{city}}",)))

    # when
    with pytest.raises(AudienceError) as refused:
        upload(campaign, listed(60))

    # then
    assert refused.value.message == (
        "The template parameters use {{city}}, {{nome}}, which the file does not have. "
        "Its columns are {{phone}}, {{name}}."
    )
    assert [detail["field"] for detail in refused.value.details] == ["city", "nome"]
    assert people(services, campaign) == []


@pytest.mark.parametrize("damage", ['447700900199,"open\n', "447700900199,\0\n", "x" * 200_000])
def test_a_file_that_is_damaged_at_its_end_changes_nothing(
    services: Services,
    create: Callable[..., Campaign],
    upload: Callable[..., Populated],
    damage: str,
) -> None:
    campaign = create()

    with pytest.raises(AudienceError):
        upload(campaign, listed(200) + damage)

    assert people(services, campaign) == []


def test_a_campaign_that_has_ended_takes_nobody(
    services: Services, create: Callable[..., Campaign], upload: Callable[..., Populated]
) -> None:
    # given
    campaign = create()
    upload(campaign, listed(2))
    _cancel(services, campaign)

    # then
    with pytest.raises(CampaignClosedError, match="CANCELLED"):
        upload(campaign, listed(5))
    with pytest.raises(CampaignClosedError, match="CANCELLED"):
        upload(campaign, "phone,name\nnobody,Nobody\n")
    assert len(people(services, campaign)) == 2


def test_a_campaign_that_ends_during_the_upload_takes_nobody_after_it(
    services: Services, create: Callable[..., Campaign], upload: Callable[..., Populated]
) -> None:
    # given
    campaign = create()

    class CancelledAfterOneChunk:
        def add(self, to: Campaign, recipients: Sequence[Recipient]) -> Mapping[str, Origin | None]:
            there = services.recipients.add(to, recipients)
            if len(people(services, campaign)) == ADD_LIMIT:
                _cancel(services, campaign)
            return there

    # when
    with pytest.raises(CampaignClosedError):
        upload(campaign, listed(3 * ADD_LIMIT), CancelledAfterOneChunk())

    # then
    assert len(people(services, campaign)) == ADD_LIMIT


def test_an_unknown_campaign_is_refused(
    create: Callable[..., Campaign], upload: Callable[..., Populated]
) -> None:
    stranger = replace(create(), campaign_id="cmp_nobody")

    with pytest.raises(CampaignNotFoundError):
        upload(stranger, listed(1))


def _cancel(services: Services, campaign: Campaign) -> None:
    event = Event(campaign.campaign_id, services.clock.now(), "cancel", TESTER)
    services.campaigns.control(campaign.campaign_id, Action.CANCEL, event)
