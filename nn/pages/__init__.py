"""Pages in one file that show a network learning."""

from nn.pages.training import training_page, write_training

__all__ = ["training_page", "write_training"]
