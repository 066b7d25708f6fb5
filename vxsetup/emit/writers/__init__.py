"""The writers: one for each client, by the client's name. Each turns settings into files; NotWritableError refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vxsetup.clients import Target, Targets
from vxsetup.emit.parts import File
from vxsetup.emit.settings import Settings
from vxsetup.emit.writers.agents import AGENTS
from vxsetup.emit.writers.containers import containers
from vxsetup.emit.writers.gateways import GATEWAYS
from vxsetup.emit.writers.libraries import LIBRARIES
from vxsetup.emit.writers.pipelines import PIPELINES

Writer = Callable[[Settings, Target], tuple[File, ...]]


def writers(table: Targets) -> Mapping[str, Writer]:
    """Every writer. Those of plain variables hold what any client of the table reads."""
    return {**containers(table), **LIBRARIES, **GATEWAYS, **AGENTS, **PIPELINES}
