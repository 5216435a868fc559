"""Where `autograd.graph` looks for `check_adjoints`."""

from autograd.derivatives.anomalies import check_adjoints as check_adjoints
