"""What is tried in each part, in order, each with what it says when it passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograd.course import engine_checks, first_checks, last_checks
from autograd.course.asking import Check

CHECKS: Mapping[int, Sequence[tuple[str, Check]]] = {
    1: (
        ("slope of a straight line", first_checks.slope_of_a_line),
        ("slope of curves, from both sides", first_checks.slope_of_a_curve),
        ("slopes by each of three inputs", first_checks.slopes_by_each),
        ("sides of a kink", first_checks.both_sides),
    ),
    2: (
        ("sums and products have the right number", first_checks.results),
        ("so they have with plain numbers", first_checks.results_with_numbers),
        ("they remember their operands", first_checks.operands_in_order),
        ("formula writes the graph", first_checks.formulas),
    ),
    3: (
        ("the rule of a sum", first_checks.rule_of("a + b")),
        ("the rule of a product", first_checks.rule_of("a*b")),
        ("the chain rule by hand", first_checks.chain_rule_by_hand),
    ),
    4: (("push, on graphs large and small", engine_checks.pushed),),
    5: (
        ("every node is there, and once", engine_checks.each_once),
        ("operands come before results", engine_checks.operands_first),
        ("a chain of 5000 nodes", engine_checks.long_chains),
    ),
    6: (
        ("backward", engine_checks.graded("+ *")),
        ("backward twice, and zero_grad", engine_checks.graded("+ *", again=True)),
        ("-a and a - b", engine_checks.graded("-")),
        ("a / b", engine_checks.graded("/")),
        ("a ** n", engine_checks.graded("**")),
        ("exp", engine_checks.graded("exp")),
        ("tanh", engine_checks.graded("tanh")),
        ("relu, and all of it together", engine_checks.graded("+ * - / ** exp tanh relu", True)),
    ),
    7: (
        ("a neuron and its gradients", last_checks.neurons),
        ("the loss and its gradients", last_checks.losses),
        ("a step down", last_checks.steps_down),
        ("training, step by step", last_checks.trains),
        ("it learns XOR", last_checks.learns),
    ),
    8: (
        ("the sum of Duals", last_checks.dual("a + b")),
        ("the product of Duals", last_checks.dual("a * b")),
        ("derivative, forward", last_checks.derivatives),
        ("the derivative of the derivative", last_checks.second_derivatives),
        ("when reverse wins", last_checks.cheaper_way),
        ("backward on a tape", last_checks.tapes),
    ),
}
