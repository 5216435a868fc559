"""How the files of the two packages import each other, read from their text without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("autograd", "nn")


def imports_of(package: str) -> dict[str, set[str]]:
    """The modules of the two packages that each module of one imports, at the top or in a function.

    package : "autograd" or "nn".

    What is imported for type checkers alone does not count: it is a name in an annotation, and
    nothing depends on it. Of `from nn import plots` it is the module that counts, `nn.plots`, and
    of `from nn import MLP` the package, `nn`.
    """
    modules = {name for each in PACKAGES for name in files_of(each)}
    return {
        module: {found for name in names_in(path) if (found := within(name, modules))} - {module}
        for module, path in files_of(package).items()
    }


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that each lead back to themselves through the others, in order."""
    beyond = {module: reachable(graph, module) for module in graph}
    groups = {
        tuple(sorted(other for other in beyond[module] if module in beyond.get(other, ())))
        for module in graph
        if module in beyond[module]
    }
    return [list(group) for group in sorted(groups)]


def reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    """Every module that can be reached along one import or more."""
    found: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting.extend(graph.get(module, ()))
    return found


def files_of(package: str) -> dict[str, Path]:
    """The modules of a package by their dotted names."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    return {
        ".".join(path.relative_to(folder.parent).with_suffix("").parts).removesuffix(
            ".__init__"
        ): path
        for path in sorted(folder.rglob("*.py"))
    }


def names_in(path: Path) -> Iterator[str]:
    """The dotted name of each thing that a file imports, such as `autograd.Value`."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import in line {node.lineno}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting.extend(node.orelse)
        else:
            waiting.extend(ast.iter_child_nodes(node))


def within(name: str, modules: set[str]) -> str:
    """The module that a dotted name is, or is a part of; "" if it is in none of these."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name
