"""A static site: a front page, lessons, and a playground with this engine in the page."""
