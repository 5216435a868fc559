"""demos/search.py: every combination is tried, on all cores or on a cluster."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")

QUICK = ("--epochs", "2", "--folds", "2")

CLUSTER = """
from distributed import LocalCluster
with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
    print(cluster.scheduler_address, flush=True)
    input()
"""


@pytest.fixture
def address() -> Iterator[str]:
    """Of a cluster on this machine."""
    pytest.importorskip("distributed")
    command = [sys.executable, "-c", CLUSTER]
    with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-3, text=True) as cluster:
        assert cluster.stdout
        yield cluster.stdout.readline().strip()
        cluster.communicate("\n")


def table_of(output: str) -> list[list[str]]:
    """The rows of the table, without the seconds."""
    return [re.findall(r"[\d.]+", line)[:6] for line in output.splitlines() if "│" in line]


def test_it_ranks_the_combinations_and_leaves_its_picture(demo: Any, tmp_path: Path) -> None:
    run = demo("search.py", *QUICK, "--out", "pictures")
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert "36 combinations, 2 folds of 133 wines: 72 trainings" in run.stdout
    assert "72/72 trainings" in run.stdout
    rows = table_of(run.stdout)
    assert len(rows) == 8
    accuracies = [float(row[4]) for row in rows]
    assert accuracies == sorted(accuracies, reverse=True)
    assert accuracies[0] > 80
    assert re.search(r"^test accuracy of the first \d+%$", run.stdout, flags=re.M)
    assert f"wrote {Path('pictures') / 'search.png'}" in run.stdout
    assert (tmp_path / "pictures" / "search.png").read_bytes()[:4] == b"\x89PNG"


def test_a_cluster_finds_what_the_cores_find(demo: Any, address: str) -> None:
    here, there = demo("search.py", *QUICK), demo("search.py", *QUICK, "--dask", address)
    assert there.returncode == 0, there.stderr
    assert table_of(there.stdout) == table_of(here.stdout)


def test_an_address_that_does_not_answer_is_one_line(demo: Any) -> None:
    pytest.importorskip("distributed")
    for address in ("tcp://127.0.0.1:9", "nowhere"):
        run = demo("search.py", "--dask", address)
        assert run.returncode == 1
        assert run.stderr.startswith(f"search.py: --dask: no scheduler answers at {address} (")
        assert run.stderr.count("\n") == 1


def test_without_dask_the_line_says_how_to_get_it(
    demo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dask.py").write_text("raise ImportError('not installed')")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)
    run = demo("search.py", "--dask", "tcp://127.0.0.1:8786")
    assert run.returncode == 1
    assert run.stderr == (
        'search.py: --dask needs dask.distributed: pip install "dask[distributed]"\n'
    )


def test_folds_are_two_or_more(here: Any) -> None:
    run = here("search.py", "--folds", "1")
    assert run.stderr == (
        "search.py: argument --folds: takes a whole number from 2 to 20, not '1'\n"
    )
