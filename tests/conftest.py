import pytest

from entente.files import graph_files
from entente.pipeline.build import build


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory):
    """The shipped graph, built once."""
    return build(graph_files(), tmp_path_factory.mktemp("snapshot"), lambda *_step: None)
