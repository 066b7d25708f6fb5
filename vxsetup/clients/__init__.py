"""The programs and libraries that call Claude on Vertex AI: what each reads, can and cannot, as dated claims.

One table for ``emit``, the rules VX80x, ``doctor`` and ``explain``; ``data/targets.json`` follows ``schemas/targets.schema.json``.
"""

from __future__ import annotations

from vxsetup.clients.fit import Fault, Wanted, faults
from vxsetup.clients.load import shipped_targets
from vxsetup.clients.table import Package, Target, Targets, Variable

__all__ = ["Fault", "Package", "Target", "Targets", "Variable", "Wanted", "faults", "shipped_targets"]
