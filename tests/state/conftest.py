"""The command line is told where plans are tested."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

_PLAN = Path(__file__).resolve().parents[1] / "plan"
sys.path.insert(0, str(_PLAN))
pytest.register_assert_rewrite("plan_runs", "made_runs")
_spec = importlib.util.spec_from_file_location("conftest_of_plans", _PLAN / "conftest.py")
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
cli = _module.cli
