"""Lessons: the pages that play them, and what notebooks show."""
