"""Find the bug: the grader names the mistake in each engine, and once mended there is none."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from autograd.course import check_value
from autograd.diagnosis.mistakes import MISTAKES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "demos" / "course" / "bugs"


class Bug(NamedTuple):
    """A broken engine: its mistake, the operations it has, and what mends it."""

    mistake: str
    operations: str
    mend: dict[str, str]
    again: bool = False


LOOP = """    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((operand, False) for operand in node.operands)
    return order
"""
SORT = f"def topological_order(root):\n{LOOP}\n\n"
DIFFERENCE = """(self.data - other.data, (self, other))

        def push():
            self.grad += out.grad
            other.grad += out.grad
"""
SHARE = "operand.grad += node.grad * local\n"
BUGS = {
    "bug01": Bug(
        "assignment",
        "+ *",
        {".grad = other": ".grad += other", ".grad = self": ".grad += self"},
    ),
    "bug02": Bug("own operand", "+ *", {"(self.data, other.data)": "(other.data, self.data)"}),
    "bug03": Bug("sign", "+ * - /", {"1 / other.data, self": "1 / other.data, -self"}),
    "bug04": Bug(
        "order",
        "+ *",
        {
            "in visit(self, []):": "in reversed(topological_order(self)):",
            "def visit(root, order)": f"{SORT}def visit(root, order)",
        },
    ),
    "bug05": Bug(
        "recursion limit",
        "+ *",
        {"def topological_order(root):\n": f"{SORT}def old(root):\n"},
    ),
    "bug06": Bug("late binding", "+ *", {"def push():": "def push(operand=operand, local=local):"}),
    "bug07": Bug("exp of the input", "+ * exp", {"(self.data,)": "(math.exp(self.data),)"}),
    "bug08": Bug("sign", "+ * -", {DIFFERENCE: DIFFERENCE.replace("other.grad +", "other.grad -")}),
    "bug09": Bug(
        "mutated operand",
        "+ *",
        {
            "self.data *= other.data\n": "data = self.data * other.data\n",
            "Value(self.data, (self, other), local": "Value(data, (self, other), local",
        },
    ),
    "bug10": Bug(
        "lost twin",
        "+ *",
        {
            "local_grads or {}": "local_grads or []",
            "{self: 1.0, other: 1.0}": "[(self, 1.0), (other, 1.0)]",
            "{self: other.data, other: self.data}": "[(self, other.data), (other, self.data)]",
            "in node.local_grads.items()": "in node.local_grads",
            "(operand, False) for operand in": "(operand, False) for operand, _ in",
        },
    ),
    "bug11": Bug("number", "+ *", {"* other, (self,), (1.0,)": "* other, (self,), (other,)"}),
    "bug12": Bug(
        "no zeroing",
        "+ *",
        {
            "        self.grad = 1.0\n": """\
        earlier = {x: x.grad for x in topological_order(self)}
        self.zero_grad()
        self.grad = 1.0
""",
            SHARE: f"""{SHARE}\
        for node, grad in earlier.items():
            node.grad += grad
""",
        },
        again=True,
    ),
}


def engine(source: str) -> Any:
    names: dict[str, Any] = {"__name__": "engine"}
    exec(compile(source, "engine", "exec"), names)
    return names["Value"]


def test_there_are_twelve_each_a_few_dozen_lines() -> None:
    files = {path.stem: path for path in FOLDER.glob("*.py")}
    assert set(files) == set(BUGS)
    assert all(len(path.read_text(encoding="utf-8").splitlines()) < 90 for path in files.values())


@pytest.mark.parametrize("name", BUGS)
def test_the_grader_names_the_bug_and_there_is_no_other(name: str) -> None:
    bug = BUGS[name]
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    report = check_value(engine(source), bug.operations, bug.again)
    assert report.finding
    assert report.finding.mistake == bug.mistake, str(report)
    for old, new in bug.mend.items():
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    mended = check_value(engine(source), bug.operations, bug.again)
    assert mended, str(mended)


def test_the_answers_for_the_teacher_are_these() -> None:
    page = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(bug\d\d)\.py` \| (.+?) \| .+ \|$", page, flags=re.M)
    assert dict(rows) == {name: MISTAKES[bug.mistake].title for name, bug in BUGS.items()}
