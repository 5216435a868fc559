"""Graphs as text, and text as graphs: names, expressions, formulas, trees in a terminal."""
