"""Copy the front-end parts from the npm registry into the package, each with its licences.

Run by hand after a change of `package.json`:

    npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved
    python vendor.py

`npm ci` checks each package against the hash in `package-lock.json`. The files are copied as
they are; `vendored.json` notes their SHA-256, and a test holds the two together.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "entente" / "web" / "static" / "vendor"
#: What a page loads, by package.
FILES = {
    "@zazuko/yasqe": ("build/yasqe.min.js", "build/yasqe.min.css"),
    "d3": ("dist/d3.min.js",),
}


def main() -> None:
    """Replace the folder of vendored files."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, work)
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],  # noqa: S607
            cwd=work,
            check=True,
        )
        modules = work / "node_modules"
        shutil.rmtree(TARGET, ignore_errors=True)
        for package, files in FILES.items():
            _copy(modules, package, files)
    notes = {
        path.relative_to(TARGET).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(TARGET.rglob("*"))
        if path.is_file()
    }
    (TARGET / "vendored.json").write_text(json.dumps(notes, indent=2) + "\n")


def _copy(modules: Path, package: str, files: tuple[str, ...]) -> None:
    described = json.loads((modules / package / "package.json").read_text())
    folder = TARGET / f"{package.rpartition('/')[2]}-{described['version']}"
    folder.mkdir(parents=True)
    for file in files:
        shutil.copy(modules / package / file, folder)
    parts = "\n\n".join(_licences(modules, package, set()))
    (folder / "LICENSES.txt").write_text(parts + "\n")


def _licences(modules: Path, package: str, seen: set[str]) -> Iterator[str]:
    """Give the licence of a package, and of what it bundles: all that it depends on."""
    if package in seen:
        return
    seen.add(package)
    described = json.loads((modules / package / "package.json").read_text())
    head = f"==== {package} {described['version']} ({described['license']})"
    yield f"{head}\n\n{_text(modules, package)}"
    for name in sorted(described.get("dependencies", {})):
        yield from _licences(modules, name, seen)


def _text(modules: Path, package: str) -> str:
    found = [
        path
        for path in sorted((modules / package).iterdir())
        if path.name.lower().startswith(("license", "licence", "copying"))
    ]
    # Some packages leave their licence out of what they publish; it stands beside this script.
    kept = HERE / "licences" / f"{package.replace('/', '+')}.txt"
    return (found[0] if found else kept).read_text().strip()


if __name__ == "__main__":
    main()
