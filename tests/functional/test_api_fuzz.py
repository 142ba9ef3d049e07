"""schemathesis over the OpenAPI document and a real server: no 5xx, nothing undocumented.

`FUZZ_EXAMPLES` (3) is how many random requests each operation gets besides the systematic ones.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.runtime import Runtime
from local.settings import load_local_settings

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
WHO = ("org_admin", "agent", "viewer", "service", "nobody")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What `make run` starts, on a free port."""
    folder = str(tmp_path_factory.mktemp("data"))
    environment = {"PORT": "0", "LOCAL_DATA_DIR": folder, "LOCAL_TICK_SECONDS": "0"}
    with Runtime(load_local_settings(environment), environment) as runtime:
        yield runtime.url


@pytest.mark.parametrize("who", WHO)
def test_no_request_is_answered_in_a_way_that_is_not_documented(
    url: str, who: str, tmp_path: Path
) -> None:
    header = "X-Nobody: 1"
    if who != "nobody":
        issued = httpx.get(f"{url}/local/token", params={"role": who}, trust_env=False)
        header = f"Authorization: Bearer {issued.json()['token']}"

    ended = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}/openapi.json"),
            *("--header", header, "--checks", ",".join(CHECKS)),
            *("--phases", "examples,coverage,fuzzing", "--seed", "1", "--no-color"),
            *("--max-examples", os.environ.get("FUZZ_EXAMPLES", "3"), "--continue-on-failure"),
        ],
        cwd=tmp_path,  # it keeps what it learnt in a folder
        env=os.environ | {"NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout[-5000:] + ended.stderr[-1000:]
    assert " passed" in ended.stdout
