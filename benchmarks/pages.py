"""How fast the pages for people are: type-ahead on loopback, first paint of an entity page.

python benchmarks/pages.py http://127.0.0.1:7878 [--rounds 8]

Each round types another word, and opens the page of one of the things of which most is said, of
one of which less is said, and a page with nothing but a heading: what this Chromium takes by
itself. The server makes the first kind beforehand while it is idle, and nothing of the second
kind. Each page is opened twice, each time in a browser window that has kept nothing and is at
rest: the first visit since the server started, if nobody else asked for it, and a later one, which
the server answers from what it keeps. Medians, the fastest and the slowest are printed.
"""

import argparse
import random
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from playwright.sync_api import sync_playwright

from browser.conftest import FLAGS, find_chromium

WORDS = ("japa", "nat", "cyber", "lock", "stolt", "south k", "tai", "ccd", "exerc", "quad")
ENTITIES = """PREFIX ent: <https://w3id.org/entente/ontology/>
SELECT ?thing (COUNT(DISTINCT ?claim) AS ?n) {
  ?claim a ent:Claim ; ?part ?thing
  FILTER(STRSTARTS(STR(?thing), "https://w3id.org/entente/id/"))
} GROUP BY ?thing HAVING (COUNT(DISTINCT ?claim) %s) ORDER BY DESC(?n) LIMIT %d"""
#: The things of which most is said, and those whose pages the server does not make beforehand.
KINDS = {"most": ">= 40", "less": "< 40"}
#: A new window goes on working for as long.
SETTLING_MS = 700
BARE = "data:text/html,<h1>Heading</h1>"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home")
    parser.add_argument("--rounds", type=int, default=8)
    given = parser.parse_args()
    home = given.home.rstrip("/")
    with httpx.Client(base_url=home) as client:
        paths = {
            kind: _list_paths(client, ENTITIES % (bound, given.rounds))
            for kind, bound in KINDS.items()
        }
        words = [WORDS[n % len(WORDS)] for n in range(given.rounds)]
        client.get("/suggest", params={"q": "warm"})
        report("type-ahead, one request", [_time(client, "/suggest", word) for word in words])
        report("completion, one request", [_time(client, "/complete", word) for word in words])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        painted = defaultdict[str, list[float]](list)
        for most, less in zip(*paths.values(), strict=True):
            places = {"most": home + most, "less": home + less, "": BARE}
            seen = set[str]()
            # In turn, on the same machine, and in an order of chance: each heats it for the next.
            for kind in random.sample(list(places), counts=(2, 2, 1), k=5):
                visit = "later" if kind in seen else "first"
                name = f"an entity page, {kind} claims, {visit} visit" if kind else "a bare heading"
                painted[name].append(_paint(browser, places[kind]))
                seen.add(kind)
        for name, ms in sorted(painted.items()):
            report(f"first paint of {name}", ms)
        browser.close()


def _list_paths(client: httpx.Client, query: str) -> list[str]:
    asked = {"query": query, "format": "json"}
    rows = client.get("/sparql", params=asked).json()["results"]["bindings"]
    return ["/id/" + row["thing"]["value"].rpartition("/")[2] + ".html" for row in rows]


def _time(client: httpx.Client, path: str, word: str) -> float:
    started = time.perf_counter()
    client.get(path, params={"q": word}).raise_for_status()
    return (time.perf_counter() - started) * 1000


def _paint(browser, address: str) -> float:
    page = browser.new_page()
    page.wait_for_timeout(SETTLING_MS)
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
