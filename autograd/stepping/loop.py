"""The stepper's command loop: single letters, as in pdb and gdb, with history and completion."""

from __future__ import annotations

import builtins
import cmd
import operator
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar

from autograd.language.parser import parse_number
from autograd.language.terminal import Terminal
from autograd.stepping.cursor import Condition
from autograd.stepping.step import Step

if TYPE_CHECKING:
    from autograd.stepping.stepper import Stepper

try:
    import readline
except ImportError:  # on Windows, whose console has a history of its own
    readline = None  # type: ignore[assignment]

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
COMPARABLE = ("index", "upstream", "local", "contribution", "before", "after", "use", "uses")

LETTERS = {
    "s": "step",
    "n": "next",
    "S": "back",
    "N": "back_gate",
    "b": "break",
    "c": "continue",
    "u": "until",
    "g": "goto",
    "r": "restart",
    "w": "where",
    "l": "list",
    "p": "print",
    "d": "display",
    "k": "check",
    "q": "quit",
    "h": "help",
}
ALIASES = {**LETTERS, "run": "continue", "tree": "list", "exit": "quit", "EOF": "quit"}

HELP = """\
s  step [N]        one +=, or N              S  back [N]       take it back
n  next [N]        one whole gate            N  back_gate [N]  take it back
c  continue        to a breakpoint or the end
u  until NODE      until its gradient is complete
g  goto INDEX      r  restart                to any step; to before the first
b  break NODE      stop at its gate; b NODE if upstream > 1
   watch NODE      stop when its gradient changes
   breakpoints     clear [NUMBER]            list them; remove one, or all
w  where           l  list                   the path to here; the tree
p  print NODE      d  display NODE           its gradient; with every step
k  check [NODE]    its finite difference     set notation bar, set precision 6
q  quit            Enter again: the last command. help COMMAND says more."""


class Loop(cmd.Cmd):
    """Reads commands and does them with a stepper, until `quit`."""

    _history: ClassVar[list[str]] = []  # shared by all loops, apart from the outer prompt's

    def __init__(self, stepper: Stepper, stdin: Any = None, stdout: Any = None) -> None:
        super().__init__(stdin=stdin, stdout=stdout)
        self.use_rawinput = stdin is None
        self.stepper = stepper

    # ---- moving ---------------------------------------------------------------------------------

    def do_step(self, line: str) -> None:
        """step [N], s: take the next step, one single +=, or N of them."""
        self._show(self.stepper.step(_count(line)))

    def do_next(self, line: str) -> None:
        """next [N], n: finish the gate at work, or the next one; N gates in all."""
        self._show(self.stepper.next(_count(line)))

    def do_back(self, line: str) -> None:
        """back [N], S: take back a step, or N of them."""
        self._show(self.stepper.back(_count(line)))

    def do_back_gate(self, line: str) -> None:
        """back_gate [N], N: take back the steps of the gate at work; N gates in all."""
        self._show(self.stepper.back_gate(_count(line)))

    def do_continue(self, line: str) -> None:
        """continue, c, run: go on to the next breakpoint, or to the end."""
        self._show(self.stepper.run())

    def do_until(self, line: str) -> None:
        """until NODE, u: go on until the gradient of a node is complete."""
        self._show(self.stepper.until(_node(line)))

    def do_goto(self, line: str) -> None:
        """goto INDEX, g: go to a step by its number, whatever breakpoints there are."""
        if not re.fullmatch(r"\d{1,18}", line):
            raise ValueError(f"goto takes the number of a step, not {line!r:.60}")
        self._show(self.stepper.goto(int(line)))

    def do_restart(self, line: str) -> None:
        """restart, r: go to before the first step."""
        self._show(self.stepper.restart())

    # ---- stopping -------------------------------------------------------------------------------

    def do_break(self, line: str) -> None:
        """break NODE [if FIELD < NUMBER], b: stop where a gate begins its work.

        With a condition, at each step of the gate where it holds; FIELD is one of index, upstream,
        local, contribution, before, after, use, uses. Without a node, list the breakpoints.
        """
        if not line:
            self._print(self.stepper.breakpoints())
            return
        name, found, condition = line.partition(" if ")
        self.stepper.break_at(name.strip(), _condition(condition) if found else None)
        self._print(self.stepper.breakpoints())

    def do_watch(self, line: str) -> None:
        """watch NODE: stop when its gradient changes."""
        self.stepper.watch(_node(line))
        self._print(self.stepper.breakpoints())

    def do_breakpoints(self, line: str) -> None:
        """breakpoints: list the breakpoints and watches."""
        self._print(self.stepper.breakpoints())

    def do_clear(self, line: str) -> None:
        """clear [NUMBER or NODE]: remove a breakpoint or watch; without either, all."""
        which = int(line) if re.fullmatch(r"\d{1,18}", line) else line or None
        self._print(self.stepper.clear(which))

    # ---- looking --------------------------------------------------------------------------------

    def do_where(self, line: str) -> None:
        """where, w: the path of gates from the root to the current step."""
        self._print(self.stepper.where())

    def do_list(self, line: str) -> None:
        """list, l, tree: the graph as a tree, with the current step marked."""
        self._print(self.stepper.tree())

    def do_print(self, line: str) -> None:
        """print [NODE], p: a node's gradient so far; without a node, the current step again."""
        if line:
            self._print(self.stepper.look(line))
        else:
            self._show(self.stepper)

    def do_display(self, line: str) -> None:
        """display NODE, d: show its gradient with every step; see undisplay."""
        self._print(self.stepper.display(_node(line)))

    def do_undisplay(self, line: str) -> None:
        """undisplay NODE: stop showing it with every step."""
        self._print(self.stepper.undisplay(_node(line)))

    def do_check(self, line: str) -> None:
        """check [NODE], k: its finite difference beside its complete gradient."""
        self._say(str(self.stepper.check(line or None)))

    def do_set(self, line: str) -> None:
        """set notation leibniz, grad or bar; set precision N: how gradients and numbers look."""
        name, _, setting = line.partition(" ")
        if name == "notation":
            self.stepper.set(notation=setting.strip())  # type: ignore[arg-type]
        elif name == "precision":
            self.stepper.set(precision=_count(setting))
        else:
            raise ValueError(f"set takes notation or precision, not {name!r:.60}")
        self._show(self.stepper)

    def do_quit(self, line: str) -> bool:
        """quit, q, or Ctrl-D: leave."""
        return True

    def do_help(self, line: str) -> None:
        """help [COMMAND], h: all commands, or one."""
        name = ALIASES.get(line, line)
        found = getattr(self, f"do_{name}", None) if name else None
        if name and found is None:
            raise ValueError(f"there is no command {line!r:.60}; help lists them")
        self._say(_paragraphs(found.__doc__) if found else HELP)

    # ---- the loop -------------------------------------------------------------------------------

    @property
    def prompt(self) -> str:  # type: ignore[override]
        """The current step and the last: `(3/6) `."""
        place = "start" if self.stepper.index < 0 else f"{self.stepper.index}/{self.stepper.last}"
        return f"({place}) "

    def cmdloop(self, intro: str | None = None) -> None:
        """Read and do commands until one says to leave. Ctrl-C comes back to the prompt."""
        self._show(self.stepper)
        self._say("s steps, Enter repeats, h helps, q leaves")
        with self._own_history():
            while True:
                try:
                    super().cmdloop(intro="")
                    return
                except KeyboardInterrupt:
                    self._say("\n(q leaves)")

    def onecmd(self, line: str) -> bool:
        """Do one command; an error is a line of its own."""
        if line == "EOF":
            self._say("")
        try:
            return bool(super().onecmd(line))
        except (ValueError, TypeError, LookupError, RuntimeError) as error:
            self._say(f"*** {error}")
            return False

    def parseline(self, line: str) -> tuple[str | None, str | None, str]:
        """The command by its full name, and what follows it."""
        command, argument, line = super().parseline(line)
        return (ALIASES.get(command, command) if command else command), argument, line

    def default(self, line: str) -> None:
        """Say what to do about an unknown command."""
        word = line.split()[0]
        if word in self.stepper.trace.names.values():
            raise ValueError(f"{word} is a node: p {word} prints it, u {word} goes to it")
        close = get_close_matches(word, {*self.completenames(""), *ALIASES}, n=1)
        hint = f"did you mean {close[0]}?" if close else "help lists them"
        raise ValueError(f"there is no command {word!r:.60}; {hint}")

    def completedefault(self, text: str, *ignored: Any) -> list[str]:
        """The names of nodes that begin with text."""
        names = self.stepper.trace.names.values()
        return sorted({name for name in names if name.startswith(text)})[:1000]

    def completenames(self, text: str, *ignored: Any) -> list[str]:
        """The commands that begin with text."""
        return [name for name in super().completenames(text, *ignored) if name != "EOF"]

    def complete_help(self, text: str, *ignored: Any) -> list[str]:
        """The commands that help explains."""
        return self.completenames(text)

    @contextmanager
    def _own_history(self) -> Iterator[None]:
        """Put the prompt's history aside, and complete whole names such as w[0]."""
        if readline is None or not self.use_rawinput:
            yield
            return
        outside = _swap_history(Loop._history)
        delimiters = readline.get_completer_delims()
        readline.set_completer_delims(" ")
        if "libedit" in (readline.__doc__ or ""):  # macOS
            readline.parse_and_bind("bind ^I rl_complete")
        outer_input = builtins.input
        builtins.input = _readline_input()
        try:
            yield
        finally:
            builtins.input = outer_input
            readline.set_completer_delims(delimiters)
            Loop._history = _swap_history(outside)

    def _show(self, stepper: Stepper) -> None:
        self._print(stepper.render(Terminal(self.stdout)))

    def _say(self, text: str) -> None:
        """Words of the loop itself, wrapped to fit."""
        self._print(Terminal(self.stdout).words(text))

    def _print(self, text: str) -> None:
        """What the stepper has laid out, which fits already."""
        print(text, file=self.stdout)


def _count(line: str) -> int:
    """How many; 1 by default."""
    if line and not re.fullmatch(r"\d{1,18}", line.strip()):
        raise ValueError(f"expected a whole number, not {line!r:.60}")
    return int(line) if line else 1


def _node(line: str) -> str:
    if not line:
        raise ValueError("which node? list shows their names")
    return line


def _condition(text: str) -> Condition:
    """`upstream > 1` as a function of a step."""
    match = re.fullmatch(r"\s*(\w+)\s*(<=|>=|==|!=|<|>)\s*(\S+)\s*", text)
    if match is None or match[1] not in COMPARABLE:
        raise ValueError(f"a condition is like upstream > 1, with one of {', '.join(COMPARABLE)}")
    field, compare, number = match[1], COMPARE[match[2]], parse_number(match[3])

    def holds(step: Step) -> bool:
        return compare(getattr(step, field), number)

    holds.__doc__ = text.strip()
    return holds


def _paragraphs(text: str | None) -> str:
    """A docstring with each paragraph on a line of its own."""
    return "\n".join(" ".join(part.split()) for part in (text or "").split("\n\n"))


def _readline_input() -> Any:
    """`input` with readline's history, which Python 3.13's own prompt replaces."""
    prompt = sys.modules.get("_pyrepl.readline")
    return getattr(prompt, "raw_input", None) or builtins.input


def _swap_history(lines: Iterable[str]) -> list[str]:
    """Put lines into readline's history; return what was there before."""
    before = [
        readline.get_history_item(k) for k in range(1, readline.get_current_history_length() + 1)
    ]
    readline.clear_history()
    for line in lines:
        readline.add_history(line)
    return before
