"""What docs/validate.md shows is what the program gives."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "validate.md").read_text("utf-8")
FILES = re.findall(r"```turtle\n# (\S+)\n(.*?)```", TEXT, re.DOTALL)
SHOWN = [
    match
    for block in re.findall(r"```text\n(.*?)```", TEXT, re.DOTALL)
    for match in re.findall(r"^\$ entente (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
]
SHAPE = "PREFIX sh: <http://www.w3.org/ns/shacl#>\n\n<urn:thing> a sh:NodeShape ; "
#: Shapes that the page speaks of and does not show.
UNSHOWN = {
    "misspelt.ttl": SHAPE + "sh:targetClass <urn:Thin> ; sh:nodeKind sh:IRI .",
    "malformed.ttl": SHAPE + "sh:targetClass <urn:Thing> ; sh:property [ sh:path <urn:p> ; "
    "sh:nodeKind sh:Iri ] .",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "cases").mkdir()
    for name, text in (*FILES, *UNSHOWN.items()):
        head = "" if name in UNSHOWN else f"# {name}\n"
        (folder / name).write_text(head + text, "utf-8")
    return folder


@pytest.mark.parametrize(("command", "shown"), SHOWN, ids=[command for command, _ in SHOWN])
def test_a_command_gives_what_the_page_shows(folder, command, shown):
    code = "import sys; from entente.cli.main import main; sys.argv[0] = 'entente'; main()"

    done = subprocess.run(
        [sys.executable, "-c", code, *command.split()],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        env={k: v for k, v in os.environ.items() if not k.startswith("ENTENTE_")},
    )

    assert re.sub(r"in \d+\.\d s", "in 0.0 s", done.stdout) == shown


def test_every_command_of_the_page_is_run():
    assert len(SHOWN) == TEXT.count("\n$ entente ") == 8
