"""A course in which the student builds the engine: its parts, and a grader that names mistakes."""

from autograd.course.grader import check_value
from autograd.course.mistakes import Finding, Report

__all__ = ["Finding", "Report", "check_value"]
