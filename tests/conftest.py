import pytest

from entente.files import graph_files
from entente.pipeline.build import build


def pytest_collection_modifyitems(items):
    """Put files with slow tests first: where files run side by side, none is left at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory):
    """The shipped graph, built once."""
    return build(graph_files(), tmp_path_factory.mktemp("snapshot"), lambda *_step: None)
