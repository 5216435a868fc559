"""Does every link in a folder of pages lead somewhere?

Usage: python tests/links.py FOLDER

It ends with status 1 if one does not. Links to other hosts are not followed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit


class Page(HTMLParser):
    """The links of a page, and what in it can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places = {"", "top"}
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("id", "name") and value:
                self.places.add(value)
            elif name in ("href", "src") and value:
                self.links.append(value)


@cache
def read(path: Path) -> Page:
    """A page, read once."""
    return Page(path.read_text(encoding="utf-8"))


def broken_links(folder: Path) -> Iterator[str]:
    """Each link that leads nowhere, behind the page that it is in."""
    for path in sorted(folder.rglob("*.html")):
        for link in read(path).links:
            address = urlsplit(link)
            if address.scheme or address.netloc:
                continue
            target = (path.parent / unquote(address.path)).resolve() if address.path else path
            if target.is_dir():
                target /= "index.html"
            place = unquote(urldefrag(link).fragment)
            if not target.is_relative_to(folder.resolve()) and address.path:
                yield f"{path.relative_to(folder)}: {link} leads out of the folder"
            elif not target.is_file():
                yield f"{path.relative_to(folder)}: {link} is not there"
            elif target.suffix == ".html" and place not in read(target).places:
                yield f"{path.relative_to(folder)}: {link} names no place in that page"


def main() -> None:
    folder = Path(sys.argv[1])
    found = list(broken_links(folder))
    print("\n".join(found) or f"every link in {folder} leads somewhere")
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
