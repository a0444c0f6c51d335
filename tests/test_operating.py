"""What the docs say of operating is what the code does."""

import re
import tomllib
from pathlib import Path

import pytest

from entente.config import Settings, document_settings, read_settings, settings_table
from entente.errors import UsageError
from serving import run_entente, write_data

ROOT = Path(__file__).parents[1]


def test_the_table_of_settings_in_the_docs_is_that_of_the_code():
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")

    assert text.split("<!-- settings -->\n")[1].split("<!-- /settings -->")[0] == (
        document_settings()
    )


def test_each_promise_of_the_threat_model_is_held_by_what_is_there():
    text = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")][1:]
    tests = {path.name for path in (ROOT / "tests").glob("test_*.py")}
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    there = tests | {f"make {target}" for target in targets}
    named = {row[0]: re.findall(r"`([^`]+)`", row[-1]) for row in rows}

    assert len(named) > 20
    assert {promise: holders for promise, holders in named.items() if not holders} == {}
    assert {name for holders in named.values() for name in holders} - there == set()


def test_a_file_gives_settings_that_flags_and_variables_override():
    file = tomllib.loads('port = 81\ndeadline_s = 5\nhost = "::1"\n')

    read = read_settings({"port": "83"}, {"ENTENTE_DEADLINE_S": "7"}, file)

    assert read == Settings(port=83, deadline_s=7.0, host="::1")


def test_an_unknown_name_in_the_file_is_said_in_one_line(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text("dead_line_s = 3\n")
    done = run_entente("serve", "--data", write_data(tmp_path), "--settings", path)

    assert done.returncode == 2
    assert done.stderr.startswith("entente: the file of settings has 'dead_line_s'")


def test_a_choice_that_is_none_is_refused():
    with pytest.raises(UsageError, match="--log-format: 'xml' is not known; give json or text"):
        read_settings({"log_format": "xml"}, {})


def test_the_unit_waits_longer_for_a_stop_than_the_server_does():
    unit = (ROOT / "deploy" / "entente.service").read_text()
    waits = int(unit.split("TimeoutStopSec=")[1].split()[0])
    defaults = {row.name: row.default for row in settings_table()}

    assert waits > defaults["stop_grace_s"] + defaults["queue_wait_s"]
