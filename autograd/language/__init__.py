"""Graphs as text: names, expressions, formulas, and trees in a terminal."""
