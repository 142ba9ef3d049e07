"""What Meta tells of templates, numbers and accounts, as the domain's values.

Fields and events are those of Meta's webhook reference (read in 2026). Its own examples carry wrong
field names, numbers as text, and lists where one value is meant, so the keys of a value decide
what it is, and all of that is understood.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.channels.webhook_values import digits, moment, sentence, text, tier, word
from shared.domain.unused import NO_NEWS
from shared.domain.updates import (
    AccountChange,
    Change,
    LimitChange,
    NumberChange,
    TemplateChange,
)

FIELDS = frozenset(
    {
        "message_template_status_update",
        "message_template_quality_update",
        "template_category_update",
        "phone_number_quality_update",
        "business_capability_update",
        "account_update",
        "account_alerts",
    }
)
"""The fields of a webhook that are for here."""

Parsed = tuple[list[Change], list[str]]
"""The changes, and why something could not be used."""

_NAME = re.compile(r"\w{1,512}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}([-_][A-Za-z]{2,4})?", re.ASCII)
_OLDEST = timedelta(days=30)  # Meta repeats for 7 days at most
_AHEAD = timedelta(minutes=5)
_LONGEST_BAN = timedelta(days=3650)

_TEMPLATE: Mapping[str, tuple[bool | None, str]] = {
    "APPROVED": (True, "Meta approved the template"),
    "REINSTATED": (True, "Meta lets the template be used again"),
    "UNPAUSED": (True, "Meta ended the template's pause"),
    "PAUSED": (False, "Meta paused the template"),
    "DISABLED": (False, "Meta disabled the template"),
    "REJECTED": (False, "Meta rejected the template"),
    "PENDING": (False, "Meta is reviewing the template"),
    "IN_APPEAL": (False, "Meta is looking at the appeal for the template"),
    "DELETED": (False, "the template was deleted"),
    "PENDING_DELETION": (False, "the template was deleted"),
    "ARCHIVED": (False, "the template was archived"),
    "UNARCHIVED": (None, "the template is no longer archived"),
    "FLAGGED": (None, "Meta may disable the template soon, because people dislike it"),
    "LOCKED": (None, "Meta locked the template against editing"),
    "LIMIT_EXCEEDED": (None, "the account has as many templates as Meta allows"),
}
"""Whether an event makes a template usable. UNARCHIVED restores a state that it does not tell."""

_PAUSES: Mapping[str, bool] = {
    "FIRST_PAUSE": False,
    "SECOND_PAUSE": False,
    "RATE_LIMITING_PAUSE": False,
    "DISABLED": False,
    "UNPAUSE": True,
}
"""`other_info.title`, which comes with events as vague as LOCKED, and then says what is meant."""

_NUMBER: Mapping[str, tuple[str | None, str | None, str]] = {
    "ONBOARDING": (None, None, "Meta is registering the number"),
    "THROUGHPUT_UPGRADE": (None, "HIGH", "the number may send faster"),
    "FLAGGED": ("RED", None, "the number's quality is low: people block or report it"),
    "UNFLAGGED": ("UNKNOWN", None, "the number's quality is no longer low"),
    "UPGRADE": (None, None, "Meta raised the number's limit"),
    "DOWNGRADE": (None, None, "Meta lowered the number's limit"),
}
"""By event: quality, throughput, words. The last four are of earlier versions."""

_ACCOUNT: Mapping[str, tuple[bool | None, str]] = {
    "ACCOUNT_DELETED": (False, "the WhatsApp account was deleted"),
    "ACCOUNT_OFFBOARDED": (False, "the WhatsApp account was disconnected from the Cloud API"),
    "ACCOUNT_RECONNECTED": (True, "the WhatsApp account is connected again"),
    "ACCOUNT_VIOLATION": (None, "Meta says that the account broke its rules"),
    "PARTNER_REMOVED": (None, "the account is no longer shared with its partner"),
    "PARTNER_APP_UNINSTALLED": (None, "the app was taken off the account"),
}
_BANS: Mapping[str, tuple[bool | None, str]] = {
    "DISABLE": (False, "Meta disabled the WhatsApp account"),
    "SCHEDULE_FOR_DISABLE": (None, "Meta will disable the WhatsApp account"),
    "REINSTATE": (True, "Meta lets the WhatsApp account be used again"),
}
_OF_NO_CAMPAIGN = frozenset(
    {
        *("VERIFIED_ACCOUNT", "AD_ACCOUNT_LINKED", "MM_LITE_TERMS_SIGNED", "PARTNER_ADDED"),
        *("PARTNER_APP_INSTALLED", "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE"),
        *("AUTH_INTL_PRICE_ELIGIBILITY_UPDATE", "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE"),
        "VOLUME_BASED_PRICING_TIER_UPDATE",
    }
)
_STOPPING = "RESTRICTED_BIZ_INITIATED_MESSAGING"


def instant(time: object, received: datetime) -> datetime:
    """Meta's `entry.time` (seconds since 1970), or `received` if that can't be true.

    Its clock may be ahead of ours: what counts is the order of its own instants.
    """
    at = moment(time)
    return at if at is not None and received - _OLDEST <= at <= received + _AHEAD else received


def parse(field: str, value: object, at: datetime) -> Parsed:
    """What a change tells. Never raises, whatever it holds. `at`: see `instant`."""
    if not isinstance(value, Mapping):
        return [], ["no value"]
    for key, read in _READERS.items():
        if key in value:
            return read(value, at)
    reader = _BY_FIELD.get(field)
    return reader(value, at) if reader else ([], ["a field that is not known"])


def _template(value: Mapping[str, Any], at: datetime) -> Parsed:
    name = _fitting(_NAME, value.get("message_template_name"))
    language = _fitting(_LANGUAGE, value.get("message_template_language")).replace("-", "_")
    if not name or not language:
        return [], ["a template without name or language"]
    if "new_quality_score" in value:
        words = _moved(value, "quality", "previous_quality_score", "new_quality_score")
        return [TemplateChange(at, name, language, "QUALITY", words)], []
    if "new_category" in value:
        return [TemplateChange(at, name, language, "CATEGORY", _category(value))], []
    event = word(value.get("event"))
    other = value.get("other_info")
    title = word(other.get("title")) if isinstance(other, Mapping) else ""
    if event not in _TEMPLATE:
        return [], ["an event of a template that is not known"]
    usable, words = _TEMPLATE[event]
    if usable is None or title == "UNPAUSE":
        usable = _PAUSES.get(title, usable)
    return [TemplateChange(at, name, language, event, sentence(words, _why(value)), usable)], []


def _fitting(pattern: re.Pattern[str], value: object) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""


def _why(value: Mapping[str, Any]) -> str:
    """What Meta says of the reason, in its own words."""
    other, rejection = value.get("other_info"), value.get("rejection_info")
    if isinstance(other, Mapping) and text(other.get("description")):
        return text(other["description"])
    if isinstance(rejection, Mapping) and text(rejection.get("reason")):
        return f"{text(rejection['reason'])} {text(rejection.get('recommendation'))}".strip()
    reason = word(value.get("reason"))
    return "" if reason == "NONE" else reason


def _category(value: Mapping[str, Any]) -> str:
    """A change that is done, or one that Meta announces; prices follow the category."""
    planned = word(value.get("correct_category"))
    if planned:
        return f"Meta will move the template to the category {planned}, which changes its price."
    words = _moved(value, "category", "previous_category", "new_category")
    return f"{words[:-1]}, which changes its price."


def _moved(value: Mapping[str, Any], what: str, before: str, after: str) -> str:
    old, new = word(value.get(before)) or "unknown", word(value.get(after)) or "unknown"
    return f"The template's {what} went from {old} to {new}."


def _number_news(value: Mapping[str, Any], at: datetime) -> Parsed:
    display = digits(value.get("display_phone_number"))
    event = word(value.get("event"))
    if not display or event not in _NUMBER:
        return [], ["an event of a number that is not known"]
    quality, throughput, words = _NUMBER[event]
    old = None if throughput else value.get("current_limit")  # there it tells the throughput
    limit = tier(value.get("max_daily_conversations_per_business")) or tier(old)
    news: list[Change] = [
        NumberChange(at, display, event, sentence(words, ""), quality, throughput)
    ]
    return news + ([_limit(at, limit)] if limit else []), []


def _capability(value: Mapping[str, Any], at: datetime) -> Parsed:
    new = tier(value.get("max_daily_conversations_per_business"))
    limit = new or tier(value.get("max_daily_conversation_per_phone"))
    if limit is None:
        said = any(name.startswith("max_daily_conversation") for name in map(str, value))
        return [], ["no messaging limit that is known" if said else NO_NEWS]
    return [_limit(at, limit)], []


def _limit(at: datetime, limit: str) -> LimitChange:
    """All numbers of a business share its limit."""
    words = f"Meta's limit for the business is {limit}: new people that it may write to in a day."
    return LimitChange(at, limit, words)


def _account(value: Mapping[str, Any], at: datetime) -> Parsed:
    event = word(value.get("event"))
    if event == "ACCOUNT_RESTRICTION":
        return _restriction(value.get("restriction_info"), at)
    if event == "DISABLED_UPDATE":
        ban = value.get("ban_info")
        event = word(ban.get("waba_ban_state")) if isinstance(ban, Mapping) else ""
    known = _BANS.get(event) or _ACCOUNT.get(event)
    if event in _OF_NO_CAMPAIGN:
        return [], [NO_NEWS]
    if known is None:
        return [], ["an event of an account that is not known"]
    violation = value.get("violation_info")
    why = word(violation.get("violation_type")) if isinstance(violation, Mapping) else ""
    return [AccountChange(at, event, sentence(known[1], why), known[0])], []


def _restriction(info: object, at: datetime) -> Parsed:
    """One change for the whole list; only a ban of messages to new people stops campaigns."""
    entries = info if isinstance(info, list) else [info]
    ends = {
        kind: one.get("expiration")
        for one in entries
        if isinstance(one, Mapping) and (kind := word(one.get("restriction_type")))
    }
    if not ends:
        return [], ["a restriction without a type"]
    until = moment(ends.get(_STOPPING))
    if until and not at < until < at + _LONGEST_BAN:
        until = None
    end = f" until {until:%Y-%m-%d %H:%M} UTC" if until else ""
    words = f"Meta restricted the account{end}: {', '.join(list(ends)[:5])}."
    free = False if _STOPPING in ends else None
    return [AccountChange(at, "ACCOUNT_RESTRICTION", words, free, until)], []


def _alert(value: Mapping[str, Any], at: datetime) -> Parsed:
    info = value.get("alert_info")
    alert = info if isinstance(info, Mapping) else value
    kind, words = word(alert.get("alert_type")), text(alert.get("alert_description"))
    if not kind:
        return [], ["an alert without a type"]
    return [AccountChange(at, "ALERT", sentence(f"Meta's alert {kind}", words))], []


_READERS: Mapping[str, Callable[[Mapping[str, Any], datetime], Parsed]] = {
    "message_template_name": _template,
    "display_phone_number": _number_news,
    "max_daily_conversations_per_business": _capability,
    "max_daily_conversation_per_phone": _capability,
    "alert_info": _alert,
    "alert_type": _alert,
}
_BY_FIELD: Mapping[str, Callable[[Mapping[str, Any], datetime], Parsed]] = {
    "message_template_status_update": _template,
    "phone_number_quality_update": _number_news,
    "business_capability_update": _capability,
    "account_update": _account,
    "account_alerts": _alert,
}
