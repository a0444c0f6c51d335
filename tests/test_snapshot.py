import pytest

from entente.errors import Busy, SnapshotCorrupt, SnapshotMissing, VersionGone, VersionUnknown
from entente.history import list_versions
from entente.snapshot import build_lock, open_snapshot, open_version, write_snapshot

FILES = {"dataset.nq": b"<urn:a> <urn:b> <urn:c> .\n"}


def test_what_is_written_can_be_opened(tmp_path):
    write_snapshot(tmp_path, "v1", FILES, {"graphs": {}})

    snapshot = open_snapshot(tmp_path)

    assert snapshot.version == "v1"
    assert snapshot.dataset.read_bytes() == FILES["dataset.nq"]


def test_the_newest_version_is_current_and_the_older_one_stays(tmp_path):
    write_snapshot(tmp_path, "v1", FILES, {})
    write_snapshot(tmp_path, "v2", FILES, {})

    assert open_snapshot(tmp_path).version == "v2"
    assert (tmp_path / "v1" / "dataset.nq").exists()


def test_five_versions_are_kept(tmp_path):
    for number in range(8):
        write_snapshot(tmp_path, f"v{number}", FILES, {})

    assert sorted(p.parent.name for p in tmp_path.glob("v*/manifest.json")) == [
        f"v{number}" for number in range(3, 8)
    ]
    assert open_snapshot(tmp_path).version == "v7"


def test_as_many_versions_are_kept_as_is_asked(tmp_path):
    for number in range(4):
        write_snapshot(tmp_path, f"v{number}", FILES, {}, keep=2)

    kept = {past.version: past.kept for past in list_versions(tmp_path)}
    assert kept == {"v3": True, "v2": True, "v1": False, "v0": False}


def test_a_version_that_comes_back_is_the_newest(tmp_path):
    for name in ("v1", "v2", "v1"):
        write_snapshot(tmp_path, name, FILES, {})

    assert [past.version for past in list_versions(tmp_path)] == ["v1", "v2"]
    assert open_version(tmp_path, "previous").version == "v2"


def test_a_version_is_found_by_the_beginning_of_its_name(tmp_path):
    write_snapshot(tmp_path, "abcdef12", FILES, {})
    write_snapshot(tmp_path, "abcdef34", FILES, {})

    assert open_version(tmp_path, "abcdef1").version == "abcdef12"
    assert open_version(tmp_path, "latest").version == "abcdef34"
    with pytest.raises(VersionUnknown, match="abcdef names several versions"):
        open_version(tmp_path, "abcdef")
    with pytest.raises(VersionUnknown, match="0123 names no version; there are abcdef34"):
        open_version(tmp_path, "0123")


def test_a_version_whose_files_went_says_how_to_make_it_again(tmp_path):
    about = {"entente": "0.1.0", "inputs": {"a.ttl": "00"}}
    write_snapshot(tmp_path, "abcdef12", FILES, about, keep=1)
    write_snapshot(tmp_path, "abcdef34", FILES, about, keep=1)

    with pytest.raises(
        VersionGone, match=r"Entente 0\.1\.0 whose 1 input files .* `entente build`"
    ):
        open_version(tmp_path, "abcdef12")


def test_no_snapshot_says_what_to_do(tmp_path):
    with pytest.raises(SnapshotMissing, match="run `entente build` first"):
        open_snapshot(tmp_path)


def test_a_changed_file_is_noticed(tmp_path):
    snapshot = write_snapshot(tmp_path, "v1", FILES, {})
    snapshot.dataset.write_bytes(b"")

    with pytest.raises(SnapshotCorrupt, match=r"dataset\.nq does not fit its hash"):
        open_snapshot(tmp_path)


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b'{"version": "v1", "files": 3}'])
def test_a_broken_manifest_is_noticed(tmp_path, manifest):
    snapshot = write_snapshot(tmp_path, "v1", FILES, {})
    (snapshot.folder / "manifest.json").write_bytes(manifest)

    with pytest.raises(SnapshotCorrupt, match="is damaged"):
        open_snapshot(tmp_path)


def test_writing_a_damaged_version_again_mends_it(tmp_path):
    snapshot = write_snapshot(tmp_path, "v1", FILES, {})
    snapshot.dataset.write_bytes(b"")

    write_snapshot(tmp_path, "v1", FILES, {})

    assert open_snapshot(tmp_path).dataset.read_bytes() == FILES["dataset.nq"]


def test_a_write_that_fails_leaves_the_old_version_current(tmp_path):
    write_snapshot(tmp_path, "v1", FILES, {})

    with pytest.raises(FileNotFoundError):
        write_snapshot(tmp_path, "v2", {"no/such/folder.nq": b""}, {})

    assert open_snapshot(tmp_path).version == "v1"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["current", "history", "v1"]


def test_two_builds_at_once_are_refused(tmp_path):
    with (
        build_lock(tmp_path),
        pytest.raises(Busy, match="another build is writing"),
        build_lock(tmp_path),
    ):
        pass


def test_the_lock_is_free_again_after_a_build_that_failed(tmp_path):
    with pytest.raises(ValueError, match="failed"), build_lock(tmp_path):
        raise ValueError("failed")

    with build_lock(tmp_path):
        write_snapshot(tmp_path, "v1", FILES, {})

    assert open_snapshot(tmp_path).version == "v1"
