"""The pictures as a reader sees them: nothing overlaps, all can be reached, kept and filtered."""

import re

import pytest

pytestmark = pytest.mark.chromium

#: Texts whose boxes share more than a sliver; those of one label's lines do not count.
OVERLAPS = """() => {
  const texts = [...document.querySelectorAll('svg.picture text')]
    .filter(text => !text.hasAttribute('transform'))
    .map(text => [text.textContent, text.getBoundingClientRect()]);
  const found = [];
  texts.forEach(([a, r], i) => texts.slice(i + 1).forEach(([b, s]) => {
    const across = Math.min(r.right, s.right) - Math.max(r.left, s.left);
    const down = Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top);
    if (across > 2 && down > 6) found.push(`${a} | ${b}`);
  }));
  return found;
}"""
CUT = """() => {
  const frame = document.querySelector('svg.picture').getBoundingClientRect();
  return [...document.querySelectorAll('svg.picture text')].filter(text => {
    const r = text.getBoundingClientRect();
    return r.left < frame.left - 1 || r.right > frame.right + 1 || r.top < frame.top - 1;
  }).map(text => text.textContent);
}"""


@pytest.mark.parametrize("width", [320, 1280, 2560])
@pytest.mark.parametrize("name", ["timeline", "network", "stances", "ontology"])
def test_no_label_is_cut_or_lies_over_another(watch, name, width):
    with watch(width) as watched:
        page = watched.open(f"/pictures/{name}")
        watched.wait_for_picture()

        assert page.evaluate(OVERLAPS) == []
        assert page.evaluate(CUT) == []


def test_a_picture_draws_as_many_things_as_its_table_names(watch):
    with watch() as watched:
        page = watched.open("/pictures/timeline")
        watched.wait_for_picture()
        page.locator(".filters input[type=number]").first.fill("1900")
        said = page.locator(".drawn").inner_text()
        things = page.evaluate(
            """new Set([...document.querySelectorAll('.table-of-picture tbody tr')]
                 .map(row => row.cells[0].textContent + row.cells[1].textContent)).size"""
        )

        assert said == f"{things} of {things} things are drawn."


def test_what_is_disputed_leads_to_both_sides(watch):
    with watch() as watched:
        page = watched.open("/pictures/timeline")
        watched.wait_for_picture()
        page.locator("svg a.disputed").first.click()
        page.wait_for_url(re.compile("/disagreement/"))

        assert "2018" in page.locator("main").inner_text()


def test_filters_leave_what_they_say(watch):
    with watch() as watched:
        page = watched.open("/pictures/network")
        watched.wait_for_picture()
        everything = page.locator("svg .pair").count()
        page.get_by_role("checkbox", name="treaty").uncheck()
        fewer = page.locator("svg .pair").count()
        checked = page.locator("fieldset:has-text('Through') input:checked")
        while checked.count():
            checked.first.uncheck()

        assert 0 < fewer < everything
        assert page.locator(".drawn").inner_text() == "Nothing is left of these choices."


def test_a_name_that_has_the_focus_shows_its_ties(watch):
    with watch() as watched:
        page = watched.open("/pictures/network")
        watched.wait_for_picture()
        page.locator("svg a.node", has_text=re.compile("^Japan$")).focus()

        assert page.locator("svg.dimmed").count() == 1
        assert page.locator("svg .pair.lit").count() > 3


def test_a_cell_opens_its_claims_by_keys_alone(watch):
    with watch() as watched:
        page = watched.open("/pictures/stances")
        watched.wait_for_picture()
        page.locator("svg .cell[tabindex='0']").focus()
        page.keyboard.press("ArrowDown")
        cell = page.evaluate("document.activeElement.getAttribute('aria-label')")
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog[open]")
        links = page.locator("dialog li a")

        assert page.locator("dialog h2").inner_text() == cell.split(":")[0]
        assert re.search(r"/claim/[a-z0-9-]+$", links.first.get_attribute("href"))
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == cell


@pytest.mark.parametrize("name", ["timeline", "network", "stances", "ontology"])
def test_a_picture_is_saved_as_svg_and_csv(watch, name):
    with watch() as watched:
        page = watched.open(f"/pictures/{name}")
        watched.wait_for_picture()
        with page.expect_download() as saved:
            page.click("text=Save as SVG")
        svg = saved.value.path().read_text()
        rows = page.request.get(
            page.url.split("/pictures")[0]
            + page.get_by_role("link", name="Save as CSV").get_attribute("href")
        )

        assert svg.startswith('<?xml version="1.0"')
        assert "<title>" in svg
        assert 'fill="rgb(' in svg
        assert "class=" not in svg
        assert rows.headers["content-type"] == "text/csv; charset=utf-8"
        assert len(rows.text().splitlines()) > 50
