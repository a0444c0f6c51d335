"""How fast the pages for people are: type-ahead on loopback, first paint of an entity page.

python benchmarks/pages.py http://127.0.0.1:7878 [--rounds 20]

Each round types another word and opens another page, so that nothing is answered from the
server's cache of answers; medians, the fastest and the slowest are printed, and beside them the
first paint of a page with nothing but a heading: what this Chromium takes by itself.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from playwright.sync_api import sync_playwright

from browser.conftest import FLAGS, find_chromium

WORDS = ("japa", "nat", "cyber", "lock", "stolt", "south k", "tai", "ccd", "exerc", "quad")
ENTITIES = """PREFIX ent: <https://w3id.org/entente/ontology/>
SELECT ?thing (COUNT(*) AS ?n) { ?claim ent:subject ?thing ; ent:statedIn ?text }
GROUP BY ?thing ORDER BY DESC(?n) LIMIT """
BARE = "data:text/html,<h1>Heading</h1>"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home")
    parser.add_argument("--rounds", type=int, default=20)
    given = parser.parse_args()
    home = given.home.rstrip("/")
    with httpx.Client(base_url=home) as client:
        asked = {"query": ENTITIES + str(given.rounds), "format": "json"}
        rows = client.get("/sparql", params=asked).json()["results"]["bindings"]
        words = [WORDS[n % len(WORDS)] for n in range(given.rounds)]
        client.get("/suggest", params={"q": "warm"})
        report("type-ahead, one request", [_time(client, "/suggest", word) for word in words])
        report("completion, one request", [_time(client, "/complete", word) for word in words])
    paths = ["/id/" + row["thing"]["value"].rpartition("/")[2] + ".html" for row in rows]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        pages, bare = [], []
        for path in paths:  # in turn, so that both have the same machine
            bare.append(_paint(browser, BARE))
            pages.append(_paint(browser, home + path))
        report("first paint of an entity page", pages)
        report("first paint of a bare heading", bare)
        browser.close()


def _time(client: httpx.Client, path: str, word: str) -> float:
    started = time.perf_counter()
    client.get(path, params={"q": word}).raise_for_status()
    return (time.perf_counter() - started) * 1000


def _paint(browser, address: str) -> float:
    page = browser.new_page()
    page.goto(address)
    while (painted := page.evaluate(PAINT)) is None:  # our policy forbids what waits for a function
        page.wait_for_timeout(20)
    page.close()
    return painted


def report(name: str, ms: list[float]) -> None:
    middle, worst = statistics.median(ms), max(ms)
    print(f"{name}: median {middle:.1f} ms, {min(ms):.1f} to {worst:.1f} ms, {len(ms)} times")


if __name__ == "__main__":
    main()
