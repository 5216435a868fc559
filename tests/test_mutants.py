"""The mutants that are tried before a release are still to be made."""

from __future__ import annotations

from tests.mutants import ROOT, files_of, read


def test_the_text_of_every_mutant_stands_once_where_it_is_changed() -> None:
    for mutant in read((ROOT / "tests" / "mutants.txt").read_text(encoding="utf-8")):
        files_of(ROOT, mutant)  # which raises
