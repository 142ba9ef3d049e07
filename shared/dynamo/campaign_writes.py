"""The conditional writes of one campaign. The state machine's `sources` are the conditions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.domain.campaign import TRANSITIONS, Action, CampaignStatus, Event, PauseCause
from shared.domain.held import LEAST
from shared.domain.instants import to_text
from shared.domain.recipient import OPEN
from shared.dynamo.client import key
from shared.dynamo.keys import TICK_KIND, Keys

_PAUSE_NOTES = ("pauseCause", "pausedReason", "resumeAt")
NO_IMPORT = "(attribute_not_exists(importing) OR importing = :noImport)"
NO_IMPORTS = {":noImport": {"N": "0"}}
_TICK = ("tickKind", "tickAt")  # in the index, or out of it


def control(
    keys: Keys, campaign_id: str, action: Action, event: Event, only_cause: PauseCause | None
) -> dict[str, Any]:
    """A person's action, or the system's in the name of a rule (`only_cause`)."""
    transition = TRANSITIONS[action]
    sets: dict[str, str | None] = {}
    removes: Sequence[str] = (*_PAUSE_NOTES, *_TICK)
    conditions = []
    match action:
        case Action.START:
            sets = {"startedAt": to_text(event.at), **_look_at(event.at)}
            removes = _PAUSE_NOTES
            conditions = ["totalRecipients > :zero"]
        case Action.RESUME:
            sets = _look_at(event.at)
            removes = (*_PAUSE_NOTES, "heldSeen") if only_cause is PauseCause.HELD else _PAUSE_NOTES
        case Action.PAUSE:
            sets = {
                "pausedAt": to_text(event.at),
                "pauseCause": PauseCause.PERSON.value,
                "pausedReason": event.reason,
            }
            removes = ("resumeAt", *_TICK) if event.reason else ("pausedReason", "resumeAt", *_TICK)
        case Action.CANCEL:
            pass
    update = _move(keys, campaign_id, transition.sources, transition.target, sets, removes)
    if conditions:
        update["ExpressionAttributeValues"][":zero"] = {"N": "0"}
    if only_cause:
        conditions.append("pauseCause = :cause")
        update["ExpressionAttributeValues"][":cause"] = {"S": only_cause.value}
    update["ConditionExpression"] = " AND ".join([update["ConditionExpression"], *conditions])
    return update


def pause(
    keys: Keys, cause: PauseCause, event: Event, resume_at: datetime | None, held: int | None
) -> dict[str, Any]:
    """The system pauses; with `resume_at` the tick looks again then.

    With `held`, IF so many more are held than at the last such pause: a batch that began before a
    person went on must not stop the campaign for what the person has seen.
    """
    sets = {
        "pausedAt": to_text(event.at),
        "pauseCause": cause.value,
        "pausedReason": event.reason,
    }
    removes: Sequence[str] = ("resumeAt", *_TICK)
    if resume_at:
        sets |= {"resumeAt": to_text(resume_at), **_look_at(resume_at)}
        removes = ()
    sources = frozenset({CampaignStatus.RUNNING})
    update = _move(keys, event.campaign_id, sources, CampaignStatus.PAUSED, sets, removes)
    if held is not None:
        update["UpdateExpression"] = update["UpdateExpression"].replace(
            "SET ", "SET heldSeen = :held, ", 1
        )
        update["ConditionExpression"] += (
            " AND (attribute_not_exists(heldSeen) OR heldSeen <= :news)"
        )
        update["ExpressionAttributeValues"] |= {
            ":held": {"N": str(held)},
            ":news": {"N": str(held - LEAST)},
        }
    return update


def complete(keys: Keys, campaign_id: str, at: datetime) -> dict[str, Any]:
    """The end, IF no import is at work: more people may be on their way.

    Also from PAUSED: the group in flight at the pause may have been the last.
    """
    sources = frozenset({CampaignStatus.RUNNING, CampaignStatus.PAUSED})
    sets: dict[str, str | None] = {"completedAt": to_text(at)}
    removes = (*_PAUSE_NOTES, *_TICK)
    update = _move(keys, campaign_id, sources, CampaignStatus.COMPLETED, sets, removes)
    update["ConditionExpression"] += f" AND {NO_IMPORT}"
    update["ExpressionAttributeValues"] |= NO_IMPORTS
    return update


def reopen(keys: Keys, campaign_id: str, at: datetime) -> dict[str, Any]:
    """RUNNING again IF it was COMPLETED: a person wants somebody to be sent to once more."""
    sources = frozenset({CampaignStatus.COMPLETED})
    return _move(keys, campaign_id, sources, CampaignStatus.RUNNING, _look_at(at), ("completedAt",))


def nobody_open(keys: Keys, campaign_id: str, shard: int) -> dict[str, Any]:
    """One shard of the counters shows nobody with whom the executor has work."""
    nobody = " AND ".join(
        f"(attribute_not_exists({status}) OR {status} = :zero)" for status in sorted(OPEN)
    )
    return {
        "Key": key(keys.stats(campaign_id, shard)),
        "ConditionExpression": nobody,
        "ExpressionAttributeValues": {":zero": {"N": "0"}},
    }


def same_shards(shards: int) -> tuple[str, dict[str, Any]]:
    """The condition that a campaign has so many shards, and its value."""
    if shards > 1:
        return "shards = :shards", {":shards": {"N": str(shards)}}
    return "attribute_not_exists(shards)", {}


def fix_shards(keys: Keys, campaign_id: str, shards: int) -> dict[str, Any]:
    """Into how many shards the recipients go, as long as there are none."""
    return {
        "Key": key(keys.campaign(campaign_id)),
        "UpdateExpression": "SET shards = :shards",
        "ConditionExpression": "attribute_not_exists(shards) AND totalRecipients = :zero",
        "ExpressionAttributeValues": {":shards": {"N": str(shards)}, ":zero": {"N": "0"}},
    }


def postpone(keys: Keys, campaign_id: str, cause: PauseCause, until: datetime) -> dict[str, Any]:
    """Move the next look at a campaign that waits for what the tick can see."""
    return {
        "Key": key(keys.campaign(campaign_id)),
        "UpdateExpression": "SET tickKind = :kind, tickAt = :until, resumeAt = :until",
        "ConditionExpression": "#status = :paused AND pauseCause = :cause",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {
            ":until": {"S": to_text(until)},
            ":paused": {"S": CampaignStatus.PAUSED.value},
            ":cause": {"S": cause.value},
            ":kind": {"S": TICK_KIND},
        },
    }


def turn(keys: Keys, campaign_id: str, now: datetime, delay: timedelta) -> dict[str, Any]:
    """Move the next look at a campaign that runs, if it is time for one.

    Ticks come once a minute, not quite on time, so turns are counted in whole minutes.
    """
    minute = now.replace(second=0, microsecond=0)
    return {
        "Key": key(keys.campaign(campaign_id)),
        "UpdateExpression": "SET tickAt = :next",
        "ConditionExpression": "#status = :running AND tickAt <= :now",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {
            ":next": {"S": to_text(minute + delay)},
            ":now": {"S": to_text(now)},
            ":running": {"S": CampaignStatus.RUNNING.value},
        },
    }


def _look_at(at: datetime) -> dict[str, str | None]:
    return {"tickKind": TICK_KIND, "tickAt": to_text(at)}


def _move(
    keys: Keys,
    campaign_id: str,
    sources: frozenset[CampaignStatus],
    target: CampaignStatus,
    sets: dict[str, str | None],
    removes: Sequence[str],
) -> dict[str, Any]:
    """`target` IF the status is one of `sources`."""
    values: dict[str, Any] = {f":{name}": {"S": text} for name, text in sets.items() if text}
    values[":target"] = {"S": target.value}
    allowed = {f":from{n}": {"S": status.value} for n, status in enumerate(sorted(sources))}
    expression = "SET #status = :target" + "".join(f", {n} = :{n}" for n, t in sets.items() if t)
    if removes:
        expression += " REMOVE " + ", ".join(removes)
    return {
        "Key": key(keys.campaign(campaign_id)),
        "UpdateExpression": expression,
        "ConditionExpression": f"#status IN ({', '.join(allowed)})",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": values | allowed,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
