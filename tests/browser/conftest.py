"""A browser, and pages in it that are watched for errors and for requests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from marks import marked as marked

from autograd import Value, write_lesson

pytest.register_assert_rewrite("playgrounds", "shown", "sites")

from playgrounds import built  # noqa: E402
from sites import served, visits  # noqa: E402

from autograd.site.pages import write_site  # noqa: E402

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, without a window: CHALKGRAD_BROWSER says which, else one on the path."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = os.environ.get("CHALKGRAD_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no browser on the path, and CHALKGRAD_BROWSER names none")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def context_with(browser: Any) -> Callable[..., Any]:
    """The context with some options; a new one takes longer than most of the tests in it."""
    contexts: dict[str, Any] = {}

    def context(**options: Any) -> Any:
        key = repr(sorted(options.items()))
        if key not in contexts:
            contexts[key] = browser.new_context(**options)
        return contexts[key]

    return context


@pytest.fixture
def watched(context_with: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """Opens pages, which keep nothing; none may report an error or make a request."""
    pages, noticed = [], []

    def new_page(**options: Any) -> Any:
        options = {"reduced_motion": "reduce", "viewport": {"width": 1280, "height": 800}} | options
        page = context_with(**options).new_page()
        pages.append(page)
        page.set_default_timeout(20_000)  # for a busy machine
        page.on("pageerror", lambda error: noticed.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (noticed.append(f"dialog: {dialog}"), dialog.dismiss()))
        page.on(
            "console",
            lambda message: (
                noticed.append(f"console: {message.text}")
                if message.type in ("error", "warning")
                else None
            ),
        )
        page.on(
            "request",
            lambda request: (
                noticed.append(f"request: {request.url}")
                if not (request.is_navigation_request() and request.url.startswith("file:"))
                else None
            ),
        )
        return page

    yield new_page
    for page in pages:
        page.close()
    assert noticed == []


@pytest.fixture
def lesson_page(watched: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """The lesson of a root, opened from disk."""

    def opened(
        root: Value, *, at: str = "", browser: dict[str, Any] | None = None, **options: Any
    ) -> Any:
        path = tmp_path / "lesson.html"
        write_lesson(root, path, **options)
        page = watched(**(browser or {}))
        page.goto(path.as_uri() + at)
        return page

    return opened


@pytest.fixture
def training(watched: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """The page of a run, opened from disk."""

    def opened(run: Any, *, at: str = "", browser: dict[str, Any] | None = None) -> Any:
        path = tmp_path / "training.html"
        path.write_text(run.page.html, encoding="utf-8")
        page = watched(**(browser or {}))
        page.goto(path.as_uri() + at)
        return page

    return opened


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, in a folder."""
    folder = tmp_path_factory.mktemp("site")
    built(lambda pyodide: write_site(folder, pyodide))
    return folder


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the site is served."""
    with served(site) as address:
        yield address


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Opens pages of the site."""
    with visits(browser, address) as opened:
        yield opened
