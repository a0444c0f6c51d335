"""Every kind of page in Chromium: nothing scrolls sideways, axe finds nothing."""

from urllib.parse import urlencode

import pytest

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

pytestmark = pytest.mark.chromium

_MEMBERS = """PREFIX id: <https://w3id.org/entente/id/>
PREFIX ent: <https://w3id.org/entente/ontology/>
SELECT ?state ?since { ?claim ent:subject ?state ; ent:object id:ccdcoe ; ent:notBefore ?since }"""
PAGES = {
    "front": "/",
    "entity": "/id/japan.html",
    "mechanism": "/id/locked-shields.html",
    "event": "/id/nato-summit-madrid-2022.html",
    "topic": "/vocabulary/cyber-defence.html",
    "claim": "/claim/cicir-2023-250.html",
    "passage": "/source/cicir-2023/char/12202-12332.html",
    "source": "/source/gmf-2023.html",
    "question": "/query/who-opposes-what.html",
    "class": "/ontology/Actor.html",
    "property": "/ontology/memberOf.html",
    "ontology": "/ontology.html",
    "disagreements": "/disagreements",
    "search": "/search?q=japan",
    "not found": "/id/japam.html",
    "editor": "/sparql",
    "pictures": "/pictures/",
    "timeline": "/pictures/timeline",
    "network": "/pictures/network",
    "stances": "/pictures/stances",
    "tree": "/pictures/ontology",
    "check": "/validate",
    "comparison": "/compare?"
    + urlencode({"query": _MEMBERS, "viewpoints": "cicir-2023,japan-up-close-2023,undisputed"}),
}
DRAWN = ("timeline", "network", "stances", "tree")


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize(("width", "theme"), [(320, "dark"), (1280, "light")])
def test_a_page_fits_its_width_and_axe_finds_nothing(watch, kind, width, theme):
    with watch(width, theme) as watched:
        page = watched.open(PAGES[kind])
        if kind in DRAWN:
            watched.wait_for_picture()
        if kind == "editor":
            page.wait_for_selector("form[data-ready]")

        found = axe.Axe().run(page).response["violations"]

        assert [
            (each["id"], node["html"][:200]) for each in found for node in each["nodes"][:2]
        ] == []
        assert watched.width <= width
        assert page.locator("h1").count() == 1
        if kind == "not found":  # the browser itself notes the status
            watched.said.clear()


@pytest.mark.parametrize("kind", ["entity", "timeline", "editor"])
def test_a_page_fits_a_very_wide_screen(watch, kind):
    with watch(3840, "light", 2160) as watched:
        page = watched.open(PAGES[kind])

        assert watched.width <= 3840
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 16


def test_no_text_is_smaller_than_sixteen_pixels(watch):
    with watch(320, "light") as watched:
        for kind in ("entity", "timeline", "stances", "editor"):
            page = watched.open(PAGES[kind])
            if kind in DRAWN:
                watched.wait_for_picture()
            small = page.evaluate(
                """[...document.querySelectorAll('body *')].filter(e =>
                     [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) &&
                     e.getClientRects().length &&
                     parseFloat(getComputedStyle(e).fontSize) < 15.9
                   ).map(e => e.outerHTML.slice(0, 120))"""
            )

            assert (kind, small) == (kind, [])


def test_the_button_changes_the_colours_and_the_choice_stays(watch):
    with watch(1280, "light") as watched:
        page = watched.open("/")
        ground = "getComputedStyle(document.body).backgroundColor"
        before = page.evaluate(ground)
        page.click("#theme")
        after = page.evaluate(ground)
        watched.open("/disagreements")

        assert before != after
        assert page.evaluate(ground) == after


def test_search_offers_what_fits_while_one_types(watch):
    with watch() as watched:
        page = watched.open("/")
        page.click("#find")
        page.keyboard.type("japa")
        page.wait_for_selector("[role=option]")

        assert "Japan" in page.locator("[role=option]").first.inner_text()


def test_arrow_keys_walk_through_what_the_search_offers(watch):
    with watch() as watched:
        page = watched.open("/")
        field = page.locator("#find")
        field.fill("japa")  # at once: no answer to fewer letters comes in between
        page.wait_for_selector("[role=option]")
        last = page.locator("[role=option]").count() - 1

        def press(key):
            page.keyboard.press(key)
            chosen = page.locator("[role=option][aria-selected=true]")
            marked = field.get_attribute("aria-activedescendant")
            assert [marked] == ([chosen.get_attribute("id")] if chosen.count() else [None])
            return marked

        assert [press("ArrowDown"), press("ArrowDown")] == ["suggestion-0", "suggestion-1"]
        assert [press("ArrowUp"), press("ArrowUp")] == ["suggestion-0", None]
        assert [press("ArrowUp"), press("ArrowDown")] == [f"suggestion-{last}", None]
        assert press("Escape") is None
        assert field.get_attribute("aria-expanded") == "false"
        assert field.input_value() == "japa"

        page.keyboard.press("ArrowDown")
        page.wait_for_selector("[role=option]")
        address = page.locator("[role=option]").first.get_attribute("data-address")
        press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**" + address)


def test_pages_of_readers_need_no_script(chromium, home):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    for path, words in (
        ("/id/japan.html", "claims"),
        ("/pictures/timeline", "Japan Up Close text of 2023"),
        ("/sparql?query=ASK%20%7B%7D", "yes"),
        ("/ontology.html", "An actor that is said to be a member"),
    ):
        page.goto(home + path)

        assert words in page.locator("main").inner_text()
    context.close()
