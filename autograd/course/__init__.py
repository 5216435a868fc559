"""A course in which the student builds the engine: its parts, and a grader that names mistakes."""

from autograd.course.parts import PARTS, Part, Result, Tried
from autograd.diagnosis.grader import check_value
from autograd.diagnosis.mistakes import Finding, Report

__all__ = ["PARTS", "Finding", "Part", "Report", "Result", "Tried", "check_value"]
