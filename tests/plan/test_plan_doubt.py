"""A write whose answer was lost: counted as vxsetup's own where the cloud proves it, as somebody else's where that shows,
and named as unproven, and kept by ``destroy``, where nothing tells."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from made_runs import by_fate, destroy, fates, history, made_in
from plan_runs import APP, CONFIG, PROJECT, ZERO, Story, story, world
from sweep_faults import FAULTS, Whole, broken, changing, undisturbed
from sweeps import Case, cases

from vxsetup.cloud.call import Failure, NoAnswer
from vxsetup.cloud.changes.proof import Origin, proof_of
from vxsetup.cloud.session import HttpRequest, HttpResponse
from vxsetup.emulator.model import Binding, ServiceAccount
from vxsetup.findings import Step
from vxsetup.plan.apply import Applied, StepState
from vxsetup.plan.destroy import Wish
from vxsetup.plan.journal import Entry, History
from vxsetup.plan.made import things
from vxsetup.plan.settle import settled

GRANT = f"grant/{PROJECT}/roles/aiplatform.user/serviceAccount:{APP}"
ACCOUNT = f"account/{APP}"
AUTHORLESS = ("enable", "billing", "model")
"""Kinds of steps whose outcome says nothing of who did it."""
LOST = NoAnswer(Failure.NETWORK, "the connection was reset", "2026-11-22T12:00:00Z")
SAMPLE = 4


class Killed(BaseException):
    """What ends a run in the middle of everything."""


@pytest.fixture(scope="module")
def everything() -> Case:
    return cases()["everything"]


@pytest.fixture(scope="module")
def whole(everything: Case, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return undisturbed(everything, tmp_path_factory.mktemp("whole"))


def test_some_requests_break_and_nothing_is_left_behind(everything: Case, whole: Whole, tmp_path: Path) -> None:
    """Any request, any fault; one of them is always a change whose answer is lost."""
    pick = Random(f"{os.environ['VXSETUP_TEST_SEED']}/doubt")
    changes = [request for request in whole.requests if changing(request)]
    pairs = [(pick.choice(whole.requests), fault) for fault in pick.sample(FAULTS, SAMPLE - 1)]
    for number, (request, fault) in enumerate([*pairs, (pick.choice(changes), "answer lost")]):
        folder = tmp_path / str(number)
        folder.mkdir()
        row = broken(everything, request, fault, folder, whole)
        assert "wrong" not in row, f"{fault} at {request}: {row['wrong']}"
        assert {step.partition("/")[0] for step in row["unproven"]} <= {*AUTHORLESS}, f"{fault} at {request}: {row}"


def told_everything(everything: Case) -> Story:
    return story(everything.world, everything.config)


def proofs(told: Story) -> Callable[[Mapping[str, Any], Mapping[str, Any], str], Any]:
    return lambda action, sent, at: proof_of(action, sent, at, told.asked.send)


def settled_history(told: Story) -> History:
    """The journal with what the cloud tells of what is in doubt, as the next run reads it."""
    found = history(told)
    return History((*found.entries, *settled(found, proofs(told), "next", "2026-11-22T12:30:00Z")))


def noted(told: Story) -> list[str]:
    """The writes that make something of the plan's; the service agent is Google's own and is only asked for."""
    return [write for write in told.writes() if "generateServiceIdentity" not in write]


def test_killed_after_a_write_it_is_proven_by_the_next_run(everything: Case) -> None:
    """The write got through, and no line says so: the reading of the next run does."""
    calm = told_everything(everything)
    calm.apply()
    total = len(noted(calm))
    for number in Random(f"{os.environ['VXSETUP_TEST_SEED']}/proven").sample(range(total), SAMPLE):
        told = told_everything(everything)

        def kill(request: HttpRequest, told: Story = told, number: int = number) -> None:
            if len(noted(told)) == number + 1:
                raise Killed

        told.after = kill
        with pytest.raises(Killed):
            told.apply()
        told.after = lambda request: None
        doubts = history(told).in_doubt()
        assert len(doubts) == 1, told.writes()[-1]
        ((name, _),) = doubts.items()
        found = {thing.step: thing for thing in things(settled_history(told))}
        authorless = name.partition("/")[0] in AUTHORLESS
        assert found[name].certain is not authorless, f"{name}: {told.writes()[-1]}"
        assert all(thing.certain for step, thing in found.items() if step != name)


def test_killed_before_anything_was_sent_it_is_nobodys() -> None:
    """A step that was begun and has no line for a write has made nothing, whatever is there now."""
    told = story(world(ZERO))

    def kill(request: HttpRequest) -> HttpResponse | NoAnswer | None:
        if request.url.endswith("acme-ai-new:getIamPolicy") and GRANT in dict(begun(told)):
            raise Killed
        return None

    told.before = kill
    with pytest.raises(Killed):
        told.apply()
    told.before = lambda request: None
    assert GRANT in history(told).open_steps()
    assert GRANT not in {thing.step for thing in made_in(told)}


def begun(told: Story) -> list[tuple[str | None, dict[str, Any]]]:
    return [(step, data) for event, step, data in told.journal.written if event == "step_begun"]


def lose(told: Story, mark: str, meanwhile: Callable[[], None] = lambda: None, act: bool = True) -> None:
    """The first request with this mark is carried out (or not), something happens, and its answer never comes."""
    lost: list[str] = []

    def swallow(request: HttpRequest) -> HttpResponse | NoAnswer | None:
        if request.method == "GET" or not request.url.endswith(mark) or lost:
            return None
        lost.append(request.url)
        if act:
            told.emulation.send(request)
        meanwhile()
        return LOST

    told.before = swallow


def ended(results: tuple[Applied, ...], name: str) -> Applied:
    return next(result for result in results if result.step.id == name)


def test_a_grant_whose_answer_was_lost_is_known_by_the_whole_policy() -> None:
    told = story(world(ZERO))
    lose(told, "acme-ai-new:setIamPolicy")
    result = ended(told.apply(), GRANT)
    assert (result.state, result.changed, result.unsure) == (StepState.DONE, True, False)
    assert result.proof == "it is to the letter what vxsetup sent"
    assert GRANT in by_fate(destroy(told))["remove"]


def test_a_grant_among_edits_of_others_is_named_and_kept() -> None:
    told = story(world(ZERO))

    def edit() -> None:
        node = told.project().node
        told.change(node=replace(node, iam=(*node.iam, Binding("roles/viewer", ("user:ann@acme.example",)))))

    lose(told, "acme-ai-new:setIamPolicy", edit)
    result = ended(told.apply(), GRANT)
    assert (result.state, result.changed, result.unsure) == (StepState.DONE, False, True)
    assert "the answer was lost" in result.says
    assert "--unproven" in result.says
    row = next(row for row in fates(told) if row.thing.step == GRANT)
    assert (row.fate.value, row.option, row.thing.certain) == ("keep", "--unproven", False)
    assert ACCOUNT in by_fate(fates(told))["keep"], "an account whose grant stays, stays"
    rows = destroy(told, Wish(apis=True, billing=True, contents=True, unproven=True))
    assert GRANT in by_fate(rows)["remove"]
    assert [binding.members for binding in told.project().node.iam] == [("user:ann@acme.example",)]


def test_an_account_that_a_stranger_made_meanwhile_is_not_ours() -> None:
    told = story(world(ZERO))
    theirs = ServiceAccount(APP, "theirs", "made by hand")
    lose(told, "/serviceAccounts", lambda: told.change(service_accounts={APP: theirs}), act=False)
    result = ended(told.apply(), ACCOUNT)
    assert (result.state, result.changed, result.unsure) == (StepState.DONE, False, False)
    assert "somebody else made it" in result.proof
    assert ACCOUNT not in {thing.step for thing in made_in(told)}


def test_an_answer_that_never_comes_is_read_for() -> None:
    """Every try is carried out and none is answered: the step ends by what a reading shows."""
    told = story(world(ZERO))

    def swallow(request: HttpRequest) -> HttpResponse | NoAnswer | None:
        if request.method == "GET" or not request.url.endswith(("/serviceAccounts", "/billingInfo")):
            return None
        told.emulation.send(request)
        return LOST

    told.before = swallow
    results = told.apply()
    account, billing = ended(results, ACCOUNT), ended(results, f"billing/{PROJECT}")
    assert (account.state, account.changed, account.proof) == (StepState.DONE, True, "it bears vxsetup's description")
    assert (billing.state, billing.changed, billing.unsure) == (StepState.DONE, False, True)
    uncertain = {thing.step for thing in made_in(told) if not thing.certain}
    assert uncertain == {f"billing/{PROJECT}"}


def test_a_billing_account_that_is_closed_was_linked_all_the_same() -> None:
    told = story(world(ZERO))
    closed = HttpResponse(200, {}, b'{"billingEnabled": false}')
    told.before = lambda request: closed if request.method == "PUT" else None
    result = ended(told.apply(), f"billing/{PROJECT}")
    assert (result.state, result.changed) == (StepState.FAILED, True)
    assert "the account may be closed" in result.says
    assert f"billing/{PROJECT}" in {thing.step for thing in made_in(told) if thing.certain}


# What proves what -----------------------------------------------------------------------------------------------------


def action_of(told: Story, start: str) -> Step:
    return next(step for step in told.plan().planned.to_apply if step.id.startswith(start))


def test_a_project_that_is_older_than_the_request_is_not_ours() -> None:
    told = story(world(None))
    step = action_of(told, "project/")
    assert proof_of(step.action, {}, "2026-11-22T12:00:00Z", told.asked.send).origin is Origin.UNREAD
    told.apply(told.plan(step.id))
    assert proof_of(step.action, {}, "2026-11-22T12:00:00Z", told.asked.send).origin is Origin.OWN
    late = proof_of(step.action, {}, "2026-11-22T13:00:00Z", told.asked.send)
    assert late.origin is Origin.FOREIGN
    assert "before vxsetup asked for it" in late.says
    told.change(labels={})
    assert proof_of(step.action, {}, "2026-11-22T12:00:00Z", told.asked.send).origin is Origin.FOREIGN


def test_what_is_not_there_is_absent_and_what_cannot_be_read_unread(everything: Case) -> None:
    told = told_everything(everything)
    sent = {"member": "x@gcp-sa-aiplatform.iam.gserviceaccount.com"}
    for step in told.plan().planned.to_apply:
        found = proof_of(step.action, sent, "2026-11-22T12:00:00Z", told.asked.send)
        authorless = step.id.partition("/")[0] in AUTHORLESS
        assert found.origin in ((Origin.OPEN,) if authorless else (Origin.ABSENT, Origin.UNREAD)), step.id
    told.before = lambda request: LOST
    for step in told_everything(everything).plan().planned.to_apply:
        if step.id.partition("/")[0] not in AUTHORLESS:
            assert proof_of(step.action, sent, "", told.asked.send).origin is Origin.UNREAD, step.id


@pytest.mark.parametrize("answer", ["[]", "{}", '{"spec": 1, "access": 1, "labels": 1, "bindings": [1]}', "null", "x"])
def test_an_answer_without_sense_proves_nothing(everything: Case, answer: str) -> None:
    told = told_everything(everything)
    steps = told.plan().planned.to_apply
    told.before = lambda request: HttpResponse(200, {}, answer.encode())
    for step in steps:
        for at in ("", "yesterday", "2026-11-22T12:00:00Z"):
            found = proof_of(step.action, {"sent": 1}, at, told.asked.send)
            assert found.origin is not Origin.OWN, step.id
    assert proof_of({"do": "grant"}, {}, "", told.asked.send).origin is Origin.UNREAD
    assert proof_of({}, {}, "", told.asked.send).origin is Origin.OPEN


# The journal ----------------------------------------------------------------------------------------------------------


def entries(*rows: tuple[str, str, dict[str, Any]]) -> History:
    """A journal of some runs: run, event, data, all of one step."""
    return History(tuple(Entry("2026-11-22T12:00:00Z", run, event, "s", data) for run, event, data in rows))


BEGUN = ("1", "step_begun", {"action": {"do": "grant"}, "notes": True})
SENT = ("1", "step_sent", {"made": {"role": "r", "sent": "sha256:1"}})
STORIES: Mapping[str, tuple[tuple[tuple[str, str, dict[str, Any]], ...], bool, bool | None]] = {
    "begun": ((BEGUN,), False, None),
    "sent": ((BEGUN, SENT), True, False),
    "answered": ((BEGUN, SENT, ("1", "step_ended", {"changed": True, "made": {}})), False, True),
    "accepted, and cut off before it could be used": (
        (BEGUN, SENT, ("1", "step_accepted", {"changed": True, "made": {"role": "r"}})),
        False,
        True,
    ),
    "refused": ((BEGUN, SENT, ("1", "step_ended", {"changed": False})), False, None),
    "lost": ((BEGUN, SENT, ("1", "step_ended", {"changed": False, "unsure": True})), True, False),
    "found there by the next run": (
        (BEGUN, SENT, ("2", "step_begun", BEGUN[2]), ("2", "step_ended", {"changed": False})),
        True,
        False,
    ),
    "made by the next run": (
        (
            BEGUN,
            SENT,
            ("2", "step_begun", BEGUN[2]),
            ("2", "step_sent", SENT[2]),
            ("2", "step_ended", {"changed": True}),
        ),
        False,
        True,
    ),
    "settled as ours": ((BEGUN, SENT, ("2", "step_settled", {"changed": True, "made": {"role": "r"}})), False, True),
    "settled as another's": ((BEGUN, SENT, ("2", "step_settled", {"changed": False})), False, None),
    "taken back": ((BEGUN, SENT, ("2", "removal_ended", {"state": "done"})), False, None),
    "not taken back": ((BEGUN, SENT, ("2", "removal_ended", {"state": "failed"})), True, False),
    "by an older vxsetup": ((("1", "step_begun", {"action": {"do": "grant"}}),), False, False),
}


@pytest.mark.parametrize("name", STORIES)
def test_what_a_journal_tells_of_a_step(name: str) -> None:
    rows, doubted, certain = STORIES[name]
    found = entries(*rows)
    assert bool(found.in_doubt()) is doubted
    made = things(found)
    assert [thing.certain for thing in made] == ([] if certain is None else [certain])
    assert all("sent" not in thing.made for thing in made)


def test_the_next_commands_settle_it(cli: Callable[..., tuple[int, str, str]]) -> None:
    """``drift`` and a dry run only look; ``apply`` and ``destroy`` write down what was proven."""
    import yaml

    emulated = ("--emulate", "world.yaml", "--emulate-state", "state.yaml")
    Path("vxsetup.yaml").write_text(CONFIG)
    Path("world.yaml").write_text(yaml.safe_dump(world(ZERO)))
    cli("apply", "--yes", *emulated)
    journal = Path(".vxsetup") / f"{PROJECT}.journal.ndjson"
    kept = [line for line in journal.read_text().splitlines() if not ended_grant(line)]
    journal.write_text("\n".join([*kept, ""]))
    for words in (("drift",), ("destroy", "--dry-run")):
        _, out, _ = cli(*words, *emulated)
        assert "proven" not in out
        assert journal.read_text() == "\n".join([*kept, ""])
    _, _, err = cli("apply", "--yes", *emulated)
    assert "An earlier run was cut off in the middle of" in err
    (line,) = [json.loads(line) for line in journal.read_text().splitlines() if '"step_settled"' in line]
    assert (line["step"], line["changed"]) == (GRANT, True)
    assert line["made"] == {
        "resource": f"projects/{PROJECT}",
        "role": "roles/aiplatform.user",
        "member": f"serviceAccount:{APP}",
    }
    assert line["proof"] == "it is to the letter what vxsetup sent"
    code, out, _ = cli("destroy", "--yes", *emulated)
    assert code == 0
    assert "roles/aiplatform.user on projects/acme-ai-new for" in out


def ended_grant(line: str) -> bool:
    row = json.loads(line)
    return row["step"] == GRANT and row["event"] in {"step_accepted", "step_ended"}
