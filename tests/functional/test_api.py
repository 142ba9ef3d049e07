"""The HTTP contract: API Gateway's events into the handler, data on the emulator."""

from typing import Any

from functions.wiring import Services
from shared.channels.simulator import Simulator
from shared.domain.access import DEFAULT_TENANT
from shared.dynamo.keys import EVENT_PREFIX, Keys
from tests.support.api_calls import (
    ADMIN,
    NEW,
    create,
    gateway_event,
    get,
    invoke,
    post,
    post_bytes,
    upload,
)

PEOPLE = b"phone,name\n+1 201 555 0100,Ana\n12025550101,Bruno\n1-203-555-0102,Carla\n"


def started(people: bytes = PEOPLE, **settings: Any) -> str:
    """A running campaign's path."""
    path = create(**settings)
    assert upload(f"{path}/populate", people).status == 200
    assert control(path, "start").status == 200
    return path


def control(path: str, action: str, **more: Any) -> Any:
    """What a person does."""
    return post(f"{path}/control", {"action": action, **more})


def events(services: Services, path: str) -> list[dict[str, Any]]:
    """A campaign's history as stored."""
    answer = services._dynamodb.query(
        TableName=services.settings.campaigns_table,
        KeyConditionExpression="PK = :pk AND begins_with(SK, :event)",
        ExpressionAttributeValues={
            ":pk": {"S": Keys(DEFAULT_TENANT).campaign_partition(path.rsplit("/", 1)[1])},
            ":event": {"S": EVENT_PREFIX},
        },
    )
    return [{name: next(iter(v.values())) for name, v in item.items()} for item in answer["Items"]]


def test_a_campaign_goes_from_a_file_to_everybodys_phone(
    fresh_api: Services, meta: Simulator
) -> None:
    params = {"body": ["Hello {{name}}"]}
    created = post("/api/campaigns/create", NEW | {"templateParams": params})
    assert (created.status, created.body["success"], created.body["status"]) == (201, True, "DRAFT")
    path = f"/api/campaigns/{created.body['campaignId']}"

    populated = upload(f"{path}/populate", PEOPLE + b"12345,Doris\n12025550101,Bruno\n")
    assert populated.status == 200
    assert populated.body["inserted"] == populated.body["totalRecipients"] == 3
    assert populated.body["skipped"]["invalid"] == populated.body["skipped"]["duplicate"] == 1
    assert [(row["line"], row["value"]) for row in populated.body["rejected"]] == [
        (5, "12345"),
        (6, "12025550101"),
    ]

    assert control(path, "start").body["newStatus"] == "RUNNING"
    batch = post(f"{path}/execute-batch")
    assert batch.status == 200
    result = batch.body["result"]
    assert (result["processed"], result["sent"], result["failed"]) == (3, 3, 0)
    assert (result["paused"], result["completed"], result["pauseReason"]) == (False, True, None)

    campaign = get(path).body["campaign"]
    assert campaign["status"] == "COMPLETED"
    assert (campaign["totalRecipients"], campaign["sentCount"]) == (3, 3)
    assert (campaign["pendingCount"], campaign["progress"]) == (0, 100.0)
    assert campaign["completedAt"] >= campaign["startedAt"] >= campaign["createdAt"]

    recipients = get(f"{path}/recipients").body
    assert recipients["nextCursor"] is None
    assert [one["phone"] for one in recipients["recipients"]] == [
        "12015550100",
        "12025550101",
        "12035550102",
    ]
    ana = recipients["recipients"][0]
    assert (ana["status"], ana["attempts"]) == ("SENT", 1)
    assert ana["messageId"].startswith("wamid.")
    assert ana["parameters"]["body"] == ["Hello Ana"]

    quota = get("/api/quota").body
    assert (quota["used"], quota["limit"], quota["remaining"]) == (3, 200, 197)
    assert (quota["window"], quota["resetsAt"][-1]) == ("rolling", "Z")
    assert sum(each["opened"] for each in quota["hours"]) == 3
    sent = [one for one in meta.accepted if path.rsplit("/", 1)[1] in one.opaque]
    assert sorted(one.phone for one in sent) == ["12015550100", "12025550101", "12035550102"]


def test_settings_are_stored_and_shown(api: Services) -> None:
    settings = {
        "templateLanguage": "pt_BR",
        "templateParams": {
            "header": "{{name}}",
            "body": {"first_name": "{{name}}"},
            "buttons": [{"index": 1, "subType": "copy_code", "text": "A{{name}}"}],
        },
        "throttle": {"messagesPerSecond": 2.5, "batchSize": 7, "batchDelaySeconds": 90},
        "retry": {"maxAttempts": 5, "baseDelaySeconds": 0.5, "maxDelaySeconds": 10},
        "onUnconfirmed": "resend",
        "dailyCap": 90,
        "autoResume": True,
    }

    shown = get(create(**settings)).body["campaign"]

    settings["throttle"] |= {"mode": "batch", "workers": 1}
    assert {name: shown[name] for name in settings} == settings
    assert (shown["name"], shown["templateName"]) == ("Spring", "spring_sale")
    assert (shown["channel"], shown["audienceType"]) == ("WHATSAPP", "CSV")


def test_the_same_file_again_changes_nobody(api: Services) -> None:
    path = started()
    post(f"{path}/execute-batch")
    before = get(f"{path}/recipients").body

    again = upload(f"{create()}/populate", PEOPLE)
    other = upload(f"{path}/populate", PEOPLE)

    assert again.body["inserted"] == 3  # another campaign is another list
    assert other.code == "CAMPAIGN_CLOSED"  # the first one has ended
    assert get(f"{path}/recipients").body == before


def test_new_rows_are_added_to_a_draft_and_known_ones_counted(api: Services) -> None:
    path = create()
    upload(f"{path}/populate", PEOPLE)

    reply = upload(f"{path}/populate", PEOPLE + b"12045550103,Doris\n")

    assert (reply.body["inserted"], reply.body["totalRecipients"]) == (1, 4)
    assert reply.body["skipped"]["alreadyInCampaign"] == 3


def test_a_bare_csv_body_is_taken_too(api: Services) -> None:
    reply = post_bytes(f"{create()}/populate", PEOPLE, "text/csv")

    assert (reply.status, reply.body["inserted"]) == (200, 3)


def test_campaigns_are_listed_newest_first_page_by_page(fresh_api: Services) -> None:
    made = [create(name=f"number {n}").rsplit("/", 1)[1] for n in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = get("/api/campaigns", limit="2", **cursor)
        assert page.status == 200
        assert len(page.body["campaigns"]) <= 2
        seen += [one["campaignId"] for one in page.body["campaigns"]]
        if page.body["nextCursor"] is None:
            break
        cursor = {"cursor": page.body["nextCursor"]}

    assert sorted(seen) == sorted(made)
    assert seen == sorted(seen, reverse=True)


def test_lists_can_be_filtered_by_status(fresh_api: Services) -> None:
    create()
    path = started(b"12015550100\n12015550160\n")  # the second is not on WhatsApp
    post(f"{path}/execute-batch")

    campaigns = get("/api/campaigns", status="COMPLETED").body["campaigns"]
    failed = get(f"{path}/recipients", status="FAILED").body["recipients"]

    assert [one["campaignId"] for one in campaigns] == [path.rsplit("/", 1)[1]]
    assert (campaigns[0]["sentCount"], campaigns[0]["failedCount"]) == (1, 1)
    assert [(one["phone"], one["errorCode"]) for one in failed] == [("12015550160", "131026")]
    assert failed[0]["errorMessage"]


def test_recipients_are_listed_page_by_page(api: Services) -> None:
    path = create()
    upload(f"{path}/populate", PEOPLE)

    first = get(f"{path}/recipients", limit="2").body
    second = get(f"{path}/recipients", limit="2", cursor=first["nextCursor"]).body

    phones = [one["phone"] for one in first["recipients"] + second["recipients"]]
    assert phones == ["12015550100", "12025550101", "12035550102"]
    assert second["nextCursor"] is None


def test_every_move_of_the_state_machine_is_answered_or_refused_with_409(api: Services) -> None:
    path = create()
    assert control(path, "start").code == "NO_RECIPIENTS"
    assert control(path, "pause").words.count("Cannot pause campaign in DRAFT status") == 1
    upload(f"{path}/populate", PEOPLE)
    assert control(path, "start").body["newStatus"] == "RUNNING"
    refused = control(path, "start")
    assert (refused.status, refused.code) == (409, "INVALID_TRANSITION")
    assert refused.body["error"]["message"] == "Cannot start campaign in RUNNING status"
    assert control(path, "pause", reason="lunch").body["newStatus"] == "PAUSED"
    assert get(path).body["campaign"]["pausedReason"] == "lunch"
    assert post(f"{path}/execute-batch").code == "CAMPAIGN_NOT_RUNNING"
    assert control(path, "resume").body["newStatus"] == "RUNNING"
    assert control(path, "cancel").body["newStatus"] == "CANCELLED"
    assert control(path, "resume").status == 409
    assert post(f"{path}/execute-batch").status == 409
    assert upload(f"{path}/populate", b"12045550103\n").code == "CAMPAIGN_CLOSED"


def test_whoever_was_not_reached_before_a_cancel_is_told_so(api: Services) -> None:
    path = started()
    control(path, "cancel")

    recipients = get(f"{path}/recipients").body["recipients"]

    assert {one["errorCode"] for one in recipients} == {"CAMPAIGN_CANCELLED"}
    assert get(path).body["campaign"]["pendingCount"] == 3


def test_a_batch_of_a_completed_campaign_is_a_success_without_work(
    api: Services, meta: Simulator
) -> None:
    path = started()
    post(f"{path}/execute-batch")
    calls = len(meta.received)

    again = post(f"{path}/execute-batch")

    assert again.status == 200
    assert (again.body["result"]["processed"], again.body["result"]["completed"]) == (0, True)
    assert len(meta.received) == calls


def test_a_batch_that_meets_the_cap_says_so(
    fresh_api: Services, environment: dict[str, str]
) -> None:
    environment["WHATSAPP_DAILY_LIMIT"] = "2"
    path = started()

    result = post(f"{path}/execute-batch").body["result"]

    assert (result["sent"], result["paused"], result["completed"]) == (2, True, False)
    assert "2/2" in result["pauseReason"]
    campaign = get(path).body["campaign"]
    assert (campaign["status"], campaign["pauseCause"]) == ("PAUSED", "DAILY_LIMIT")
    assert campaign["resumesAt"] is not None
    assert get("/api/quota").body["remaining"] == 0


def test_a_batch_without_time_left_sends_nothing(api: Services, meta: Simulator) -> None:
    path = started()
    calls = len(meta.received)
    event = gateway_event("POST", f"{path}/execute-batch")

    reply = invoke(event, milliseconds=2_000)

    assert (reply.status, reply.body["result"]["processed"]) == (200, 0)
    assert len(meta.received) == calls
    assert get(path).body["campaign"]["pendingCount"] == 3


def test_the_history_names_who_did_it(api: Services) -> None:
    claims = ADMIN | {"sub": "7c9e6679-7425-40de-944b-e07fc1f90ae7"}
    body = b'{"action": "cancel", "reason": "wrong list"}'
    path = create()

    event = gateway_event(
        "POST", f"{path}/control", body=body, content_type="application/json", claims=claims
    )
    assert invoke(event).status == 200

    first, last = events(api, path)
    assert first["actor"] == ADMIN["sub"]
    assert (last["actor"], last["reason"]) == (claims["sub"], "wrong list")
