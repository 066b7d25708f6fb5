"""What destroy keeps: what others made or changed, what an option must name, and what a crash leaves open."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from made_runs import AGENT, ALL, LOGGING, by_fate, destroy, fates, made_in, standings, wide
from plan_runs import APP, CONFIG, DEV, PROJECT, ZERO, Story, story, world

from vxsetup.cloud.session import HttpRequest, HttpResponse
from vxsetup.emulator.errors import google
from vxsetup.emulator.model import Binding, Condition
from vxsetup.facts.made import MadeState
from vxsetup.plan.destroy import Wish

STRANGER = "user:stranger@acme.example"
ROLE = "roles/aiplatform.user"
GRANT = f"grant/{PROJECT}/{ROLE}/serviceAccount:{APP}"
ACCOUNT_STEP = f"account/{APP}"
DATASET, WRITER = f"dataset/{PROJECT}/claude_logs", f"log-writer/{PROJECT}/claude_logs"
ON: dict[str, Any] = {
    "billing": {"account": "012345-6789AB-CDEF01", "open": True},
    "services": ["aiplatform.googleapis.com"],
    "models": {name: {"enabled": True} for name in ("claude-sonnet-5-5", "claude-haiku-5-5")},
}


def applied(project: dict[str, Any] | None = None, config: str = CONFIG) -> Story:
    told = story(wide(world(ZERO if project is None else project)), config)
    told.apply()
    return told


def bind(told: Story, *more: Binding) -> None:
    node = told.project().node
    told.change(node=replace(node, iam=(*node.iam, *more)))


def bindings(told: Story) -> set[tuple[str, str, str]]:
    return {
        (b.role, m, b.condition.expression if b.condition else "") for b in told.project().node.iam for m in b.members
    }


def test_without_options_apis_and_billing_stay() -> None:
    told = applied()
    rows = {row.thing.step: row for row in destroy(told, Wish())}
    assert rows[f"billing/{PROJECT}"].option == "--billing"
    assert rows[f"enable/{PROJECT}/aiplatform.googleapis.com"].option == "--apis"
    assert told.project().billing is not None
    assert "aiplatform.googleapis.com" in told.project().services
    assert APP not in told.project().service_accounts
    assert {"billing", "enable"} <= {thing.step.partition("/")[0] for thing in made_in(told)}, (
        "and the journal has them"
    )


def test_bindings_of_others_survive_byte_for_byte() -> None:
    told = applied()
    when = Condition("night", 'request.time < timestamp("2030-01-01T00:00:00Z")')
    before = bindings(told)
    bind(told, Binding(ROLE, (STRANGER,)), Binding(ROLE, (DEV,), when), Binding("roles/viewer", (STRANGER,)))
    destroy(told)
    ours = (ROLE, f"serviceAccount:{APP}", "")
    assert ours in before
    strangers = {(ROLE, STRANGER, ""), (ROLE, DEV, when.expression), ("roles/viewer", STRANGER, "")}
    assert bindings(told) == (before - {ours}) | strangers


def test_a_binding_of_strangers_under_the_same_role_is_not_ours_to_remove() -> None:
    """Who had the role before vxsetup came is in no journal."""
    grant = {"role": ROLE, "members": [STRANGER, f"serviceAccount:{APP}"]}
    told = applied({**ON, "service_accounts": {"claude-app": {}}, "iam": [grant]})
    assert GRANT not in {thing.step for thing in made_in(told)}
    before = bindings(told)
    destroy(told)
    assert bindings(told) == before
    assert APP in told.project().service_accounts


def test_another_writer_between_read_and_write_loses_nothing() -> None:
    told = applied()
    seen: list[HttpRequest] = []

    def first(request: HttpRequest) -> HttpResponse | None:
        if request.url.endswith(f"projects/{PROJECT}:setIamPolicy") and not seen:
            seen.append(request)
            bind(told, Binding("roles/viewer", (STRANGER,)))
        return None

    told.before = first
    destroy(told)
    assert seen
    assert ("roles/viewer", STRANGER, "") in bindings(told)
    assert (ROLE, f"serviceAccount:{APP}", "") not in bindings(told)


@pytest.mark.parametrize(
    ("change", "attribute"),
    [
        (lambda account: replace(account, description="mine"), "description"),
        (lambda account: replace(account, disabled=True), "disabled"),
        (
            lambda account: replace(account, iam=(Binding("roles/iam.serviceAccountUser", (STRANGER,)),)),
            "who may act as it",
        ),
    ],
)
def test_an_account_that_somebody_changed_is_kept(change: Any, attribute: str) -> None:
    told = applied()
    accounts = told.project().service_accounts
    told.change(service_accounts={**accounts, APP: change(accounts[APP])})
    rows = {row.thing.step: row for row in destroy(told)}
    assert [a.attribute for a in rows[ACCOUNT_STEP].alterations] == [attribute]
    assert APP in told.project().service_accounts


def test_an_account_that_others_gave_roles_to_or_that_has_keys_is_kept() -> None:
    told = applied()
    bind(told, Binding("roles/viewer", (f"serviceAccount:{APP}",)))
    rows = {row.thing.step: row for row in fates(told)}
    assert [(a.attribute, a.after) for a in rows[ACCOUNT_STEP].alterations] == [
        ("roles given by others", "roles/viewer")
    ]
    keyed = applied()
    body = json.dumps({"keys": [{"name": "k", "keyType": "USER_MANAGED"}]}).encode()
    keyed.before = lambda request: HttpResponse(200, {}, body) if "/keys?" in request.url else None
    rows = {row.thing.step: row for row in fates(keyed)}
    assert [(a.attribute, a.after) for a in rows[ACCOUNT_STEP].alterations] == [("keys made by people", "1")]


def test_a_dataset_with_tables_needs_its_own_word() -> None:
    told = applied(ON, LOGGING)
    sets = told.project().datasets
    told.change(datasets={**sets, "claude_logs": {**sets["claude_logs"], "tables": {"request_response_logging": {}}}})
    rows = {row.thing.step: row for row in fates(told, Wish(apis=True, billing=True))}
    assert rows[DATASET].option == "--delete-contents"
    assert "1 table (request_response_logging)" in rows[DATASET].why
    destroy(told, Wish(apis=True, billing=True))
    assert "claude_logs" in told.project().datasets
    assert AGENT not in json.dumps(told.project().datasets["claude_logs"]["access"])
    rows = {row.thing.step: row for row in destroy(told, ALL)}
    assert "gone for good" in rows[DATASET].after
    assert told.project().datasets == {}


def test_a_table_that_came_between_look_and_removal_saves_its_dataset() -> None:
    """BigQuery itself refuses, because contents were not to go."""
    told = applied(ON, LOGGING)

    def fill(request: HttpRequest) -> None:
        if request.method == "DELETE" and "/datasets/" in request.url:
            sets = told.project().datasets
            told.change(datasets={**sets, "claude_logs": {**sets["claude_logs"], "tables": {"late": {}}}})

    told.before = fill
    with pytest.raises(AssertionError, match="still in use"):
        destroy(told, Wish())
    assert "claude_logs" in told.project().datasets


def test_a_setting_that_somebody_changed_is_kept_and_others_are_put_back() -> None:
    told = applied(ON, LOGGING)
    configs = json.loads(json.dumps(dict(told.project().configs)))
    configs["eu"]["claude-sonnet-5-5"]["loggingConfig"]["samplingRate"] = 1.0
    configs["eu"]["claude-haiku-5-5"]["claudeFeatureConfig"] = {"advancedAiEnabled": True}
    told.change(configs=configs)
    destroy(told)
    left = told.project().configs["eu"]
    assert set(left["claude-sonnet-5-5"]) == {"loggingConfig"}
    assert left["claude-haiku-5-5"] == {"claudeFeatureConfig": {"advancedAiEnabled": True}}


def test_what_cannot_be_read_is_kept_and_says_what_it_takes() -> None:
    told = applied(ON, LOGGING)
    refusal = google(403, "Permission 'x' denied.")

    def refuse(request: HttpRequest) -> HttpResponse | None:
        hidden = "fetchPublisherModelConfig" in request.url or request.url.endswith("getIamPolicy")
        return HttpResponse(refusal.status, refusal.headers, refusal.body) if hidden else None

    told.before = refuse
    rows = {row.thing.step: row for row in fates(told)}
    unread = [row for row in rows.values() if "cannot be read" in row.why]
    assert {row.thing.kind for row in unread} == {"grant", "set_model_config", "create_service_account"}
    assert all(row.fate.value == "keep" for row in unread)


def test_a_step_that_was_cut_off_counts_where_its_thing_is_there() -> None:
    told = applied()
    told.journal.written = [
        row
        for row in told.journal.written
        if not (row[0] in ("step_accepted", "step_ended") and row[1] in (GRANT, ACCOUNT_STEP))
    ]
    uncertain = {thing.step for thing in made_in(told) if not thing.certain}
    assert uncertain == {GRANT, ACCOUNT_STEP}
    assert by_fate(fates(told))["keep"] == {GRANT, ACCOUNT_STEP}, "nothing has proven yet that they are vxsetup's"
    assert {row.option for row in fates(told) if row.thing.step in uncertain} == {"--unproven"}
    assert by_fate(destroy(told, Wish(apis=True, billing=True, unproven=True)))["remove"] >= {GRANT, ACCOUNT_STEP}
    again = applied()
    again.journal.written = [
        row
        for row in again.journal.written
        if not (row[0] in ("step_accepted", "step_ended") and row[1] in (GRANT, ACCOUNT_STEP))
    ]
    node = again.project().node
    again.change(node=replace(node, iam=()), service_accounts={})
    assert standings(again)[GRANT].state is MadeState.GONE


def test_a_journal_edited_by_hand_is_never_a_crash() -> None:
    told = applied(ON, LOGGING)
    for _, _, data in told.journal.written:
        if isinstance(data.get("action"), dict):
            data["action"] = {"do": data["action"]["do"]}
    rows = fates(told)
    assert rows
    assert {row.fate.value for row in rows} <= {"keep", "stays"}
    for _, _, data in told.journal.written:
        if isinstance(data.get("action"), dict):
            data["action"] = {"do": "something else"}
    assert {row.fate.value for row in fates(told)} == {"stays"}
