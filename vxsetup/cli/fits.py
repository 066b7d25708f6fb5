"""``vxsetup models --fits``: where the models of a config file could run, or which of its lines contradict each other."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from vxsetup.cli.output import EXIT_FINDINGS, Refused, echo, style

if TYPE_CHECKING:
    from vxsetup.catalog import Catalogue


def show_fits(
    path: str, environment: str | None, catalogue: Catalogue, now: datetime | None, format_: str, color: str
) -> int:
    """Print the fits of a config. 0 where every model fits somewhere, 1 where lines contradict each other."""
    from vxsetup.cli.configs import read_configs
    from vxsetup.findings import Verdict
    from vxsetup.report.fits import fits_json, fits_text
    from vxsetup.rules.fits import fits

    configs = read_configs((path,), environment)
    if not configs.projects:
        faults = [finding.message for finding in configs.findings if finding.verdict is Verdict.FAIL]
        raise Refused(f"{path} cannot be read as a config: {' '.join(faults[:3])} Run: vxsetup validate {path}")
    today = (now or datetime.now(UTC)).date()
    found = tuple(fits(project, catalogue, today) for project in configs.projects)
    if format_ == "json":
        echo(json.dumps(fits_json(found), indent=2))
    else:
        echo(fits_text(found, style(color)))
    return EXIT_FINDINGS if any(model.conflicts for one in found for model in one.models) else 0
