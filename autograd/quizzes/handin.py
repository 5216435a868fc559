"""What a student hands in after a quiz: a code, and what `autograd grade` makes of it.

A code holds the graph, every answer as it was typed, and the times; never a score, for grading
works the graph out again and judges each answer anew. Its last part is a checksum, which shows
damage and idle changes. It is no signature: who can read this file can write a code.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from autograd.engine import Value
from autograd.errors import DomainError, ExpressionError
from autograd.language.parser import parse_number
from autograd.operations import OPERATIONS
from autograd.quizzes.mistakes import is_right
from autograd.stepping.step import json_number
from autograd.stepping.tracing import Trace
from autograd.sums import FOLDS, fold_of

MARK = "chalkgrad-quiz-1"
CODE = re.compile(rf"{MARK}\.([\w\s=-]+)\.\s*([0-9a-f]{{16}})", flags=re.ASCII)
LONGEST_CODE = 1_000_000
MOST_NODES = 1000


class DamagedCode(ValueError):  # noqa: N818
    """A code that is not as it was made."""


@dataclass
class Question:
    """A node whose gradient was asked for, and what was typed, in order; nothing if skipped."""

    node: Value
    typed: list[str] = field(default_factory=list)


@dataclass
class Round:
    """A graph that was asked about."""

    trace: Trace
    questions: list[Question] = field(default_factory=list)


@dataclass
class HandIn:
    """A quiz that was taken."""

    name: str
    began: datetime
    ended: datetime
    rounds: list[Round]


def now() -> datetime:
    """The time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


# ---- writing ------------------------------------------------------------------------------------


def code_of(taken: HandIn) -> str:
    """The code of a quiz, on one line."""
    payload = {
        "name": taken.name,
        "began": written(taken.began),
        "ended": written(taken.ended),
        "rounds": [
            {
                "nodes": [_entry(each.trace, node) for node in each.trace.order],
                "asked": [each.trace.places[question.node] for question in each.questions],
                "typed": [question.typed for question in each.questions],
            }
            for each in taken.rounds
        ],
    }
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return f"{MARK}.{urlsafe_b64encode(text).decode()}.{checksum(text)}"


def _entry(trace: Trace, node: Value) -> list[Any]:
    """A node: its name, and its operation and operands, or its number and whether it is fixed."""
    if node.operands:
        places = [trace.places[operand] for operand in node.operands]
        return [trace.name(node), node._operation.name, places]
    name = "" if node.is_constant and not node.label else trace.name(node)
    return [name, json_number(node.data), node.is_constant]


def written(time: datetime) -> str:
    """A time as a code has it: 2026-11-29T03:05:05Z."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def checksum(text: bytes) -> str:
    """FNV-1a twice, from two starting points: what a page can work out too."""
    sums = [0x811C9DC5, 0x01000193]
    for byte in text:
        sums = [((each ^ byte) * 0x01000193) & 0xFFFFFFFF for each in sums]
    return "".join(f"{each:08x}" for each in sums)


# ---- reading ------------------------------------------------------------------------------------


def codes_in(text: str) -> Iterator[str]:
    """Every code in a text, wherever lines were broken."""
    for match in CODE.finditer(text):
        packed = "".join(match[1].split())
        yield f"{MARK}.{packed}.{match[2]}"


def read_code(code: str) -> HandIn:
    """The quiz that a code holds; DamagedCode where it is not as it was made."""
    _, packed, check = code.split(".")
    if len(packed) > LONGEST_CODE:
        raise DamagedCode("the code is too long")
    try:
        text = urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    except ValueError:
        raise DamagedCode("a part of the code is missing") from None
    if checksum(text) != check:
        raise DamagedCode("the code was changed, or a part of it is missing")
    try:
        return _read(json.loads(text))
    except DomainError as error:
        raise DamagedCode(f"its graph cannot be worked out: {error}") from None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        if isinstance(error, DamagedCode):
            raise
        raise DamagedCode("the code does not hold a quiz") from None


def _read(payload: Any) -> HandIn:
    rounds = []
    for each in payload["rounds"]:
        nodes = _nodes(each["nodes"])
        trace = Trace(nodes[-1])
        questions = [
            Question(nodes[place], [str(text) for text in typed])
            for place, typed in zip(each["asked"], each["typed"], strict=True)
            if place >= 0 and trace.uses(nodes[place])
        ]
        rounds.append(Round(trace, questions))
    began, ended = (datetime.fromisoformat(payload[name]) for name in ("began", "ended"))
    return HandIn(str(payload["name"]), began.astimezone(UTC), ended.astimezone(UTC), rounds)


def _nodes(entries: list[Any]) -> list[Value]:
    """The graph of a code, made anew."""
    if len(entries) > MOST_NODES:
        raise DamagedCode("its graph is too large")
    nodes: list[Value] = []
    for name, what, more in entries:
        if not isinstance(name, str):
            raise DamagedCode("a name is not text")
        if isinstance(more, list):
            if what not in OPERATIONS and what not in FOLDS:
                raise DamagedCode(f"its graph has an operation of its own, {what!r:.40}")
            operands = [nodes[place] for place in more if place >= 0]
            operation = fold_of(what, len(more)) if what in FOLDS else OPERATIONS[what]
            node = operation(*operands)
        else:
            node = Value(float(what))
            node = node.detach() if more else node
        if not (node.operands and re.fullmatch(r"v\d+", name)):  # which it gets by itself
            node.label = name
        nodes.append(node)
    return nodes


# ---- judging ------------------------------------------------------------------------------------


def is_answer(trace: Trace, node: Value, typed: str) -> bool:
    """Whether what was typed is the gradient of a node."""
    try:
        return is_right(parse_number(typed), trace.adjoint(node))
    except ExpressionError:
        return False
