"""Tests. A package, so that `tests.tools` and the project's own `tools` are never taken for each other."""
