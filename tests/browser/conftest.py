"""A real Chromium beside a real server over the shipped graph."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from serving import serving

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Page, sync_playwright

#: Chromium asks nobody for updates, and needs neither a sandbox nor a graphics card.
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def find_chromium():
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    return found or ("/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else None)


@dataclass
class Watched:
    """A page, and what it did that it should not have done."""

    page: Page
    home: str
    said: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(self.home + path, wait_until="load")
        return self.page

    def wait_for_picture(self) -> Page:
        self.page.wait_for_selector("figure[data-ready=true]", timeout=20_000)
        return self.page

    @property
    def width(self) -> int:
        """How wide the page is that the reader would have to scroll."""
        return self.page.evaluate("document.documentElement.scrollWidth")


@pytest.fixture(scope="session")
def chromium():
    executable = find_chromium()
    if not executable:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def home(snapshot):
    with serving("--snapshot", snapshot.folder.parent, "--log-format", "none") as server:
        yield server.home


@pytest.fixture
def watch(chromium, home):
    """Open watched pages; at the end, nothing was said on the console and nobody else asked."""

    @contextmanager
    def make(width: int = 1280, theme: str = "light", height: int = 900) -> Iterator[Watched]:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            reduced_motion="reduce",
        )
        watched = Watched(context.new_page(), home)
        watched.page.on("console", lambda message: watched.said.append(message.text))
        watched.page.on("pageerror", lambda error: watched.said.append(str(error)))
        watched.page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((home, "data:", "blob:"))
                else watched.left.append(request.url)
            ),
        )
        try:
            yield watched
            assert watched.said == []
            assert watched.left == []
        finally:
            context.close()

    return make
