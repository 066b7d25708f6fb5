"""``emit terraform``: every name is one that the provider has, the layout is Terraform's own, values cannot break out."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hcl_reading import Read, read, text_of
from hypothesis import given, settings
from hypothesis import strategies as st
from made_runs import wide
from plan_runs import APP, CONFIG, PROJECT, ZERO, Story, catalogue, story, world

from vxsetup.cli.root import run
from vxsetup.cli.terraform import _facts
from vxsetup.emit.hcl import literal
from vxsetup.emit.parts import NotWritableError
from vxsetup.emit.terraform import terraform

PUBLISHED: dict[str, Any] = json.loads((Path(__file__).parent / "provider_attributes.json").read_text())
LEAST = f"projects/{PROJECT}/roles/claudeCaller"
META = {"depends_on", "provider", "count", "for_each", "lifecycle"}
FULL = f"""\
version: 1
project:
  id: {PROJECT}
  create: {{parent: folders/1111, billing_account: 012345-6789AB-CDEF01}}
residency: eu
location: eu
models:
  - id: claude-sonnet-5-5
    needs: {{requests_per_minute: 6000, input_tokens_per_minute: 500}}
  - id: claude-haiku-5-5
access:
  - {{member: serviceAccount:claude-app, create: true, can: [invoke, batch]}}
  - {{member: "user:caller@acme.example", can: [invoke], role: projects/{PROJECT}/roles/claudeCaller}}
  - {{member: "group:ai@acme.example", can: [invoke, administer]}}
ci:
  github: {{repository: acme/app, owner_id: "1342004", refs: [refs/heads/main], service_account: claude-app}}
  gitlab: {{project: acme/app, service_account: claude-app}}
logging:
  request_response: {{sampling_rate: 0.5, dataset: claude_logs, location: EU, retention_days: 30}}
consents:
  data_sharing: {{publisher: anthropic, models: [claude-fable-5-1], accept: "kept", by: legal@acme.example}}
org_policy: {{manage: true}}
quota: {{contact: ops@acme.example, justification: "a need"}}
"""
ON: dict[str, Any] = {
    "billing": {"account": "012345-6789AB-CDEF01", "open": True},
    "services": ["aiplatform.googleapis.com"],
}
STRICT: dict[str, Any] = {
    "organization": {
        "id": "1111",
        "policies": {"vertexai.allowedModels": {"allowed": ["publishers/google/models/gemini:predict"]}},
    }
}
CONFIGS = {
    "plain": CONFIG,
    "full": FULL,
    "no project to make": FULL.replace("  create: {parent: folders/1111, billing_account: 012345-6789AB-CDEF01}\n", ""),
    "every ref": FULL.replace("refs: [refs/heads/main], ", ""),
}


def emitted(config: str, told: Story | None = None) -> str:
    told = told or story(world(ZERO), config)
    project = told.configs.projects[0]
    return terraform(project, catalogue())


def with_facts(told: Story) -> str:
    """The file as it is written when the world is known."""
    from vxsetup.cli import terraform as command

    project = told.configs.projects[0]
    original = command._facts
    assert original is _facts
    from vxsetup.cli import asking

    opened = asking.open_cloud
    asking.open_cloud = lambda *args, **kwargs: told.asked
    try:
        facts = _facts(project, catalogue(), None, "world.yaml")
    finally:
        asking.open_cloud = opened
    return terraform(project, catalogue(), facts)


def worlds() -> dict[str, str]:
    """Every kind of file, with and without what is there."""
    rich = story(wide({**world(ZERO), **STRICT}), FULL)
    rich.apply()
    shut = with_facts(story(wide({**world({**ZERO, **ON}), **STRICT}), FULL))
    return {**{name: emitted(config) for name, config in CONFIGS.items()}, "known": with_facts(rich), "shut": shut}


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return worlds()


def _misnamed(block: Read, tree: dict[str, Any], where: str) -> list[str]:
    wrong = [f"{where}.{name}" for name in block.attributes if name not in tree["attributes"] and name not in META]
    for inner in block.blocks:
        if inner.type not in tree["blocks"]:
            wrong.append(f"{where}.{inner.type}")
        else:
            wrong += _misnamed(inner, tree["blocks"][inner.type], f"{where}.{inner.type}")
    return wrong


def test_every_name_is_one_that_the_provider_publishes(files: dict[str, str]) -> None:
    seen = set()
    for name, text in files.items():
        for block in read(text):
            if block.type != "resource":
                continue
            kind = block.labels[0]
            assert kind in PUBLISHED["resources"], f"{name}: {kind}"
            seen.add(kind)
            assert _misnamed(block, PUBLISHED["resources"][kind], kind) == [], name
    assert seen == set(PUBLISHED["resources"]), "what is listed is used, and the other way round"


def test_what_is_only_in_google_beta_says_so(files: dict[str, str]) -> None:
    for block in read(files["full"]):
        beta = block.type == "resource" and block.labels[0] == "google_project_service_identity"
        assert (block.attributes.get("provider") == "google-beta") is beta
    assert "# google-beta: the service agent" in files["full"]
    assert "google-beta" not in files["plain"]


def test_references_point_at_blocks_that_are_there(files: dict[str, str]) -> None:
    for name, text in files.items():
        there = {".".join(block.labels) for block in read(text) if block.type == "resource"}
        used = re.findall(r"\b(google_\w+\.\w+)(?:\.(\w+))?", re.sub(r'"(?:[^"\\]|\\.)*"', "", _code(text)))
        assert used
        for address, attribute in used:
            assert address in there, f"{name}: {address}"
            tree = PUBLISHED["resources"][address.partition(".")[0]]
            known = {*tree["attributes"], *tree["exported"], ""}
            assert attribute in known, f"{name}: {address}.{attribute}"


def _code(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def test_the_layout_is_that_of_terraform_fmt(files: dict[str, str], tmp_path: Path) -> None:
    """Terraform itself where it is installed; and always the rule that it follows: equal signs of a group stand below
    one another, two spaces a level, no blank line at the edge of a block."""
    for name, text in files.items():
        assert "\n\n\n" not in text, name
        assert not re.search(r"\{\n\n|\n\n *\}", text), name
        for group in re.split(r"\n(?=[^\n]*(?:\{|\}|#)[^\n]*$)|\n\n", text, flags=re.MULTILINE):
            rows = [line for line in group.splitlines() if re.match(r' *("?[\w.-]+"?) *= (?!\{$)', line)]
            assert len({line.index(" = ") for line in rows}) <= 1, rows
    found = shutil.which("terraform")
    if found is None:
        return
    for name, text in files.items():
        (tmp_path / f"{name.replace(' ', '-')}.tf").write_text(text)
    environ = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
    done = subprocess.run([found, "fmt", "-check", "-diff"], cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_there_is_imported_and_nothing_else(files: dict[str, str]) -> None:
    for name in CONFIGS:
        assert "import {" not in files[name], "nothing is known of the cloud"
    imports = {b.attributes["to"]: text_of(b.attributes["id"]) for b in read(files["known"]) if b.type == "import"}
    account = f"projects/{PROJECT}/serviceAccounts/{APP}"
    pools = f"projects/{PROJECT}/locations/global/workloadIdentityPools"
    assert imports == {
        "google_project.this": PROJECT,
        "google_project_service.aiplatform": f"{PROJECT}/aiplatform.googleapis.com",
        "google_project_service.iamcredentials": f"{PROJECT}/iamcredentials.googleapis.com",
        "google_iam_workload_identity_pool.github": f"{pools}/github",
        "google_iam_workload_identity_pool_provider.github": f"{pools}/github/providers/github",
        "google_service_account.claude_app": account,
        "google_project_iam_member.claude_app_user": f"{PROJECT} roles/aiplatform.user serviceAccount:{APP}",
        "google_project_iam_member.ai_user": f"{PROJECT} roles/aiplatform.user group:ai@acme.example",
        "google_project_iam_member.ai_admin": f"{PROJECT} roles/aiplatform.admin group:ai@acme.example",
        "google_project_iam_custom_role.claudecaller": LEAST,
        "google_project_iam_member.caller_claudecaller": f"{PROJECT} {LEAST} user:caller@acme.example",
        "google_bigquery_dataset.claude_logs": f"projects/{PROJECT}/datasets/claude_logs",
        "google_bigquery_dataset_iam_member.log_writer": (
            f"projects/{PROJECT}/datasets/claude_logs roles/bigquery.dataEditor "
            "serviceAccount:service-555555555555@gcp-sa-aiplatform.iam.gserviceaccount.com"
        ),
        next(one for one in imports if "quota" in one): next(v for v in imports.values() if "quotaPreferences/" in v),
    } | {address: value for address, value in imports.items() if "quota" in address}


def test_a_quota_is_never_lowered_and_a_policy_never_shuts_others_out() -> None:
    assert "google_cloud_quotas_quota_preference" not in _code(emitted(FULL))
    assert "google_org_policy_policy" not in _code(emitted(FULL))
    assert "a preference could lower it" in " ".join(emitted(FULL).replace("\n#", "").split())
    high = story(
        wide(
            world(
                {
                    **ZERO,
                    "services": ["aiplatform.googleapis.com"],
                    "quotas": {"eu": {"anthropic-claude-sonnet": {"requests": 90000}}},
                }
            )
        ),
        FULL,
    )
    text = with_facts(high)
    assert "preferred_value = 6000" not in text
    assert "google_org_policy_policy" not in _code(text)


def test_a_condition_on_names_alone_is_never_written() -> None:
    text = emitted(FULL.replace('owner_id: "1342004", ', ""))
    assert "google_iam_workload_identity_pool" not in _code(text)
    assert "lets in whoever takes a name over that was given up" in " ".join(text.replace("\n#", "").split())
    both = emitted(FULL.replace("gitlab: {project", 'gitlab: {namespace_id: "77", project'))
    assert "assertion.namespace_id == '77'" in both
    assert "assertion.ref in ['refs/heads/main']" in both


def test_a_custom_role_has_what_is_needed_and_loses_nothing() -> None:
    (role,) = (b for b in read(emitted(FULL)) if b.labels[:1] == ["google_project_iam_custom_role"])
    assert role.attributes["permissions"] == '["aiplatform.endpoints.predict"]'
    holds = {"claudeCaller": {"permissions": ["aiplatform.models.get"]}}
    known = with_facts(story(wide(world({**ZERO, **ON, "roles": holds})), FULL))
    (role,) = (b for b in read(known) if b.labels[:1] == ["google_project_iam_custom_role"])
    assert role.attributes["permissions"] == '["aiplatform.endpoints.predict", "aiplatform.models.get"]'
    assert f'id = "{LEAST}"' in known
    doubtful = emitted(FULL.replace("can: [invoke], role", "can: [invoke, administer], role"))
    assert "google_project_iam_custom_role" not in _code(doubtful)
    assert f"No resource for the role {LEAST}: for administer" in " ".join(doubtful.replace("\n#", "").split())
    assert f'role    = "{LEAST}"' in doubtful


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=60))
def test_a_literal_says_exactly_its_text(text: str) -> None:
    written = literal(text)
    assert written.isascii()
    assert written.isprintable()
    assert text_of(written) == text


@pytest.mark.parametrize("text", ["\ud800", "a\0b"])
def test_what_no_file_can_hold_is_refused(text: str) -> None:
    with pytest.raises(NotWritableError):
        literal(text)


@settings(deadline=None, max_examples=30)
@given(st.text("ab${}%\"\\#/*é'", min_size=1, max_size=40))
def test_a_hostile_justification_stays_a_text(words: str) -> None:
    config = yaml.safe_load(FULL)
    config["quota"]["justification"] = words
    told = story(world(ZERO), json.dumps(config))
    text = emitted("", told)
    kinds = [block.labels[0] for block in read(text) if block.type == "resource"]
    assert set(kinds) <= set(PUBLISHED["resources"])


def test_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("vxsetup.yaml").write_text(CONFIG)
    Path("world.yaml").write_text(yaml.safe_dump(world(ZERO)))
    assert run(["emit", "terraform", "--emulate", "world.yaml"]) == 0
    out = capsys.readouterr().out
    assert {b.attributes["to"] for b in read(out) if b.type == "import"} == {"google_project.this"}
    assert run(["emit", "terraform", "--output", "infra"]) == 0
    assert "google_service_account" in Path("infra/vxsetup.tf").read_text()
    assert run(["emit", "terraform", "--output", "infra"]) == 2
    assert "--force replaces it" in capsys.readouterr().err
    assert run(["emit", "terraform", "--output", "infra", "--force"]) == 0
