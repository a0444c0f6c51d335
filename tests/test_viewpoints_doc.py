"""What docs/viewpoints.md shows is what the commands print."""

import re
import shlex
from pathlib import Path

import pytest

from entente.provenance.functions import FUNCTIONS
from entente.provenance.naming import UNDISPUTED
from entente.vocab import SOURCES
from serving import run_entente

TEXT = (Path(__file__).resolve().parent.parent / "docs/viewpoints.md").read_text("utf-8")
SHOWN = re.findall(r"```console\n\$ entente (.*?)\n(.*?)\n```", TEXT, re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "shown"), SHOWN, ids=[line[:60] for line, _ in SHOWN])
def test_a_command_prints_what_is_shown(snapshot, arguments, shown):
    options = ("--snapshot", snapshot.folder.parent)

    done = run_entente(*shlex.split(arguments), *options)

    printed = "".join(line.rstrip() + "\n" for line in (done.stdout + done.stderr).splitlines())
    for part in filter(None, shown.split("…\n")):
        assert part.removesuffix("\n…").strip("\n") in printed


def test_the_comparison_is_of_every_viewpoint_that_the_build_makes():
    compared = next(line for line, _ in SHOWN if line.startswith("compare"))

    assert compared.split("--viewpoints ")[1].split()[0].split(",") == [*SOURCES, UNDISPUTED]


def test_every_function_is_told_with_its_plain_pattern():
    told = re.findall(r"^\| `fn:(\w+)", TEXT, re.M)

    assert {f"https://w3id.org/entente/function/{name}" for name in told} == FUNCTIONS.keys()
