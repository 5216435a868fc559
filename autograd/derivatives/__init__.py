"""Derivatives of functions, of any order, and checks of them."""
