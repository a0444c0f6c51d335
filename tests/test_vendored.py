"""The front-end parts that stand in the package are those of the npm registry, whole."""

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VENDOR = ROOT / "server" / "entente" / "web" / "static" / "vendor"
FRONTEND = ROOT / "server" / "frontend"
NOTES = VENDOR / "vendored.json"


def test_each_vendored_file_is_as_it_was_copied():
    files = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path != NOTES
    }

    assert files == json.loads(NOTES.read_text())


def test_each_package_is_pinned_with_a_hash_and_stands_in_a_folder_of_its_version():
    wanted = json.loads((FRONTEND / "package.json").read_text())["dependencies"]
    locked = json.loads((FRONTEND / "package-lock.json").read_text())["packages"]
    parts = {name: part for name, part in locked.items() if name}

    assert all(part["integrity"].startswith("sha512-") for part in parts.values())
    assert not any("resolved" in part for part in parts.values())
    assert {path.name for path in VENDOR.iterdir() if path.is_dir()} == {
        f"{name.rpartition('/')[2]}-{version}" for name, version in wanted.items()
    }
    assert wanted == {name: locked[f"node_modules/{name}"]["version"] for name in wanted}


@pytest.mark.parametrize("folder", sorted(path.name for path in VENDOR.iterdir() if path.is_dir()))
def test_each_package_stands_beside_its_licences(folder):
    licences = (VENDOR / folder / "LICENSES.txt").read_text()

    assert licences.startswith("==== ")
    assert "Permission" in licences
