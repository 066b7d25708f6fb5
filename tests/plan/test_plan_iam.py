"""Nobody's grant is lost: many writers of one policy, ours and strangers', and what else the policy holds."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from plan_runs import Story, story, world

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.changes import Changed, Hands, NotChanged, carry_out
from vxsetup.cloud.session import HttpRequest, HttpResponse

WHOLE = "bindings,etag,auditConfigs"
BASE = "https://cloudresourcemanager.googleapis.com/v3/projects/acme-ai-new"
CONDITION = {
    "title": "for a while",
    "expression": 'request.time < timestamp("2031-01-01T00:00:00Z")',
    "description": "d",
}
HELD: dict[str, Any] = {
    "iam": [
        {"role": "roles/viewer", "members": ["user:ann@acme.example"]},
        {"role": "roles/aiplatform.user", "members": ["user:ann@acme.example"], "condition": CONDITION},
    ],
    "audit": [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}],
}


def hands(told: Story, wait: float = 0.01) -> Hands:
    pause = threading.Event()

    def waits(seconds: float) -> bool:
        pause.wait(wait)
        return True

    return Hands(told.asked.send, waits, lambda: 0.0)


def grant(member: str, role: str = "roles/aiplatform.user") -> dict[str, str]:
    return {"do": "grant", "resource": "projects/acme-ai-new", "role": role, "member": member}


def policy(told: Story) -> dict[str, Any]:
    body = json_body({"options": {"requestedPolicyVersion": 3}})
    found = told.asked.send(Call("cloudresourcemanager.googleapis.com", "get", "POST", f"{BASE}:getIamPolicy", body))
    assert isinstance(found, Answer)
    data: dict[str, Any] = json.loads(found.text)
    return data


def members(told: Story, role: str) -> set[str]:
    return {m for b in policy(told)["bindings"] if b["role"] == role and "condition" not in b for m in b["members"]}


def test_twenty_writers_of_one_policy_lose_nothing() -> None:
    told = story(world(HELD))
    before = policy(told)
    ours = [f"user:ours{number}@acme.example" for number in range(10)]
    theirs = [f"user:theirs{number}@acme.example" for number in range(10)]
    start = threading.Barrier(20)

    def write(member: str) -> Changed | NotChanged:
        role = "roles/aiplatform.user" if member in ours else "roles/browser"
        start.wait()
        return carry_out(grant(member, role), hands(told))

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(write, [*ours, *theirs]))
    assert all(isinstance(result, Changed) and not result.already for result in results)
    assert members(told, "roles/aiplatform.user") == set(ours)
    assert members(told, "roles/browser") == set(theirs)
    after = policy(told)
    assert after["version"] == 3
    assert after["auditConfigs"] == before["auditConfigs"]
    kept = [json.dumps(binding) for binding in after["bindings"]]
    assert [json.dumps(binding) for binding in before["bindings"]] == kept[:2], "byte for byte, in their place"


def test_strangers_of_every_kind_among_twenty_writers_lose_nothing() -> None:
    """Strangers who know nothing of vxsetup: they write conditions and audit configs, as they like, with their own etags."""
    told = story(world(HELD))
    before = policy(told)
    start = threading.Barrier(20)

    def ours(number: int) -> None:
        start.wait()
        assert isinstance(carry_out(grant(f"user:ours{number}@acme.example"), hands(told)), Changed)

    def theirs(number: int) -> None:
        start.wait()
        while True:
            answer = told.asked.send(
                Call(
                    "cloudresourcemanager.googleapis.com",
                    "set",
                    "POST",
                    f"{BASE}:setIamPolicy",
                    json_body({"policy": _with_a_strangers(policy(told), number), "updateMask": WHOLE}),
                )
            )
            assert isinstance(answer, Answer)
            if answer.ok:
                return
            assert answer.status == 409

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda number: (ours if number < 10 else theirs)(number), range(20)))
    after = policy(told)
    assert after["version"] == 3
    assert members(told, "roles/aiplatform.user") == {f"user:ours{number}@acme.example" for number in range(10)}
    rows = [json.dumps(binding) for binding in after["bindings"]]
    assert rows[:2] == [json.dumps(binding) for binding in before["bindings"]], "byte for byte, in their place"
    assert after["auditConfigs"][0] == before["auditConfigs"][0]
    empty: dict[str, Any] = {"bindings": [], "auditConfigs": []}
    for number in range(10, 20):
        wanted = _with_a_strangers(empty, number)
        assert all(json.dumps(binding) in rows for binding in wanted["bindings"]), number
        assert all(one in after["auditConfigs"] for one in wanted["auditConfigs"]), number


def _with_a_strangers(policy: dict[str, Any], number: int) -> dict[str, Any]:
    """A policy with what a stranger adds: an audit config, or a binding of its own, under a condition or under none."""
    if number % 3 == 0:
        audited = {"service": f"s{number}.googleapis.com", "auditLogConfigs": [{"logType": "DATA_WRITE"}]}
        return {**policy, "auditConfigs": [*policy.get("auditConfigs", []), audited]}
    added: dict[str, Any] = {"role": f"roles/browser{number}", "members": [f"user:theirs{number}@acme.example"]}
    if number % 3 == 1:
        until = f'request.time < timestamp("20{number + 40}-01-01T00:00:00Z")'
        added = {**added, "role": "roles/aiplatform.user", "condition": {"title": f"t{number}", "expression": until}}
    return {**policy, "version": 3, "bindings": [*policy["bindings"], added]}


def test_a_stranger_between_reading_and_writing_is_not_overwritten() -> None:
    told = story(world(HELD))
    intruded: list[str] = []

    def intrude(request: HttpRequest) -> HttpResponse | None:
        if request.url.endswith(":setIamPolicy") and len(intruded) < 3:
            intruded.append(f"user:stranger{len(intruded)}@acme.example")
            other = Story(told.emulation, told.configs)
            carry_out(grant(intruded[-1], "roles/browser"), hands(other))
        return None

    told.before = intrude
    result = carry_out(grant("user:ours@acme.example"), hands(told))
    assert isinstance(result, Changed)
    assert members(told, "roles/browser") == set(intruded)
    assert members(told, "roles/aiplatform.user") == {"user:ours@acme.example"}


def test_what_is_there_is_not_written_again() -> None:
    told = story(world(HELD))
    assert carry_out(grant("user:ANN@acme.example", "roles/viewer"), hands(told)) == Changed(already=True)
    assert told.writes() == []
    conditional = carry_out(grant("user:ann@acme.example"), hands(told))
    assert isinstance(conditional, Changed)
    assert not conditional.already, "a grant under a condition is not the grant that is asked for"


POLICIES = {
    "no etag": {"bindings": []},
    "bindings that are none": {"etag": "x", "bindings": {"role": 1}},
    "conditions hidden": {"etag": "x", "bindings": [{"role": "roles/x_withcond_1234", "members": ["user:a@b.c"]}]},
    "not an object": [1],
}


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_that_cannot_be_read_whole_is_never_written(name: str) -> None:
    told = story(world(HELD))
    body = json.dumps(POLICIES[name]).encode()
    told.before = lambda request: HttpResponse(200, {}, body) if request.url.endswith(":getIamPolicy") else None
    result = carry_out(grant("user:ours@acme.example"), hands(told))
    assert isinstance(result, NotChanged)
    assert told.writes() == []
