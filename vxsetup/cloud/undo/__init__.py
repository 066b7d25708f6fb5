"""Looks at what vxsetup made, and takes it back: the other side of ``cloud.changes``, under the same names.

A removal takes back what the journal says was made and nothing else; policies are read, modified and written with the
etag that was read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vxsetup.cloud.call import Call, Outcome
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged
from vxsetup.cloud.undo.base import Eyes, Made, Undoing
from vxsetup.facts.made import MadeState, Standing

__all__ = ["Changed", "Hands", "Made", "NotChanged", "looks", "remove", "undoings"]


def undoings() -> Mapping[str, Undoing]:
    """How each kind of change is looked at and undone, by the name of the change."""
    from vxsetup.cloud.undo import access, federation, logs, models, policy, project, services

    return {
        "create_project": project.PROJECT,
        "link_billing": project.BILLING,
        "enable_services": services.SERVICES,
        "create_service_account": access.ACCOUNT,
        "create_role": access.ROLE,
        "create_pool": federation.POOL,
        "create_provider": federation.PROVIDER,
        "let_act": federation.ACTING,
        "grant": access.GRANT,
        "enable_model": models.ENABLED,
        "set_model_config": models.CONFIG,
        "prefer_quota": models.QUOTA,
        "create_dataset": logs.DATASET,
        "grant_dataset": logs.WRITER,
        "allow_value": policy.VALUE,
    }


def looks(things: Mapping[str, Made], send: Callable[[Call], Outcome]) -> dict[str, Standing]:
    """How each thing stands now, by the same names. Equal reads are sent once."""
    known = undoings()
    answers: dict[tuple[str, str, str | None], Outcome] = {}

    def once(call: Call) -> Outcome:
        if call.identity not in answers:
            answers[call.identity] = send(call)
        return answers[call.identity]

    made = list(things.values())
    grants = frozenset(_grant(one) for one in made if one.action.get("do") in ("grant", "let_act"))
    providers = frozenset(
        f"{one.action.get('pool')}/{one.action.get('provider')}"
        for one in made
        if one.action.get("do") == "create_provider"
    )
    eyes = Eyes(once, grants, providers)
    return {name: _look(known.get(str(one.action.get("do"))), one, eyes) for name, one in things.items()}


def _look(undoing: Undoing | None, one: Made, eyes: Eyes) -> Standing:
    if undoing is None:
        return Standing(MadeState.UNKNOWN, says=f"this vxsetup knows no change {one.action.get('do')!r}")
    try:
        return undoing.look(one, eyes)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        # A journal is a file that people can edit; an answer may be malformed.
        return Standing(MadeState.UNKNOWN, says=f"its line in the journal, or the answer, is not whole ({error!r})")


def _grant(one: Made) -> tuple[str, str, str]:
    """Resource, role and member, from the action, or where only apply knew them from what it made."""
    resource, role, member = ({**one.action, **one.made}.get(key) for key in ("resource", "role", "member"))
    return str(resource), str(role), str(member)


def remove(one: Made, hands: Hands) -> Changed | NotChanged:
    """Take one thing back."""
    undoing = undoings().get(str(one.action.get("do")))
    if undoing is None or undoing.remove is None:
        return NotChanged("there is no way to take it back")
    try:
        return undoing.remove(one, hands)
    except (KeyError, TypeError, AttributeError) as error:
        return NotChanged(f"its line in the journal, or the answer, is not whole ({error!r})")
