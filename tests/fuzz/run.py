"""Fuzz a target with atheris: `python tests/fuzz/run.py guard [seconds]`, a minute by default.

It begins with tests/fuzz/corpus/<target>. What it finds that is new goes to .tools/fuzz/<target>;
`python tests/fuzz/run.py guard keep` takes into the corpus what reaches more code. A crash ends it,
and its input is written to tests/fuzz/corpus/<target>/crash-*, where the normal tests find it.
"""

import sys
from pathlib import Path

import atheris

HERE = Path(__file__).resolve().parent
FOUND = HERE.parents[1] / ".tools" / "fuzz"
sys.path.insert(0, str(HERE))

with atheris.instrument_imports(include=["entente.query", "entente.web.reading"]):
    from targets import TARGETS


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "guard"
    wish = sys.argv[2] if len(sys.argv) > 2 else "60"
    kept, found = HERE / "corpus" / name, FOUND / name
    found.mkdir(parents=True, exist_ok=True)
    options = [f"-artifact_prefix={kept}/", "-max_len=4000", "-verbosity=1"]
    if wish == "keep":
        options += ["-merge=1", str(kept), str(found)]
    else:
        options += [f"-max_total_time={wish}", str(found), str(kept)]
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
