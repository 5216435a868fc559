"""Lessons and quizzes: what they ask, and the pages that play them."""
