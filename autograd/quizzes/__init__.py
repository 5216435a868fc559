"""Quizzes: what they ask, the mistakes they know, and what is handed in."""
