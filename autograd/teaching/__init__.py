"""For who teaches the course: slides, worksheets, and assignments that grade themselves."""

from autograd.teaching.sheets import write_worksheet

__all__ = ["write_worksheet"]
