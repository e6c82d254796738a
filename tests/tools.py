"""What becomes of a test whose tool is not installed?"""

from __future__ import annotations

import os

import pytest


def need(found: bool, what: str) -> None:
    """Skip the test when a tool is absent; fail it where all tools must be there (ASSURANCE_ALL_TOOLS=1)."""
    if found:
        return
    reason = f"not installed: {what}"
    if os.environ.get("ASSURANCE_ALL_TOOLS") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
