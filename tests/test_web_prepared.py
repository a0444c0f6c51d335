"""Pages that are made before anybody asks for them."""

import re
from contextlib import contextmanager

import pytest

from entente.config import Settings
from entente.query.pool import Pool
from entente.query.served import snapshot_source
from entente.web.answers import Answers
from entente.web.app import create_app
from entente.web.prepared import PreparedPages
from page_graph import CLAIMS, ENTITIES, ONTOLOGY, many_claims, write_page_graph

CLAIM_COUNT = 60
BUSY = "/id/busy.html"


@contextmanager
def prepared(root, **settings):
    """Pages of a snapshot, a client that asks for them, and one without any that are prepared."""
    source = snapshot_source(root, "entente.web.tasks")
    pool = Pool(source, Settings(warm_workers=1, **settings))
    pool.open()
    try:
        pages = PreparedPages(pool)
        app = create_app(pool, Answers(pool, ()), (), pages)
        pages.prepare(app, "", lambda: True)
        plain = create_app(pool, Answers(pool, ()), ())
        yield pool, pages, app, plain.test_client()
    finally:
        pool.close()


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("snapshot")
    write_page_graph(root, ONTOLOGY, ENTITIES, CLAIMS, many_claims(CLAIM_COUNT))
    return root


def nonce_of(page):
    (nonce,) = set(re.findall(r'nonce="([^"]+)"', page.text))
    return nonce


def told(page):
    """What a page says, and its headers, but for the nonce."""
    headers = {name: value.replace(nonce_of(page), "") for name, value in page.headers.items()}
    return page.text.replace(nonce_of(page), ""), headers


def test_things_of_which_much_is_said_have_their_pages_prepared(root):
    with prepared(root) as (_, pages, _, _):
        assert {BUSY, "/id/pact.html", "/source/gmf-2023.html"} <= set(pages.paths)
        assert "/id/ardonia.html" not in pages.paths


def test_a_prepared_page_says_what_one_made_on_request_says(root):
    with prepared(root) as (_, pages, app, plain):
        for path in (*pages.paths, BUSY + "?section=claims"):
            assert told(app.test_client().get(path)) == told(plain.get(path))


def test_each_answer_has_a_nonce_of_its_own(root):
    with prepared(root) as (_, _, app, _):
        first, second = (app.test_client().get(BUSY) for _ in range(2))

    assert nonce_of(first) != nonce_of(second)
    for page in (first, second):
        assert f"script-src 'nonce-{nonce_of(page)}'" in page.headers["Content-Security-Policy"]


def test_a_client_that_has_a_prepared_page_gets_it_no_second_time(root):
    with prepared(root) as (_, _, app, _):
        client = app.test_client()
        tag = client.get(BUSY).headers["ETag"]
        again = client.get(BUSY, headers={"If-None-Match": tag})

    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert "Content-Security-Policy" not in again.headers


def test_the_memory_for_prepared_pages_is_bounded(root):
    with prepared(root) as (_, pages, _, _):
        every = len(pages.paths)
    with prepared(root, prepared_bytes=60_000) as (_, pages, app, plain):
        assert 0 < len(pages.paths) < every
        assert told(app.test_client().get(BUSY)) == told(plain.get(BUSY))
    with prepared(root, prepared_bytes=0) as (_, pages, _, _):
        assert pages.paths == ()


def test_links_of_a_prepared_page_stand_under_the_path_of_the_server(root):
    with prepared(root) as (pool, _, _, plain):
        pages = PreparedPages(pool)
        app = create_app(pool, Answers(pool, ()), (), pages)
        pages.prepare(app, "/graph", lambda: True)
        below = {"environ_overrides": {"SCRIPT_NAME": "/graph"}}

        assert told(app.test_client().get(BUSY, **below)) == told(plain.get(BUSY, **below))
        assert told(app.test_client().get(BUSY)) == told(plain.get(BUSY))


def test_another_version_has_pages_of_its_own(tmp_path):
    write_page_graph(tmp_path, ONTOLOGY, ENTITIES, CLAIMS, many_claims(CLAIM_COUNT))
    with prepared(tmp_path) as (pool, pages, app, plain):
        write_page_graph(tmp_path, ONTOLOGY, ENTITIES, CLAIMS, many_claims(CLAIM_COUNT + 1))
        pool.reload()
        before = app.test_client().get(BUSY)
        pages.prepare(app, "", lambda: True)

        assert "<strong>61 claims</strong>" in before.text
        assert told(app.test_client().get(BUSY)) == told(plain.get(BUSY)) == told(before)


def test_where_somebody_asks_nothing_is_prepared(root):
    with prepared(root, prepared_bytes=0) as (pool, _, app, _):
        pages = PreparedPages(pool)
        pages.prepare(app, "", lambda: False)

        assert pages.paths == ()
