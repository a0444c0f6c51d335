"""The query editor in Chromium."""

import re
from urllib.parse import urlencode

import pytest

from entente.files import graph_files

pytestmark = pytest.mark.chromium

SET = "query => document.querySelector('.CodeMirror').CodeMirror.setValue(query)"
GET = "() => document.querySelector('.CodeMirror').CodeMirror.getValue()"


def open_editor(watched, query=None):
    page = watched.open("/sparql" + (f"?{urlencode({'query': query})}" if query else ""))
    page.wait_for_selector("form[data-answered]" if query else "form[data-ready]")
    return page


def ask(page, query):
    page.evaluate(SET, query)
    count = page.get_attribute("form.ask", "data-answered") or "0"
    page.click("form.ask button[type=submit]")
    page.wait_for_selector(f"form[data-answered='{int(count) + 1}']")


def test_a_query_is_answered_on_the_page_and_the_address_keeps_it(watch):
    with watch() as watched:
        page = open_editor(watched)
        ask(page, "SELECT ?x { VALUES ?x { 1 2 } }")

        assert page.locator("section [role=status]").first.inner_text() == "2 rows"
        assert "query=SELECT" in page.url
        ask(page, "ASK {}")
        page.go_back()
        page.wait_for_selector("text=2 rows")
        assert page.evaluate(GET) == "SELECT ?x { VALUES ?x { 1 2 } }"


def test_an_error_is_marked_at_its_place(watch):
    with watch() as watched:
        page = open_editor(watched)
        ask(page, "SELECT ?s {\n  ?s ?p ?o .\n  ?s BAD ?o .\n}")
        watched.said.clear()  # the browser notes the status 400

        assert page.locator("[role=alert]").inner_text().count("Line 3, column 6") == 1
        assert page.locator(".wrong").first.inner_text().startswith("BAD")
        assert page.locator(".wrong-line").count() == 1
        page.evaluate(SET, "ASK {}")
        assert page.locator(".wrong").count() == 0


def test_a_label_completes_to_its_name_and_its_prefix_is_declared(watch):
    with watch() as watched:
        page = open_editor(watched)
        page.evaluate(SET, "SELECT * { ?c ?p austral")
        page.click(".CodeMirror-line")
        page.keyboard.press("Control+End")
        page.keyboard.press("Control+Space")
        page.wait_for_selector(".CodeMirror-hint:has-text('Australia')")
        page.keyboard.press("Enter")

        query = page.evaluate(GET)
        assert "?p id:australia" in query
        assert "PREFIX id: <https://w3id.org/entente/id/>" in query


def test_a_prefixed_name_is_offered_while_one_types(watch):
    with watch() as watched:
        page = open_editor(watched)
        page.evaluate(SET, "PREFIX ent: <https://w3id.org/entente/ontology/>\nSELECT * { ?c ")
        page.click(".CodeMirror-line")
        page.keyboard.press("Control+End")
        page.keyboard.type("ent:memberO", delay=15)
        page.wait_for_selector(".CodeMirror-hint:has-text('ent:memberOf')")
        page.keyboard.press("Enter")

        assert page.evaluate(GET).endswith("?c ent:memberOf")


@pytest.mark.parametrize(
    ("name", "view", "mark"),
    [
        ("timeline-of-the-ccdcoe", "Timeline", ".span"),
        ("who-opposes-what", "Stances", ".cell"),
        ("with-whom-does-south-korea-cooperate-on-what", "Network", ".pair"),
    ],
)
def test_an_answer_is_drawn_where_its_columns_allow(watch, name, view, mark):
    query = (graph_files() / f"queries/competency/{name}.rq").read_text()
    with watch() as watched:
        page = open_editor(watched, query)
        page.click(f".switch button:has-text('{view}')")
        page.wait_for_selector(f".result svg {mark}", state="attached")

        assert page.locator(f".result svg {mark}").count() > 3
        page.click(".switch button:has-text('Table')")
        assert page.locator(".result table").count() == 1


def test_labels_stand_for_their_things_and_lead_to_pages_here(watch):
    query = (graph_files() / "queries/pictures/who-takes-part-in-what.rq").read_text()
    with watch() as watched:
        page = open_editor(watched, query)
        link = page.locator(".result td a", has_text=re.compile("^Japan$")).first

        assert link.get_attribute("href") == "/id/japan"
        assert page.locator(".result thead th", has_text="Label").count() == 0


def test_hostile_values_stay_text(watch):
    with watch() as watched:
        page = open_editor(watched)
        ask(
            page,
            'SELECT ?a ?b { VALUES (?a ?b) { ("<img src=x onerror=alert(1)>" '
            '<javascript:alert(1)>) ("' + "ا" * 2000 + '" 1) } }',
        )

        assert page.locator(".result img").count() == 0
        assert page.locator(".result a").count() == 0
        assert watched.width <= 1280


def test_history_stays_in_the_browser_and_can_be_forgotten(watch):
    with watch() as watched:
        sent = []
        page = open_editor(watched)
        page.on("request", lambda request: sent.append(request.url))
        ask(page, "ASK { ?only ?this ?one }")
        watched.open("/sparql")
        page.wait_for_selector("form[data-ready]")
        page.click(".history summary")
        page.click(".history li button")

        assert page.evaluate(GET) == "ASK { ?only ?this ?one }"
        page.click("text=Forget them")
        assert page.locator(".history").is_hidden()


def test_the_catalogue_is_found_by_words_and_by_tag(watch):
    with watch() as watched:
        page = open_editor(watched)
        items = page.locator(".catalogue li:visible")
        everything = items.count()
        page.fill("#catalogue-words", "opposes")
        some = items.count()
        page.fill("#catalogue-words", "")
        page.select_option("#catalogue-tag", "timeline")
        tagged = items.count()

        assert 0 < some < everything
        assert 0 < tagged < everything


def test_the_tab_key_leaves_the_editor(watch):
    with watch() as watched:
        page = open_editor(watched)
        page.click(".CodeMirror-line")
        page.keyboard.press("Tab")

        assert page.evaluate("document.activeElement.id") == "format"


def test_an_empty_answer_says_so(watch):
    with watch() as watched:
        page = open_editor(watched)
        ask(page, "SELECT ?x { ?x <http://example.org/none> ?x }")

        assert "Nothing in the graph fits the query" in page.locator(".answers").inner_text()
