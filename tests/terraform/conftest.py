"""The stories of plans are told where plans are tested."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "plan"))
pytest.register_assert_rewrite("plan_runs", "made_runs")
