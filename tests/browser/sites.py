"""A site that is served, and visits to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from playgrounds import PATIENCE

from autograd.site.server import server


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Where the site in a folder is served."""
    with server(site) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


@contextmanager
def visits(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Opens pages of the site, with every other host out of reach; none may ask for one."""
    contexts, noticed = [], []

    def opened(name: str, **options: Any) -> Any:
        options = {"reduced_motion": "reduce", "viewport": {"width": 1280, "height": 800}} | options
        context = browser.new_context(**options)
        contexts.append(context)

        def answer(route: Any) -> None:
            if route.request.url.startswith(f"{address}/"):
                route.continue_()
            else:
                noticed.append(route.request.url)
                route.abort()

        context.route("**/*", answer)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: noticed.append(f"error: {error}"))
        page.on(
            "console",
            lambda message: (
                noticed.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        page.goto(f"{address}/{name}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert noticed == []
