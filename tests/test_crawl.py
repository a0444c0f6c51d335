"""A crawler that follows every link of ours finds none that is dead."""

import re
import shutil
import subprocess

import pytest

from entente.pipeline.build import BuildOptions, build
from serving import serving
from small_graph import write_small_graph


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("wget") is None, reason="wget is not installed")
def test_wget_finds_no_dead_link(tmp_path):
    folder = write_small_graph(tmp_path / "graph")
    build(folder, folder / "snapshot", lambda *_: None, BuildOptions(checked=False))
    with serving("--snapshot", folder / "snapshot", "--files", folder) as server:
        starts = [f"{server.home}/{name}" for name in ("catalog.html", "id/japan.html")]
        command = ["wget", "--spider", "--recursive", "--level=2", "--no-verbose", "--tries=2"]
        done = subprocess.run(
            [*command, "--no-parent", "--execute=robots=on", *starts],
            capture_output=True,
            text=True,
            timeout=600,
            cwd=tmp_path,
        )

    broken = re.findall(r"^http://\S+$", done.stderr.partition("broken link")[2], re.MULTILINE)
    assert broken == []
    assert "Found no broken links" in done.stderr
    assert done.stderr.count(" 200") > 30
