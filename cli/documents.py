"""What `--json` prints, by command: the API's answers, or these where a command makes its own.

A field that is named stays, with its type; new ones may come. `campaigns schema` shows each as a
JSON Schema.
"""

from typing import TypedDict

from campaign_client import account_types as account
from campaign_client import campaign_types as campaign
from campaign_client import people_types as people
from campaign_client import template_types as template
from campaign_client.imports import Import


class Status(TypedDict):
    """A campaign, how far it is, and what became of its people."""

    campaign: campaign.Campaign
    progress: campaign.Progress
    stats: campaign.Funnel


class Campaigns(TypedDict):
    """Newest first."""

    campaigns: list[campaign.Campaign]


class ImportList(TypedDict):
    """The imports of long lists into one campaign, newest first."""

    imports: list[Import]


class Recipients(TypedDict):
    """In order of phone."""

    recipients: list[people.Recipient]


class Events(TypedDict):
    """Newest first."""

    events: list[account.Event]


class Senders(TypedDict):
    """In order of registration."""

    senders: list[account.Sender]


class Suppressions(TypedDict):
    """In order of phone."""

    suppressions: list[people.Suppression]


class Exported(TypedDict):
    """A file that was written; `rows` are entries, without the line of names."""

    file: str
    rows: int
    bytes: int


class SignedIn(TypedDict):
    """Who is signed in where, until when."""

    url: str
    tenant: str | None
    role: str | None
    expiresAt: str


class SignedOut(TypedDict):
    """Whether anybody was signed in."""

    signedOut: bool


class Check(TypedDict):
    """One thing that `doctor` looked at; `state`: ok, warning, wrong, unknown."""

    name: str
    state: str
    words: str
    mend: str | None


class Diagnosis(TypedDict):
    """`ok`: nothing is wrong."""

    ok: bool
    checks: list[Check]


class Error(TypedDict):
    """What went wrong."""

    code: str
    message: str
    details: list[object]


class Failure(TypedDict):
    """On stderr, with `--json`, if a command fails after its options were understood."""

    error: Error
    exitCode: int


DOCUMENTS: dict[str, type] = {
    "create": campaign.Created,
    "populate": people.Populated,
    "imports": ImportList,
    "test": template.SentTest,
    "templates": template.TemplateList,
    "duplicate": campaign.Created,
    "start": campaign.Controlled,
    "pause": campaign.Controlled,
    "resume": campaign.Controlled,
    "cancel": campaign.Controlled,
    "execute": campaign.Batch,
    "status": Status,
    "watch": Status,
    "list": Campaigns,
    "recipients": Recipients,
    "errors": people.ErrorList,
    "retry": people.Retried,
    "resolve": people.Resolved,
    "export": Exported,
    "events": Events,
    "quota": account.Quota,
    "overview": account.Overview,
    "senders list": Senders,
    "senders add": account.Sender,
    "senders check": account.Sender,
    "senders release": account.Sender,
    "senders remove": account.SenderRemoved,
    "suppressions list": Suppressions,
    "suppressions add": people.SuppressionsAdded,
    "suppressions remove": people.SuppressionsRemoved,
    "suppressions import": people.SuppressionsImported,
    "suppressions export": Exported,
    "login": SignedIn,
    "logout": SignedOut,
    "doctor": Diagnosis,
    "failure": Failure,
}
"""With `--wait`, commands print `status` instead; `watch` prints one document a line."""
