"""The laptop's tables: what was answered is there after a kill, and damage is said in one line."""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.durable import LISTS
from local.emulator import ROOT, Emulator, make_bucket
from local.failure import LocalError
from local.writelog import FILE_NAME

TABLE = "things"
HOLDER = """
import pathlib, sys
from local.emulator import Emulator
print(Emulator(pathlib.Path(sys.argv[1])).pid, flush=True)
sys.stdin.read()
"""


def client(emulator: Emulator, region: str = "eu-west-1", service: str = "dynamodb") -> Any:
    return boto3.client(
        service,
        endpoint_url=emulator.url,
        region_name=region,
        aws_access_key_id="any",
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=8),
    )


def create_table(dynamodb: Any) -> None:
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": n, "AttributeType": "S"} for n in ("PK", "SK", "due")
        ],
        KeySchema=[
            {"AttributeName": "PK", "KeyType": "HASH"},
            {"AttributeName": "SK", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "byDue",
                "KeySchema": [{"AttributeName": "due", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def key(name: str) -> dict[str, Any]:
    return {"PK": {"S": "p"}, "SK": {"S": name}}


def item(dynamodb: Any, name: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = dynamodb.get_item(TableName=TABLE, Key=key(name)).get("Item")
    return found


def put(dynamodb: Any, name: str, **attributes: Any) -> None:
    dynamodb.put_item(TableName=TABLE, Item=key(name) | attributes)


def add(name: str, units: int) -> dict[str, Any]:
    return {
        "Update": {
            "TableName": TABLE,
            "Key": key(name),
            "UpdateExpression": "ADD #n :k",
            "ExpressionAttributeNames": {"#n": "n"},
            "ExpressionAttributeValues": {":k": {"N": str(units)}},
        }
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def emulator(folder: Path) -> Iterator[Emulator]:
    with Emulator(folder) as started:
        create_table(client(started))
        yield started


def kill(emulator: Emulator) -> None:
    os.kill(emulator.pid, signal.SIGKILL)
    emulator.stop()


def test_every_kind_of_write_is_there_after_a_hard_kill(emulator: Emulator, folder: Path) -> None:
    dynamodb = client(emulator)
    put(dynamodb, "put", text={"S": "größer"})
    put(dynamodb, "deleted")
    put(dynamodb, "deleted-in-transaction")
    put(dynamodb, "updated", old={"S": "x"}, gone={"S": "y"})
    dynamodb.delete_item(TableName=TABLE, Key=key("deleted"))
    dynamodb.update_item(
        TableName=TABLE,
        Key=key("updated"),
        UpdateExpression="SET due = :d REMOVE gone",
        ExpressionAttributeValues={":d": {"S": "today"}},
    )
    dynamodb.batch_write_item(RequestItems={TABLE: [{"PutRequest": {"Item": key("batched")}}]})
    dynamodb.transact_write_items(
        TransactItems=[
            add("counter", 3),
            {"Put": {"TableName": TABLE, "Item": key("put-in-transaction")}},
            {"Delete": {"TableName": TABLE, "Key": key("deleted-in-transaction")}},
            {
                "ConditionCheck": {
                    "TableName": TABLE,
                    "Key": key("put"),
                    "ConditionExpression": "attribute_exists(PK)",
                }
            },
        ]
    )

    kill(emulator)

    with Emulator(folder) as again:
        after = client(again)
        assert item(after, "put") == key("put") | {"text": {"S": "größer"}}
        assert item(after, "updated") == key("updated") | {"old": {"S": "x"}, "due": {"S": "today"}}
        assert item(after, "counter") == key("counter") | {"n": {"N": "3"}}
        assert item(after, "batched")
        assert item(after, "put-in-transaction")
        assert item(after, "deleted") is None
        assert item(after, "deleted-in-transaction") is None
        by_index = after.query(
            TableName=TABLE,
            IndexName="byDue",
            KeyConditionExpression="due = :d",
            ExpressionAttributeValues={":d": {"S": "today"}},
        )
        assert [found["SK"]["S"] for found in by_index["Items"]] == ["updated"]


def test_a_refused_write_leaves_nothing_in_the_file(emulator: Emulator, folder: Path) -> None:
    dynamodb = client(emulator)
    before = (folder / FILE_NAME).read_bytes()

    with pytest.raises(ClientError):
        dynamodb.put_item(
            TableName=TABLE, Item=key("a"), ConditionExpression="attribute_exists(PK)"
        )

    assert (folder / FILE_NAME).read_bytes() == before


def test_a_repeated_token_counts_once_after_a_restart_too(emulator: Emulator, folder: Path) -> None:
    dynamodb, token = client(emulator), str(uuid.uuid4())
    for _ in range(2):
        dynamodb.transact_write_items(TransactItems=[add("counter", 3)], ClientRequestToken=token)

    kill(emulator)

    with Emulator(folder) as again:
        assert item(client(again), "counter") == key("counter") | {"n": {"N": "3"}}


def test_uploaded_lists_are_there_after_a_restart_and_their_bucket_is_made_but_once(
    emulator: Emulator, folder: Path
) -> None:
    s3 = client(emulator, "us-east-1", "s3")
    make_bucket(s3, LISTS)
    s3.put_object(Bucket=LISTS, Key="list.csv", Body=b"phone\n")

    kill(emulator)

    with Emulator(folder) as again:
        s3 = client(again, "us-east-1", "s3")
        make_bucket(s3, LISTS)
        assert s3.get_object(Bucket=LISTS, Key="list.csv")["Body"].read() == b"phone\n"


def test_a_kill_in_the_middle_of_writing_loses_no_answered_write(
    emulator: Emulator, folder: Path
) -> None:
    answered: list[list[str]] = [[], [], []]

    def write(worker: int) -> None:
        dynamodb = client(emulator)
        for number in range(100_000):
            name = f"w{worker}-{number}"
            try:
                dynamodb.transact_write_items(
                    TransactItems=[
                        {"Put": {"TableName": TABLE, "Item": key(name)}},
                        add(f"total-{worker}", 1),
                    ]
                )
            except (BotoCoreError, ClientError):
                return
            answered[worker].append(name)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    while min(len(names) for names in answered) < 30:
        time.sleep(0.01)
    kill(emulator)
    for thread in threads:
        thread.join()

    with Emulator(folder) as again:
        after = client(again)
        for worker, names in enumerate(answered):
            total = int((item(after, f"total-{worker}") or {})["n"]["N"])
            # Written but not answered is possible for the one that was on its way.
            assert len(names) <= total <= len(names) + 1
            stored = [name for name in names if item(after, name)]
            assert stored == names


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs Linux")
def test_a_write_that_the_disk_does_not_take_is_never_answered(
    emulator: Emulator, folder: Path
) -> None:
    put(client(emulator), "kept")
    room = (folder / FILE_NAME).stat().st_size + 100
    resource.prlimit(emulator.pid, resource.RLIMIT_FSIZE, (room, room))

    with pytest.raises(BotoCoreError):
        put(client(emulator), "lost", text={"S": "x" * 1000})

    emulator.stop()
    assert emulator.last_words.startswith("The data folder can't be written")
    with Emulator(folder) as again:
        assert item(client(again), "kept")
        assert item(client(again), "lost") is None


def test_a_torn_last_line_is_left_out(emulator: Emulator, folder: Path) -> None:
    put(client(emulator), "kept")
    kill(emulator)
    with (folder / FILE_NAME).open("ab") as file:
        file.write(b'0badc0de {"put":[["things",{"PK":{"S"')

    with Emulator(folder) as again:
        put(client(again), "later")
        kill(again)

    with Emulator(folder) as third:
        assert item(client(third), "kept")
        assert item(client(third), "later")


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (lambda lines: [*lines[:2], lines[2].replace(b"first", b"fIrst"), *lines[3:]], 3),
        (lambda lines: [*lines[:2], *lines[3:]], 3),  # a line is missing
        (lambda lines: [*lines[:2], b"\x00" * 40 + b"\n", *lines[2:]], 3),
        (lambda lines: [b"another file\n"], 1),
        (lambda lines: [*lines[:-1], lines[-1][:-9] + b"\n"], 4),
    ],
    ids=["changed", "missing", "zeros", "another-file", "cut"],
)
def test_damage_is_one_line_that_names_folder_and_line(
    emulator: Emulator, folder: Path, damage: Any, line: int
) -> None:
    put(client(emulator), "first")
    put(client(emulator), "second")
    kill(emulator)
    path = folder / FILE_NAME
    damaged = b"".join(damage(path.read_bytes().splitlines(keepends=True)))
    path.write_bytes(damaged)

    with pytest.raises(LocalError) as caught:
        Emulator(folder)

    assert str(caught.value) == (
        f"The data folder {folder} is damaged at line {line} of {FILE_NAME}:"
        " move it away or restore it."
    )
    assert path.read_bytes() == damaged


def test_a_start_shrinks_the_file_to_what_the_tables_hold(emulator: Emulator, folder: Path) -> None:
    dynamodb = client(emulator)
    for number in range(50):
        put(dynamodb, "same", number={"N": str(number)})
    emulator.stop()
    before = (folder / FILE_NAME).stat().st_size

    with Emulator(folder) as again:
        assert item(client(again), "same") == key("same") | {"number": {"N": "49"}}

    records = [json.loads(line[9:]) for line in (folder / FILE_NAME).read_bytes().splitlines()]
    assert [next(iter(record)) for record in records] == ["format", "create", "put"]
    assert (folder / FILE_NAME).stat().st_size < before / 4


def test_expired_items_do_not_come_back(emulator: Emulator, folder: Path) -> None:
    dynamodb, now = client(emulator), int(time.time())
    dynamodb.update_time_to_live(
        TableName=TABLE, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiresAt"}
    )
    put(dynamodb, "over", expiresAt={"N": str(now - 10)})
    put(dynamodb, "later", expiresAt={"N": str(now + 1000)})
    put(dynamodb, "never")
    kill(emulator)

    with Emulator(folder) as again:
        assert item(client(again), "over") is None
        assert item(client(again), "later")
        assert item(client(again), "never")
        setting = client(again).describe_time_to_live(TableName=TABLE)["TimeToLiveDescription"]
        assert setting["AttributeName"] == "expiresAt"


def test_a_table_that_was_deleted_stays_deleted(emulator: Emulator, folder: Path) -> None:
    put(client(emulator), "a")
    client(emulator).delete_table(TableName=TABLE)
    kill(emulator)

    with Emulator(folder) as again:
        assert client(again).list_tables()["TableNames"] == []


def test_the_data_does_not_depend_on_the_region_of_the_client(emulator: Emulator) -> None:
    put(client(emulator, "eu-west-1"), "a")

    assert item(client(emulator, "ap-south-1"), "a")


def test_requests_that_the_file_could_not_keep_are_refused(emulator: Emulator) -> None:
    with pytest.raises(ClientError, match="does not serve"):
        client(emulator).execute_statement(Statement="SELECT * FROM things")


def test_a_folder_belongs_to_one_runtime_at_a_time(emulator: Emulator, folder: Path) -> None:
    with pytest.raises(LocalError, match="in use by another runtime"):
        Emulator(folder, patience_seconds=0)


def test_a_folder_that_can_not_be_used_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(LocalError, match=r"can't be used .*LOCAL_DATA_DIR"):
        Emulator(tmp_path / "file")


def test_the_emulator_ends_when_its_parent_is_killed(folder: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            HOLDER,
            str(folder),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert parent.stdout
    child = int(parent.stdout.readline())

    parent.kill()
    parent.communicate()

    with Emulator(folder) as again:  # waits for the lock that the child held
        assert again.pid != child
