"""Fuzz a target with atheris: `python tests/fuzz/run.py guard [seconds]`, a minute by default.

What it finds that is new goes to tests/fuzz/corpus/<target>; a crash ends it, and its input
is written to tests/fuzz/corpus/<target>/crash-*, where the normal tests find it.
"""

import sys
from pathlib import Path

import atheris

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

with atheris.instrument_imports(include=["entente.query"]):
    from targets import TARGETS


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "guard"
    seconds = sys.argv[2] if len(sys.argv) > 2 else "60"
    corpus = HERE / "corpus" / name
    options = [f"-max_total_time={seconds}", "-max_len=4000", f"-artifact_prefix={corpus}/"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
