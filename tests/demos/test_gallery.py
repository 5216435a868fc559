"""The gallery: every option of draw_dot on one page."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

from autograd import draw_dot


def test_it_shows_every_option_and_loads_nothing(demo: Any, tmp_path: Path) -> None:
    run = demo("gallery.py")
    assert run.returncode == 0, run.stderr
    assert run.stdout == "wrote gallery.html\n"
    page = (tmp_path / "gallery.html").read_text(encoding="utf-8")
    shown = set(re.findall(r"(\w+)=", "".join(re.findall(r"<code>(.*?)</code>", page))))
    passed_on = {"root", "format", "engine", "edge_attr"}
    assert set(inspect.signature(draw_dot).parameters) - passed_on <= shown
    assert page.count("<svg") > 20
    assert not re.search(r'(src|href)="(?!data:)', page)
    assert "<code>write_training(network, X, y, " in page


def test_ids_on_the_page_do_not_meet(here: Any, tmp_path: Path) -> None:
    here("gallery.py", "--out", "other.html")
    page = (tmp_path / "other.html").read_text(encoding="utf-8")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) > 100
    assert len(ids) == len(set(ids))


def test_a_place_that_cannot_be_written_is_one_line(here: Any) -> None:
    run = here("gallery.py", "--out", "no/such/folder.html")
    assert run.returncode == 1
    assert run.stderr.splitlines() == [
        f"gallery.py: cannot write {Path('no/such/folder.html')}: No such file or directory"
    ]
