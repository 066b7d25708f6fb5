"""The emulator's state: a world, and the look-ups that are derived from it. A change makes a new state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from .model import Node, Operation, Project, Role, World
from .tables import Tables, overridden


@dataclass(frozen=True, slots=True)
class State:
    """A world with its resolved tables and its projects by number; ``cached`` are prompt prefixes, and until when."""

    world: World
    tables: Tables
    by_number: Mapping[str, str]
    cached: Mapping[str, datetime] = field(default_factory=dict)

    def project(self, name: str) -> Project | None:
        """A project by id or number, whatever its life-cycle state."""
        return self.world.projects.get(self.by_number.get(name, name))

    def node(self, name: str) -> Node | None:
        """A project, folder or organization by its resource name."""
        kind, _, rest = name.partition("/")
        if kind == "organizations":
            return self.world.organizations.get(rest)
        if kind == "folders":
            return self.world.folders.get(rest)
        project = self.project(rest)
        return project.node if project else None

    def custom_role(self, name: str) -> Role | None:
        """A custom role by its full name, ``projects/P/roles/R`` or ``organizations/O/roles/R``."""
        owner, _, role = name.rpartition("/roles/")
        node = self.node(owner) if owner else None
        return node.roles.get(role) if node else None

    def with_world(self, world: World) -> State:
        """The same state over a changed world; the tables stay, and the numbers follow new projects."""
        numbers = self.by_number
        if world.projects.keys() != self.world.projects.keys():
            numbers = {project.number: key for key, project in world.projects.items()}
        return replace(self, world=world, by_number=numbers)

    def with_project(self, project: Project) -> State:
        """The same state with one project put in or replaced."""
        return self.with_world(replace(self.world, projects={**self.world.projects, project.id: project}))

    def with_node(self, node: Node) -> State:
        """The same state with one project's, folder's or organization's node replaced."""
        kind, _, rest = node.name.partition("/")
        if kind == "organizations":
            return self.with_world(replace(self.world, organizations={**self.world.organizations, rest: node}))
        if kind == "folders":
            return self.with_world(replace(self.world, folders={**self.world.folders, rest: node}))
        return self.with_project(replace(self.world.projects[rest], node=node))

    def with_operation(self, name: str, operation: Operation) -> State:
        """The same state with one more long-running operation."""
        return self.with_world(replace(self.world, operations={**self.world.operations, name: operation}))


def start(world: World) -> State:
    """The state with which a world begins. Raises TypeError or ValueError where its ``tables`` do not fit."""
    numbers = {project.number: key for key, project in world.projects.items()}
    return State(world, overridden(world.tables), numbers)
