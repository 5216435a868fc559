"""`python -m autograd`, the same as the command `autograd`."""

import sys

from autograd.cli import main

sys.exit(main())
