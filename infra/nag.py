"""What cdk-nag finds and we mean, with the reason: the whole list, in one place."""

from aws_cdk import Acknowledgment, Stack, Validations

_XRAY = (
    "X-Ray's PutTraceSegments and PutTelemetryRecords know no resources: AWS documents '*'."
    " tests/infra/test_permissions.py holds every other statement to exact actions and resources."
)

_SENDERS = (
    "Secrets of registered senders are made by the API, so their names are not known here: one"
    " prefix of this stage, for exact actions."
)
_ENDPOINTS = (
    "Secrets of endpoints are made by the API, so their names are not known here: one prefix of"
    " this stage, and the beginning of their ids, which no sender's has. Reading only."
)
_SIGNED = (
    "Meta's servers have no token of ours. The function behind it refuses whatever is not signed"
    " with the app secret (POST), or does not know the verify token (GET)."
)
_CLIENTS = (
    "A connection's id is made when a client connects. It is POST on the connections of this one"
    " stage: no reading of who is connected, no cutting off."
)
_LISTS = (
    "Keys of lists are made when they come. It is GetObject and PutObject on the objects of this"
    " one bucket, which holds nothing but lists and reports about them: no deleting, no settings."
)
ACKNOWLEDGED: tuple[tuple[str, str, str], ...] = (
    ("Functions/ApiRole", "AwsSolutions-IAM5[Resource::*]", _XRAY),
    ("Functions/ExecutorRole", "AwsSolutions-IAM5[Resource::*]", _XRAY),
    ("Functions/WebhookRole", "AwsSolutions-IAM5[Resource::*]", _XRAY),
    ("Functions/UpdatesRole", "AwsSolutions-IAM5[Resource::*]", _XRAY),
    ("Functions/LiveRole", "AwsSolutions-IAM5[Resource::*]", _XRAY),
    ("Functions/ImporterRole", "AwsSolutions-IAM5[Resource::*]", _XRAY),
    ("Functions/PublisherRole", "AwsSolutions-IAM5[Resource::*]", _XRAY),
    ("Functions/OutgoingRole", "AwsSolutions-IAM5[Resource::*]", _XRAY),
    ("Functions/ApiRole", "AwsSolutions-IAM5[Resource::<ListsBucket466A1045.Arn>/*]", _LISTS),
    ("Functions/ImporterRole", "AwsSolutions-IAM5[Resource::<ListsBucket466A1045.Arn>/*]", _LISTS),
    (
        "Functions/PublisherRole",
        "AwsSolutions-IAM5[Resource::<ConsoleBucket86B6957C.Arn>/*]",
        (
            "The console's files have new names with each build. It is PutObject and DeleteObject"
            " on the objects of the one bucket that holds nothing but them."
        ),
    ),
    (
        "Console/Bucket",
        "AwsSolutions-S1",
        (
            "It holds the console's files, which are the same for everybody and tell nothing; only"
            " this CloudFront distribution can read them."
        ),
    ),
    (
        "Console/Distribution",
        "AwsSolutions-CFR3",
        (
            "Whoever loads the page has seen nothing yet. Every call to the API is in the API's own"
            " access log, with the user who made it."
        ),
    ),
    (
        "Console/Distribution",
        "AwsSolutions-CFR4",
        (
            "The least TLS version of CloudFront's own name can't be chosen. With -c consoleDomain"
            " and -c consoleCertificate it is 1.2; HSTS is sent in any case."
        ),
    ),
    (
        "Console/Distribution",
        "AwsSolutions-CFR1",
        "People run campaigns from wherever they are, and log in before they see anything.",
    ),
    (
        "Console/Distribution",
        "AwsSolutions-CFR2",
        (
            "A web firewall costs 5 USD a month and more, and would stand before files that are the"
            " same for everybody; the API has its own throttle and authorizer."
        ),
    ),
    (
        "Lists/Bucket",
        "AwsSolutions-S1",
        (
            "Access logs of S3 need a second bucket that is kept for ever. Whoever gets an address"
            " is in the API's access log; files are reached in no other way, and gone in a week."
        ),
    ),
    (
        "Functions/LiveRole",
        (
            "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:"
            "<AWS::AccountId>:<LiveApi149456B6>/live/POST/@connections/*]"
        ),
        _CLIENTS,
    ),
    (
        "Live/DeadLetters",
        "AwsSolutions-SQS3",
        "It is the dead-letter queue of the streams' event sources, which cdk-nag does not see.",
    ),
    (
        "Live/Api",
        "AwsSolutions-APIG4",
        (
            "A browser can't send a token with a WebSocket. $connect takes a ticket, which the HTTP"
            " API gives out behind its authorizer: once, for a minute; without it the function"
            " refuses the handshake, and the other routes exist only on what it let in."
        ),
    ),
    (
        "Live/Stage",
        "AwsSolutions-APIG1",
        (
            "Access logs of WebSocket APIs need a role that is set for the whole account, which is"
            " not this stack's to change; and they could hold tickets. The function logs who"
            " connects and who is refused."
        ),
    ),
    (
        "Functions",
        "AwsSolutions-L1",
        (
            "Python 3.13 is the version that the bundle is built and compiled for, and supported by"
            " Lambda; a newer one comes with a change of infra/bundle.py, not by surprise."
        ),
    ),
    ("Ingress/Api/GET--webhooks--whatsapp", "AwsSolutions-APIG4", _SIGNED),
    ("Ingress/Api/POST--webhooks--whatsapp", "AwsSolutions-APIG4", _SIGNED),
    (
        "Meta/Secret",
        "AwsSolutions-SMG4",
        "Meta issues the token; nothing can rotate it but a person in Meta's business settings.",
    ),
    (
        "Ingress/Users",
        "AwsSolutions-COG8",
        (
            "The Plus plan costs 0.02 USD per user and month for threat protection; people are"
            " invited one by one, nobody can register, and the stack should cost nothing at rest."
        ),
    ),
    (
        "Ingress/Users",
        "AwsSolutions-COG2",
        (
            "MFA with an authenticator app is offered to everybody. Requiring it would shut out"
            " scripts that fetch a token with a password; without such, set Mfa.REQUIRED."
        ),
    ),
)
"""(path of the construct in the stack, rule, reason)"""

_OF_THE_CONSOLE = ("Console/", "Functions/PublisherRole")


def acknowledge(stack: Stack, stage: str) -> None:
    """Tell cdk-nag what is meant, and where. Whatever is not on the list stops the synthesis."""

    def secrets(names: str) -> str:
        return (
            "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:<AWS::Region>:"
            f"<AWS::AccountId>:secret:campaign-executor/{stage}/{names}]"
        )

    roles = [(f"Functions/{name}Role", secrets("*"), _SENDERS) for name in ("Api", "Executor")]
    roles.append(("Functions/OutgoingRole", secrets("*/whk_*"), _ENDPOINTS))
    for path, rule, reason in (*ACKNOWLEDGED, *roles):
        if path.startswith(_OF_THE_CONSOLE) and not stack.node.try_find_child("Console"):
            continue
        construct = stack.node.find_child(path.split("/")[0])
        for name in path.split("/")[1:]:
            construct = construct.node.find_child(name)
        Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))
