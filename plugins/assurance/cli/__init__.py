"""The command line: one command a step, stable names and exit codes. Heavy imports stand inside the commands.

Exit codes: 0 accepted or done; 2 usage; 10 accepted with queries or quarantined rows; 20 rejected; 1 anything unexpected.
"""

# A module's commands are there once it is imported; `--help` lists them in this order.
from assurance.cli import returns, differences, months, releases, outbox, undertaking, trace, upkeep  # noqa: F401, I001
from assurance.cli.program import app, main

__all__ = ["app", "main"]
