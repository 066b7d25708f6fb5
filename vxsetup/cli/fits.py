"""``vxsetup models --fits``: where the models of a config file could run, or which of its lines contradict each other."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from vxsetup.cli.output import EXIT_FINDINGS, Refused, echo, style

if TYPE_CHECKING:
    from vxsetup.catalog import Catalogue
    from vxsetup.rules.fits import ClientAllows


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
    found = tuple(fits(project, catalogue, today, _client_allows(catalogue)) for project in configs.projects)
    if format_ == "json":
        echo(json.dumps(fits_json(found), indent=2))
    else:
        echo(fits_text(found, style(color)))
    return EXIT_FINDINGS if any(model.conflicts for one in found for model in one.models) else 0


def _client_allows(catalogue: Catalogue) -> ClientAllows:
    """What keeps a client from a location, by the table of clients; a client that it does not know is kept from none."""
    from vxsetup.clients.fit import Wanted, faults
    from vxsetup.clients.load import shipped_targets

    table = shipped_targets(catalogue.sources)

    def allows(client: str, location: str) -> str | None:
        target = table.target(client)
        found = faults(target, (Wanted("", "", location),)) if target is not None else ()
        kept = [fault for fault in found if fault.kind in ("refused", "location")]
        return kept[0].says if kept else None

    return allows
