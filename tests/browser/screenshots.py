"""Make the screenshots that the README shows: `python tests/browser/screenshots.py ADDRESS`.

The address is that of a running server over the shipped graph. The files go to
docs/screenshots/.
"""

import sys
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parent.parent))

from playwright.sync_api import Page, sync_playwright

from browser.conftest import FLAGS, find_chromium
from entente.files import graph_files

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
DISAGREEMENT = "/disagreement/beginning_japan-up-close-2023-120_cicir-2023-250.html"
QUERY = graph_files() / "queries" / "competency" / "who-opposes-what.rq"


def shoot(page: Page, home: str) -> None:
    for name, path in (
        ("front", "/"),
        ("actor", "/id/japan.html"),
        ("mechanism", "/id/locked-shields.html"),
        ("disagreement", DISAGREEMENT),
        ("ontology", "/ontology.html"),
    ):
        page.goto(home + path)
        save(page, name)
    for name in ("timeline", "network", "stances"):
        page.goto(f"{home}/pictures/{name}")
        page.wait_for_selector("figure[data-ready=true]", timeout=60_000)
        save(page, name)
    page.goto(f"{home}/sparql?{urlencode({'query': QUERY.read_text()})}")
    page.wait_for_selector("form[data-answered]", timeout=60_000)
    page.click(".switch button:has-text('Stances')")
    page.wait_for_selector(".result svg")
    save(page, "editor")


def save(page: Page, name: str) -> None:
    page.evaluate("document.fonts.ready")
    page.evaluate("document.activeElement.blur()")
    page.screenshot(path=FOLDER / f"{name}.png")


def main(home: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        context = browser.new_context(viewport={"width": 1280, "height": 1400})
        shoot(context.new_page(), home.rstrip("/"))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
