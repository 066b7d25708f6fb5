"""How setting up Claude on Vertex AI goes wrong on a machine, a fixture each: the matching rule is raised, and a clean
machine raises none. The behaviours are those of public reports, told in own words and with own values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from doctor_runs import ANYWHERE, CONFIG, KEY, LOGIN, NOW, doctor, outside, rules

from vxsetup.cli.output import Refused
from vxsetup.cloud.reach import Reached
from vxsetup.doctor.credentials import Token
from vxsetup.findings import Severity
from vxsetup.rules.machine import RULES

CLEAN_SETTINGS = {
    "env": {
        "CLAUDE_CODE_USE_VERTEX": "1",
        "CLOUD_ML_REGION": "eu",
        "ANTHROPIC_VERTEX_PROJECT_ID": "acme-ai-prod",
        "ANTHROPIC_MODEL": "claude-sonnet-5-5",
        "ANTHROPIC_DEFAULT_HAIKU_MODEL": "claude-haiku-4-5@20251001",
        "CLAUDE_CODE_USE_BEDROCK": "",
    }
}
CLEAN_COMPOSE = """services:
  app:
    image: acme/app
    environment:
      CLAUDE_CODE_USE_VERTEX: "1"
      CLOUD_ML_REGION: eu
      ANTHROPIC_VERTEX_PROJECT_ID: acme-ai-prod
      ANTHROPIC_DEFAULT_HAIKU_MODEL: claude-haiku-4-5@20251001
      GOOGLE_APPLICATION_CREDENTIALS: /adc.json
    volumes:
      - ~/.config/gcloud/application_default_credentials.json:/adc.json:ro
  cache:
    image: redis
"""
CLEAN_LITELLM = """model_list:
  - model_name: sonnet
    litellm_params: {model: vertex_ai/claude-sonnet-5-5, vertex_project: acme-ai-prod, vertex_location: eu, temperature: 0.2}
litellm_settings: {drop_params: true}
"""
CLEAN_WORKFLOW = """name: review
on: [pull_request]
jobs:
  review:
    runs-on: ubuntu-latest
    permissions: {contents: read, id-token: write}
    steps:
      - uses: google-github-actions/auth@v3
      - uses: anthropics/claude-code-action@v1
        with: {use_vertex: "true"}
        env:
          ANTHROPIC_VERTEX_PROJECT_ID: acme-ai-prod
          CLOUD_ML_REGION: eu
"""
CLEAN_OPENCODE = json.dumps(
    {
        "model": "google-vertex-anthropic/claude-sonnet-5-5",
        "provider": {"google-vertex-anthropic": {"options": {"project": "acme-ai-prod", "location": "eu"}}},
    }
)
POD = """apiVersion: v1
kind: ConfigMap
data: {a: b}
---
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: app
          env:
            - {name: ANTHROPIC_VERTEX_PROJECT_ID, value: acme-ai-prod}
            - {name: CLOUD_ML_REGION, value: eu}
            - {name: GOOGLE_APPLICATION_CREDENTIALS, value: /var/secrets/google/key.json}
          volumeMounts:
            - {name: adc, mountPath: /var/secrets/google}
"""
CLEAN = {
    "k8s/app.yaml": POD,
    ".env": "# Vertex AI\nANTHROPIC_VERTEX_PROJECT_ID=acme-ai-prod\nCLOUD_ML_REGION=eu\nexport GOOGLE_CLOUD_PROJECT='acme-ai-prod'\nOTHER=1\n",
    ".claude/settings.json": json.dumps(CLEAN_SETTINGS, indent=2),
    "compose.yaml": CLEAN_COMPOSE,
    "litellm.yaml": CLEAN_LITELLM,
    ".github/workflows/review.yml": CLEAN_WORKFLOW,
    "opencode.json": CLEAN_OPENCODE,
    "requirements.txt": "anthropic==2.12.0\nlitellm==1.90.0\n",
    ".vscode/settings.json": '{\n  // the editor\n  "editor.tabSize": 2,\n}\n',
}


def test_a_clean_machine_raises_nothing(tmp_path: Path) -> None:
    found = doctor(tmp_path, CLEAN, {"PATH": "/bin", "LANG": "C"})
    assert [(one.rule, one.message) for one in found.findings] == []
    assert found.edits == ()
    assert any("the login of a person" in note for note in found.notes)


def test_an_empty_machine_but_for_a_login_raises_nothing(tmp_path: Path) -> None:
    assert rules(doctor(tmp_path, {}, {}, None)) == set()


def settings(**env: Any) -> dict[str, str]:
    """A settings file of Claude Code with some variables changed; None removes."""
    values = {**CLEAN_SETTINGS["env"], **env}
    return {".claude/settings.json": json.dumps({"env": {k: v for k, v in values.items() if v is not None}})}


def litellm(entry: str, more: str = "") -> dict[str, str]:
    """A LiteLLM config with one model."""
    return {"litellm.yaml": f"model_list:\n  - model_name: m\n    litellm_params: {{{entry}}}\n{more}"}


def compose(text: str) -> dict[str, str]:
    """A compose file with one service."""
    return {"compose.yaml": f"services:\n  app:\n    image: acme/app\n{text}"}


ADC = "~/.config/gcloud/application_default_credentials.json"
VERTEX_ENV = "    environment: {CLAUDE_CODE_USE_VERTEX: '1', CLOUD_ML_REGION: eu, ANTHROPIC_VERTEX_PROJECT_ID: acme-ai-prod, ANTHROPIC_DEFAULT_HAIKU_MODEL: claude-haiku-4-5}\n"

BEHAVIOURS: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    # names of variables
    "names of another client": ("VX828", {"opencode.json": "{}"}, {"GOOGLE_VERTEX_PROJECT": "acme-ai-prod", "GOOGLE_VERTEX_LOCATION": "eu"}),
    "a name that no client reads": ("VX820", {}, {"GOOGLE_VERTEX_PROJECT": "acme-ai-prod", "GOOGLE_VERTEX_LOCATION": "eu", "GOOGLE_VERTEX_REGION": "eu"}),
    "a slip in a name": ("VX820", {".env": "ANTHROPIC_VERTEX_PROJCT_ID=acme-ai-prod\n"}, {}),
    "a model's region in another order": ("VX820", settings(VERTEX_REGION_CLAUDE_SONNET_4_5="europe-west1"), {}),
    "no location, so the address says undefined": ("VX822", {".env": "GOOGLE_VERTEX_PROJECT=acme-ai-prod\n"}, {}),
    "a location that is none": ("VX822", {".env": "CLOUD_ML_REGION=EU West\n"}, {}),
    "an empty project": ("VX827", {".env": "ANTHROPIC_VERTEX_PROJECT_ID=\nCLOUD_ML_REGION=eu\n"}, {}),
    "an older model's region, which leads a newer one away": ("VX831", settings(VERTEX_REGION_CLAUDE_5_SONNET="europe-west1"), {}),
    # clashes
    "a general project variable beside the client's own": ("VX821", {}, {"ANTHROPIC_VERTEX_PROJECT_ID": "acme-ai-prod", "GCLOUD_PROJECT": "other-project", "CLOUD_ML_REGION": "eu"}),
    "a gateway's address beside the switch": ("VX823", settings(), {"ANTHROPIC_BASE_URL": "http://localhost:4141"}),
    "a rival provider is on": ("VX823", settings(CLAUDE_CODE_USE_BEDROCK="1"), {}),
    "another project than the config's": ("VX831", settings(ANTHROPIC_VERTEX_PROJECT_ID="acme-ai-dev"), {}),
    # the switch
    "set up, and not switched on": ("VX824", settings(CLAUDE_CODE_USE_VERTEX=None), {}),
    "an editor without the shell's variables": ("VX824", {".vscode/settings.json": "{}"}, {"CLAUDE_CODE_USE_VERTEX": "1", "CLOUD_ML_REGION": "eu", "ANTHROPIC_VERTEX_PROJECT_ID": "acme-ai-prod", "ANTHROPIC_DEFAULT_HAIKU_MODEL": "claude-haiku-4-5"}),
    "a number where text belongs": ("VX830", settings(CLAUDE_CODE_USE_VERTEX=1), {}),
    "a settings file that does not parse": ("VX830", {".claude/settings.json": '{"env": {"CLAUDE_CODE_USE_VERTEX": "1"'}, {}),
    # models
    "the small model is not pinned": ("VX835", settings(ANTHROPIC_DEFAULT_HAIKU_MODEL=None), {}),
    "a short name for a model": ("VX834", settings(ANTHROPIC_MODEL="sonnet"), {}),
    "an id of the Claude API": ("VX834", settings(ANTHROPIC_MODEL="claude-sonnet-4-20250514"), {}),
    "a model that was shut down": ("VX834", settings(ANTHROPIC_DEFAULT_HAIKU_MODEL="claude-3-5-haiku@20241022"), {}),
    "a model that the project has not enabled": ("VX831", settings(ANTHROPIC_DEFAULT_OPUS_MODEL="claude-opus-4-8"), {}),
    # addresses
    "a base URL without its version": ("VX825", settings(ANTHROPIC_VERTEX_BASE_URL="http://localhost:8787/vertex-ai"), {}),
    "a base URL with its version twice": ("VX825", settings(ANTHROPIC_VERTEX_BASE_URL="https://aiplatform.eu.rep.googleapis.com/v1/v1"), {}),
    "a base URL with a version where none belongs": ("VX825", litellm("model: vertex_ai/claude-sonnet-5-5, vertex_location: eu, api_base: 'https://aiplatform.eu.rep.googleapis.com/v1'"), {}),
    "a host made from a template": ("VX817", settings(ANTHROPIC_VERTEX_BASE_URL="https://eu-aiplatform.googleapis.com/v1"), {}),
    "a host of another location": ("VX826", settings(ANTHROPIC_VERTEX_BASE_URL="https://aiplatform.googleapis.com/v1"), {}),
    "the path of another publisher": ("VX837", litellm("model: openai/claude-sonnet-5-5, api_base: 'https://aiplatform.googleapis.com/v1/projects/p/locations/global/endpoints/openapi'"), {}),
    "Gemini's provider for Claude": ("VX837", {"opencode.json": '{"model": "google-vertex/claude-sonnet-5-5"}'}, {"GOOGLE_CLOUD_PROJECT": "acme-ai-prod"}),
    # residency
    "a client that falls back to other places": ("VX832", {}, {"GOOSE_PROVIDER": "gcp_vertex_ai", "GCP_PROJECT_ID": "acme-ai-prod", "GCP_LOCATION": "europe-west1"}),
    "a location outside the residency": ("VX832", settings(CLOUD_ML_REGION="us-east5"), {}),
    "a gateway that rewrites the location": ("VX832", {".env": "DEFAULT_VERTEXAI_LOCATION=us-east5\n"}, {}),
    "a gateway without a location": ("VX822", litellm("model: vertex_ai/claude-sonnet-5-5, vertex_project: acme-ai-prod"), {}),
    # what is sent
    "sampling that the model refuses": ("VX836", litellm("model: vertex_ai/claude-sonnet-5-5, vertex_location: eu, temperature: 0.3"), {}),
    "a pasted access token": ("VX829", litellm("model: vertex_ai/claude-sonnet-5-5, vertex_location: eu, api_key: ya29.CANARY-token"), {}),
    "a client that takes a key alone": ("VX838", {".env": "ANTHROPIC_USE_VERTEX=true\nVERTEX_PROJECT_ID=acme-ai-prod\nANTHROPIC_VERTEX_REGION=eu\n"}, {}),
    # containers and jobs
    "credentials in a container, and no variables": ("VX833", compose(f"    volumes: ['{ADC}:/root/.config/gcloud/application_default_credentials.json']\n"), {}),
    "variables in a container, and no credentials": ("VX833", compose(VERTEX_ENV), {}),
    "credentials mounted and not named": ("VX833", compose(VERTEX_ENV + f"    volumes: ['{ADC}:/secrets/adc.json:ro']\n"), {}),
    "a file mounted over a folder": ("VX833", compose(VERTEX_ENV + f"    volumes: ['{ADC}:/root/.config/gcloud']\n"), {}),
    "a job without the right to an id-token": ("VX833", {".github/workflows/r.yml": CLEAN_WORKFLOW.replace(", id-token: write", "")}, {}),
    "a job without its project": ("VX833", {".github/workflows/r.yml": CLEAN_WORKFLOW.replace("ANTHROPIC_VERTEX_PROJECT_ID", "PROJECT")}, {}),
    "credentials in a pod, and not named": ("VX833", {"k8s/app.yaml": POD.replace("GOOGLE_APPLICATION_CREDENTIALS", "OTHER")}, {}),
    # credentials
    "JSON where a path belongs": ("VX811", {}, {"GOOGLE_APPLICATION_CREDENTIALS": json.dumps(KEY)}),
    "a path to nothing": ("VX810", {}, {"GOOGLE_APPLICATION_CREDENTIALS": "/nowhere/key.json"}),
    "an OAuth client in place of credentials": ("VX811", {ADC: json.dumps({"installed": {"client_id": "x"}})}, {}),
    "a key without its private part": ("VX811", {ADC: json.dumps({**KEY, "private_key": ""})}, {}),
    "gcloud alone impersonates": ("VX813", {}, {"CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT": "app@acme-ai-prod.iam.gserviceaccount.com"}),
    "gcloud's configuration impersonates": ("VX813", {"~/.config/gcloud/configurations/config_default": "[auth]\nimpersonate_service_account = app@acme-ai-prod.iam.gserviceaccount.com\n"}, {}),
    "a login without a quota project": ("VX814", {ADC: json.dumps({**LOGIN, "quota_project_id": ""})}, {}),
    "a login that charges another project": ("VX814", {ADC: json.dumps({**LOGIN, "quota_project_id": "acme-other"})}, {}),
    # versions and the network
    "a client from before multi-regions": ("VX819", {"requirements.txt": "anthropic[vertex]==0.55.0\n"}, {}),
    "a gateway from before multi-regions": ("VX819", {"requirements.txt": "litellm==1.81.10\n"}, {}),
    "a proxy that is no address": ("VX818", {}, {"HTTPS_PROXY": "proxy:port:3128"}),
    "two proxies": ("VX818", {}, {"HTTPS_PROXY": "http://a.example:3128", "https_proxy": "http://b.example:3128"}),
    "a certificate file that is not there": ("VX818", {}, {"REQUESTS_CA_BUNDLE": "/nowhere/ca.pem", "NODE_EXTRA_CA_CERTS": "/nowhere/ca.pem"}),
}  # fmt: skip


def test_a_region_of_an_older_model_tells_which_model_and_version_it_leads_away(tmp_path: Path) -> None:
    away = settings(VERTEX_REGION_CLAUDE_5_SONNET="europe-west1")
    found = [one for one in doctor(tmp_path, away, {}).findings if "begins with" in one.message]
    (one,) = found
    assert "before 2.1.284 sends claude-sonnet-5-5" in one.message
    assert one.fix is not None
    assert "VERTEX_REGION_CLAUDE_5_5_SONNET=eu" in one.fix.summary
    both = settings(VERTEX_REGION_CLAUDE_5_SONNET="eu", VERTEX_REGION_CLAUDE_4_0_SONNET="eu")
    assert not [one for one in doctor(tmp_path, both, {}).findings if "begins with" in one.message]


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_a_behaviour_raises_its_rule(name: str, tmp_path: Path) -> None:
    rule, files, environ = BEHAVIOURS[name]
    found = doctor(tmp_path, files, environ)
    assert rule in rules(found), [(one.rule, one.message) for one in found.findings]
    one = next(one for one in found.findings if one.rule == rule)
    assert one.fix is not None
    assert one.fix.summary
    assert one.evidence
    told = [(f.rule, f.message) for f in found.findings]
    assert len(told) == len(set(told))
    assert not any("CANARY" in message for _, message in told)


def test_a_hint_of_a_shell_alone_is_no_fault_of_a_machine_without_a_config(tmp_path: Path) -> None:
    found = doctor(tmp_path, {".claude/settings.json": json.dumps(CLEAN_SETTINGS)}, {}, None)
    assert rules(found) == set()


def test_managed_settings_hide_those_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "managed-settings.json").write_text('{"env": {"HTTP_TIMEOUT": "5"}}')
    found = doctor(tmp_path, {".claude/settings.json": json.dumps(CLEAN_SETTINGS)}, {})
    assert rules(found) == {"VX830"}


def test_a_key_that_outranks_a_login(tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_text(json.dumps(KEY))
    found = doctor(tmp_path, {}, {"GOOGLE_APPLICATION_CREDENTIALS": str(key)})
    assert rules(found) == {"VX813"}


def test_a_folder_in_place_of_the_credentials(tmp_path: Path) -> None:
    (tmp_path / "home/.config/gcloud/application_default_credentials.json").mkdir(parents=True)
    assert rules(doctor(tmp_path, {ADC: ""}, {})) == {"VX810"}


def test_a_token_that_is_refused(tmp_path: Path) -> None:
    lapsed = Token(
        True,
        "The credentials have expired or were revoked: invalid_grant",
        "gcloud auth application-default login",
        True,
    )
    assert rules(doctor(tmp_path, {}, {}, token=lambda: lapsed)) == {"VX812"}


@pytest.mark.parametrize(
    ("reply", "rule"),
    [
        ({"status": 404, "json": False}, "VX817"),
        ({"says": "the name could not be resolved"}, "VX816"),
        ({"status": 200, "json": False}, "VX816"),
        ({"status": 401, "json": True, "date": "Sun, 22 Nov 2026 12:03:00 GMT"}, "VX815"),
        ({"status": 401, "json": True, "date": "Sun, 22 Nov 2026 09:00:00 GMT"}, "VX815"),
        ({"status": 401, "json": True, "date": "yesterday"}, None),
        ({"status": 403, "json": True}, None),
    ],
)
def test_how_a_host_answers(tmp_path: Path, reply: dict[str, Any], rule: str | None) -> None:
    found = doctor(tmp_path, {}, {}, reach=lambda host, location: Reached(host, **reply))
    assert rules(found) == ({rule} if rule else set())


def test_what_a_program_says_of_its_version(tmp_path: Path) -> None:
    ways: dict[str, Any] = {"which": lambda name: f"/bin/{name}" if name == "claude" else None}
    found = doctor(tmp_path, {}, {}, run=lambda arguments: "2.1.50 (Claude Code)\n", **ways)
    assert rules(found) == {"VX819"}
    assert rules(doctor(tmp_path, {}, {}, run=lambda arguments: "2.1.330 (Claude Code)\n", **ways)) == set()
    assert rules(doctor(tmp_path, {}, {}, run=lambda arguments: "no version\n", **ways)) == set()


def test_residency_counts_only_where_it_is_asked_for(tmp_path: Path) -> None:
    files = settings(CLOUD_ML_REGION="us-east5")
    assert rules(doctor(tmp_path, files, {}, ANYWHERE)) == {"VX831"}
    assert "VX832" in rules(doctor(tmp_path, files, {}, CONFIG))


@pytest.mark.parametrize(
    ("location", "nearest"),
    [("us-central1", None), ("us-east-5", "us-east5"), ("us-east5", ""), ("eu", ""), ("global", "")],
)
def test_a_location_where_no_page_documents_claude(tmp_path: Path, location: str, nearest: str | None) -> None:
    """Told without a config, too, as most who look for the reason of a 404 have none; as a warning, as pages lag."""
    for number, files in enumerate(
        (
            settings(CLOUD_ML_REGION=location),
            litellm(f"model: vertex_ai/claude-sonnet-5-5, vertex_project: p, vertex_location: {location}"),
        )
    ):
        found = doctor(tmp_path / str(number), files, {}, None)
        told = [one for one in found.findings if one.rule == "VX412"]
        assert len(told) == (0 if nearest == "" else 1)
        for one in told:
            assert one.severity is Severity.WARNING
            assert f" is {location}, where no page documents a Claude model" in one.message
            assert one.fix is not None
            assert ("Did you mean" in one.fix.summary) is (nearest is not None)
            assert nearest is None or f"Did you mean {nearest}?" in one.fix.summary
    assert "VX412" not in rules(doctor(tmp_path / "config", settings(CLOUD_ML_REGION=location), {}, CONFIG))
    assert rules(doctor(tmp_path / "other", {".env": f"GOOGLE_CLOUD_LOCATION={location}\n"}, {}, None)) == set()


def test_a_file_that_doctor_does_not_read_is_refused_by_its_name(tmp_path: Path) -> None:
    source = tmp_path / "folder" / "client.py"
    way = outside(tmp_path, {"client.py": "client = AnthropicVertex()"})
    with pytest.raises(Refused, match=r"client\.py is no client file that doctor knows: see vxsetup doctor --help"):
        way.machine((str(source),), {}, False, NOW)


def test_every_rule_of_a_machine_is_raised_here() -> None:
    elsewhere = {"VX812", "VX815", "VX816"}
    assert {rule for rule, _, _ in BEHAVIOURS.values()} | elsewhere == {rule.id for rule in RULES}
