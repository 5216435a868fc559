"""Streams of any encoding, at a terminal or not."""

from __future__ import annotations

import io


def stream(encoding: str = "utf-8", terminal: bool = False) -> io.TextIOWrapper:
    """A stream with an encoding, which says whether it is a terminal."""

    class Stream(io.TextIOWrapper):
        def isatty(self) -> bool:
            return terminal

    return Stream(io.BytesIO(), encoding=encoding)
