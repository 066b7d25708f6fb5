"""``vxsetup emit terraform``: a config as Terraform, with import blocks for what a recording or a world shows to be there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vxsetup.cli.output import Refused, complain, echo, write_text

if TYPE_CHECKING:
    from vxsetup.catalog import Catalogue
    from vxsetup.config.project import Project
    from vxsetup.facts.base import Facts

FILE = "vxsetup.tf"


def show(
    config: str,
    environment: str | None,
    catalog: str | None,
    output: str | None,
    facts: str | None,
    emulate: str | None,
    force: bool,
) -> int:
    """Print the file, or write it into a folder. 0, or the command ends with what cannot be written."""
    from vxsetup.cli.configs import one_project, read_catalogue
    from vxsetup.cli.provisioning import sound_configs
    from vxsetup.emit.parts import NotWritableError
    from vxsetup.emit.terraform import terraform

    project = one_project(sound_configs((config,), environment), "emit terraform is about")
    catalogue = read_catalogue(catalog)
    try:
        text = terraform(project, catalogue, _facts(project, catalogue, facts, emulate))
    except NotWritableError as error:
        raise Refused(f"{config}: {error}") from error
    if output is None:
        echo(text)
        return 0
    target = Path(output) / FILE
    if target.exists() and not force:
        raise Refused(f"{target} is there already; --force replaces it")
    try:
        Path(output).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{output} cannot be made: {error.strerror}") from error
    write_text(str(target), text)
    complain(f"Wrote {target}. Next: terraform init && terraform plan")
    return 0


def _facts(project: Project, catalogue: Catalogue, facts: str | None, emulate: str | None) -> Facts | None:
    """What the recording or the world shows; None where neither is given."""
    if not facts and not emulate:
        return None
    from vxsetup.cli.asking import open_cloud
    from vxsetup.cli.provisioning import plan_of
    from vxsetup.facts.logging import Dataset
    from vxsetup.facts.provision import AccountRecord
    from vxsetup.facts.quotas import QuotaPreferences

    asked = open_cloud(emulate, None, facts, None, None)
    ground = plan_of(project, asked, catalogue, None)
    logs = project.logging.request_response
    emails = [one.principal.partition(":")[2] for one in project.access if one.principal.startswith("serviceAccount:")]
    more = [QuotaPreferences(project.id), *(AccountRecord(project.id, email) for email in emails)]
    wanted = [*ground.facts, *more, *([Dataset(project.id, logs.dataset)] if logs is not None else [])]
    return asked.gatherer([entry.principal for entry in project.access]).gather(wanted)
