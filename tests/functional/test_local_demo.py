"""`make demo` without a terminal: the sample from list to result, and out."""

import os
import re
import subprocess
import sys
from pathlib import Path

from local.emulator import ROOT


def test_the_demo_sends_the_sample_to_the_end_and_tells_the_truth(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("META_")}

    ended = subprocess.run(
        [sys.executable, "-m", "local.demo"],
        cwd=ROOT,
        # A real account in the environment must not be written to.
        env=kept
        | {"EXIT": "1", "PORT": "0", "LOCAL_DATA_DIR": str(tmp_path / "data")}
        | {"META_GRAPH_URL": "http://127.0.0.1:9", "META_ACCESS_TOKEN": "real"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    out = ended.stdout
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    assert "64 recipients inserted, 12 rows rejected:" in out
    assert re.search(r"line +7 +invalid +Too short", out)
    assert "Result: COMPLETED" in out
    counts = {
        status: int(count) for status, count in re.findall(r"^([A-Z]+) +(\d+) {2}[a-zM]", out, re.M)
    }
    assert sum(counts.values()) == 64, out
    assert counts["SENT"] == 1, "of one message nothing is heard"
    assert (counts["HELD"], counts["UNCONFIRMED"]) == (2, 2), "of four nobody can tell"
    assert counts["FAILED"] == 7
    assert re.search(r"^sent +53 .* 83 % of total$", out, re.M)
    assert re.search(r"^delivered +52 .* 98 % of sent$", out, re.M)
    assert re.search(r"^replied +4 ", out, re.M)
    assert re.search(r"^opted out: 5 \(1 BUTTON, 2 META_131050, 1 PREFERENCE, 1 REPLY\)", out, re.M)
    assert re.search(rf"^read +{counts['READ']} .* of delivered$", out, re.M)
    assert re.search(r"^FAILED +131026 +1 +.*[Nn]ot on WhatsApp", out, re.M)
    assert "most accepted for one phone: 1 (nobody was written to twice)" in out
    assert "earlier run" not in out
    assert re.search(r"\d+ of 200 conversations in 24 hours", out)
    assert re.search(
        r'^curl -H "Authorization: Bearer \$TOKEN" http://127\.0\.0\.1:\d+/api/campaigns/cmp_',
        out,
        re.M,
    )
    assert "\x1b" not in out
