"""A graph as LaTeX and as MathML."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import OPERATIONS, Value, hypot, maximum, to_latex, to_mathml, to_text

a, b, c = (Value(2.0, label=name) for name in "abc")
LABELS = st.text(max_size=50) | st.text("\\{}$&#%_^~\"'`[]*<>-+ \0…🙂é", max_size=5)

# fmt: off
# a graph, its LaTeX, and its MathML as `linear` spells it
WORKED: list[tuple[Callable[[], Value], str, str]] = [
    (lambda: a + b, "a + b", "a+b"),
    (lambda: (a + b) * c, r"(a + b) \cdot c", "(a+b)·c"),
    (lambda: a * b + c, r"a \cdot b + c", "a·b+c"),
    (lambda: a - (b - c), "a - (b - c)", "a-(b-c)"),
    (lambda: a - b - c, "a - b - c", "a-b-c"),
    (lambda: a - -b, "a - (-b)", "a-(-b)"),
    (lambda: (-a).neg(), "-(-a)", "-(-a)"),
    (lambda: a + -b * c, r"a + (-b \cdot c)", "a+(-b·c)"),
    (lambda: a * -3, r"a \cdot (-3)", "a·(-3)"),
    (lambda: -(a + b), "-(a + b)", "-(a+b)"),
    (lambda: a / b, r"\frac{a}{b}", "mfrac[a, b]"),
    (lambda: (a + b) / -c, r"\frac{a + b}{-c}", "mfrac[a+b, -c]"),
    (lambda: a / b * c, r"\frac{a}{b} \cdot c", "mfrac[a, b]·c"),
    (lambda: a**2, "a^{2}", "msup[a, 2]"),
    (lambda: a ** (b + c), "a^{b + c}", "msup[a, b+c]"),
    (lambda: a ** (b**c), "a^{b^{c}}", "msup[a, msup[b, c]]"),
    (lambda: (a**b) ** c, r"\left(a^{b}\right)^{c}", "msup[(msup[a, b]), c]"),
    (lambda: (-a) ** 2, r"\left(-a\right)^{2}", "msup[(-a), 2]"),
    (lambda: -(a**2), "-a^{2}", "-msup[a, 2]"),
    (lambda: (a / b) ** 2, r"\left(\frac{a}{b}\right)^{2}", "msup[(mfrac[a, b]), 2]"),
    (lambda: a.tanh() ** 2, r"\tanh\left(a\right)^{2}", "msup[tanh(a), 2]"),
    (lambda: (a + b).sqrt(), r"\sqrt{a + b}", "msqrt[a+b]"),
    (lambda: abs(-a), r"\left|-a\right|", "|-a|"),
    (lambda: a.atan(), r"\arctan\left(a\right)", "arctan(a)"),
    (lambda: a.sigmoid(), r"\sigma\left(a\right)", "σ(a)"),
    (lambda: maximum(a, -b), r"\max\left(a, -b\right)", "max(a,-b)"),
    (lambda: a % b + c, r"(a \bmod b) + c", "(amodb)+c"),
    (lambda: (a + b) % c, r"(a + b) \bmod c", "(a+b)modc"),
    (lambda: a // -b, r"\left\lfloor \frac{a}{-b} \right\rfloor", "⌊mfrac[a, -b]⌋"),
    (lambda: a.floor(), r"\left\lfloor a \right\rfloor", "⌊a⌋"),
    (lambda: a.ceil() ** 2, r"\left\lceil a \right\rceil^{2}", "msup[⌈a⌉, 2]"),
    (lambda: (-a).square(), r"\left(-a\right)^{2}", "msup[(-a), 2]"),
    (lambda: a.exp2() + b, "2^{a} + b", "msup[2, a]+b"),
    (lambda: hypot(a + b, c), r"\sqrt{\left(a + b\right)^{2} + c^{2}}",
     "msqrt[msup[(a+b), 2]+msup[c, 2]]"),
    (lambda: a.cbrt(), r"\sqrt[3]{a}", "mroot[a, 3]"),
    (lambda: a.log2(), r"\log_{2}\left(a\right)", "msub[log, 2](a)"),
    (lambda: a.acosh(), r"\operatorname{arcosh}\left(a\right)", "arcosh(a)"),
    (lambda: a.elu(), r"\operatorname{elu}\left(a, 1\right)", "elu(a,1)"),
    (lambda: a.leaky_relu(), r"\operatorname{leaky\_relu}\left(a, 0.01\right)",
     "leaky_relu(a,0.01)"),
    (lambda: a + math.inf, r"a + \infty", "a+∞"),
    (lambda: a + math.nan, r"a + \mathrm{nan}", "a+nan"),
    (lambda: a + -1e-5, r"a + (-1 \times 10^{-5})", "a+(-1×msup[10, -5])"),
    (lambda: 2.5e30 ** a, r"\left(2.5 \times 10^{30}\right)^{a}", "msup[(2.5×msup[10, 30]), a]"),
]
NAMES = [
    ("x", "x", "<mi>x</mi>"),
    ("loss", r"\mathrm{loss}", "<mi>loss</mi>"),
    ("w_1", "w_{1}", "<msub><mi>w</mi><mn>1</mn></msub>"),
    ("w12", "w_{12}", "<msub><mi>w</mi><mn>12</mn></msub>"),
    ("θ", r"\theta", "<mi>θ</mi>"),
    ("Δ3", r"\Delta _{3}", "<msub><mi>Δ</mi><mn>3</mn></msub>"),
    ("w[0]", r"\mathrm{w[0]}", "<mi>w[0]</mi>"),
    ("[", r"\mathrm{[}", "<mi>[</mi>"),  # which might be an option of \\
    ("*", r"\mathrm{*}", "<mi>*</mi>"),  # likewise
    ("50%", r"\mathrm{50\%}", "<mi>50%</mi>"),
    ("a_b", r"\mathrm{a\_b}", "<mi>a_b</mi>"),
    ("#$&", r"\mathrm{\#\$\&}", "<mi>#$&amp;</mi>"),
    ("\\end{x}", r"\mathrm{\backslash end\{x\}}", "<mi>\\end{x}</mi>"),
    ("<b>", r"\mathrm{<b>}", "<mi>&lt;b&gt;</mi>"),
    ('"', r"\mathrm{\text{''}}", "<mi>&quot;</mi>"),
    ("é", r"\text{é}", "<mi>é</mi>"),
    ("a\0", r"\mathrm{a?}", "<mi>a\ufffd</mi>"),
    ("x" * 41, rf"\mathrm{{{'x' * 39}\dots }}", f"<mi>{'x' * 39}…</mi>"),
]
# fmt: on


def linear(element: ElementTree.Element) -> str:
    """A MathML element on one line: a row by its contents, other elements by their names.

    The minus sign of mathematics is spelled as the hyphen that a keyboard has.
    """
    assert "-" not in (element.text or "") or element.tag != "mo"
    parts = [linear(part) for part in element] or [(element.text or "").replace("−", "-")]
    if element.tag in ("mi", "mn", "mo", "mrow", "math"):
        return "".join(parts)
    return f"{element.tag}[{', '.join(parts)}]"


def unescaped_braces(latex: str) -> str:
    return "".join(re.findall(r"(?<!\\)(?:\\\\)*([{}])", latex))


def is_balanced(braces: str) -> bool:
    while "{}" in braces:
        braces = braces.replace("{}", "")
    return not braces


@pytest.mark.parametrize(("make", "latex", "mathml"), WORKED)
def test_formulas_worked_by_hand(make: Callable[[], Value], latex: str, mathml: str) -> None:
    assert to_latex(make()) == latex
    assert linear(ElementTree.fromstring(to_mathml(make()))) == mathml


@pytest.mark.parametrize(("label", "latex", "mathml"), NAMES)
def test_names_stand_for_themselves(label: str, latex: str, mathml: str) -> None:
    leaf = Value(2.0, label=label)
    assert to_latex(leaf) == latex
    assert to_mathml(leaf) == f'<math display="block">{mathml}</math>'


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_written(name: str) -> None:
    letters = (a, b, c)[: len(OPERATIONS[name].operands)]
    near = 1.5 if name == "acosh" else 0.5
    small = [Value(near, label=letter.label) for letter in letters]
    root = OPERATIONS[name](*small)
    assert is_balanced(unescaped_braces(to_latex(root)))
    written = ElementTree.fromstring(to_mathml(root))
    assert [e.text for e in written.iter("mi") if e.text in ("a", "b", "c")] == [
        letter.label for letter in letters
    ]


@given(LABELS)
def test_any_label_gives_latex_with_balanced_braces_and_special_characters_escaped(
    label: str,
) -> None:
    leaf = Value(2.0, label=label)
    latex = to_latex(-leaf / (leaf + 1) ** leaf)
    assert is_balanced(unescaped_braces(latex))
    assert re.search(r"(?<!\\)[$&#%~\"]", latex) is None
    assert re.search(r"(?<!\\)_(?!\{)|\^(?!\{)|[\0\n]", latex.replace(r"\hat{\ }", "")) is None


@given(LABELS.filter(bool), LABELS.filter(bool))
def test_any_labels_give_mathml_that_is_xml(first: str, second: str) -> None:
    product = Value(2.0, label=first) * Value(3.0)
    product.label = second
    root = product + product.exp()
    element = ElementTree.fromstring(to_mathml(root))
    assert element.tag == "math"
    assert len(element.findall("mtable/mtr")) == 2


def test_shared_nodes_are_the_lines_of_an_aligned_environment() -> None:
    d = a * b
    assert to_latex(d - d.tanh()) == (
        "\\begin{aligned}\nd &= a \\cdot b \\\\\n& d - \\tanh\\left(d\\right)\n\\end{aligned}"
    )


def test_shared_nodes_are_the_rows_of_a_table() -> None:
    d = a * b
    rows = ElementTree.fromstring(to_mathml(d - d.tanh())).findall("mtable/mtr")
    cells = [[linear(cell) for cell in row] for row in rows]
    assert cells == [["mtd[d, =]", "mtd[a·b]"], ["mtd[]", "mtd[d-tanh(d)]"]]


def test_a_result_with_a_name_begins_with_it() -> None:
    f = a * b
    assert to_latex(f) == r"f = a \cdot b"
    assert linear(ElementTree.fromstring(to_mathml(f))) == "f=a·b"


def test_mathml_holds_the_names_and_numbers_of_the_text() -> None:
    def graph() -> Value:
        d = (a - 2.5) * b
        return (d.tanh() + 1.5) / (d * d - c) + a.elu(0.25)

    names = re.findall(r"[a-z]\w*", to_text(graph()))
    numbers = re.findall(r"(?<!\w)[\d.]+", to_text(graph()))
    element = ElementTree.fromstring(to_mathml(graph()))
    stems = [e.text for e in element.iter("mi")]
    assert sorted(map(str, stems)) == sorted(re.sub(r"\d+$", "", name) for name in names)
    indexed = [e[1].text for e in element.iter("msub")]
    plain = [e.text for e in element.iter("mn") if e.text not in indexed]
    assert sorted(map(str, plain)) == sorted(numbers)


@pytest.mark.parametrize("write", [to_latex, to_mathml])
def test_only_the_graph_of_a_value_is_written(write: Callable[[Any], str]) -> None:
    with pytest.raises(TypeError, match=rf"^{write.__name__} writes the graph of a Value, not 3"):
        write(3)
