"""Files for platforms that cannot run here, read by the platform's own code: which is more than a schema, and less than a run.

compose-go is the reader inside ``docker compose``; the Kubernetes, Gateway and Envoy Gateway types are those of the API
servers, and an unknown field is an error; actionlint knows the workflows of GitHub and their shell. The variables
that come out of compose, of a ConfigMap and of a development container are then given to a real client.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from emitted_homes import Homes
from emitted_runs import HAIKU
from emitted_tools import APP, HERE, PLACES, Bench, check_sent, emit, ready_world

pytestmark = pytest.mark.clients
NUMBER = ("--project-number", "333333333333")
ONE = {place: host for place, host in PLACES.items() if place[0] == HAIKU[1]}


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    """The clients' environments, for all tests."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "emitted-clients"
    folder.mkdir(exist_ok=True)
    return Homes(folder)


def read(homes: Homes, *arguments: object, code: int = 0) -> Any:
    """What the reader makes of files; with ``code`` 1 the fault that it names."""
    command = [str(homes.named("readers")), *map(str, arguments)]
    variables = {"HOME": "/home/dev", "PATH": os.environ["PATH"]}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=variables)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stderr if code else json.loads(done.stdout)


def ask(homes: Homes, folder: Path, variables: dict[str, str], client: str) -> None:
    """A client that has nothing but these variables asks the model of the example where the config says."""
    mine = {name: value for name, value in variables.items() if name != "GOOGLE_APPLICATION_CREDENTIALS"}
    command = [str(homes.named("newer")), str(HERE / "emitted" / "from_variables.py"), client, HAIKU[1]]
    (done,), sent = Bench(folder, ready_world(), mine).run([command])
    assert done.code == 0, done.text[-2000:]
    check_sent(sent, set(), ONE)


def test_compose_adds_the_variables_and_the_credentials_and_leaves_the_service_its_own(
    homes: Homes, tmp_path: Path
) -> None:
    emit(tmp_path, "docker-compose", *HAIKU)
    mine = tmp_path / "compose.yaml"
    mine.write_text(
        "services:\n  app:\n    build: ./api\n    environment: {LOG_LEVEL: info}\n    ports: ['8080:8080']\n"
    )
    service = read(homes, "compose", mine, tmp_path / "compose.claude.yaml")["services"]["app"]
    assert service["build"]["context"].endswith("/api"), "the service is built as before"
    assert service["environment"].pop("LOG_LEVEL") == "info"
    (mount,) = service["volumes"]
    assert mount["source"] == "/home/dev/.config/gcloud/application_default_credentials.json"
    assert mount["target"] == service["environment"]["GOOGLE_APPLICATION_CREDENTIALS"]
    assert mount["read_only"] is True
    ask(homes, tmp_path, service["environment"], "anthropic")


def test_the_config_map_is_one_of_kubernetes_and_its_values_are_texts(homes: Homes, tmp_path: Path) -> None:
    emit(tmp_path, "kubernetes", *HAIKU)
    found = read(homes, "kubernetes", tmp_path / "kubernetes" / "claude.yaml")
    assert not found["unknown"]
    config, account = found["read"]
    assert (config["kind"], account["kind"]) == ("ConfigMap", "ServiceAccount")
    ask(homes, tmp_path, config["data"], "litellm")


def test_the_readers_refuse_what_the_platform_would(homes: Homes, tmp_path: Path) -> None:
    emit(tmp_path, "kubernetes", *HAIKU)
    file = tmp_path / "kubernetes" / "claude.yaml"
    file.write_text(file.read_text().replace("data:", "dta:"))
    assert "unknown field" in read(homes, "kubernetes", file, code=1)
    emit(tmp_path, "github-actions", *NUMBER, pipelines=True)
    workflow = tmp_path / ".github" / "workflows" / "vertex.yml"
    workflow.write_text(workflow.read_text().replace("steps.auth.", "steps.login."))
    assert "login" in read(homes, "workflow", workflow, code=1)


def test_the_gateway_s_own_resources_have_no_unknown_field(homes: Homes, tmp_path: Path) -> None:
    emit(tmp_path, "envoy-ai-gateway")
    found = read(homes, "kubernetes", tmp_path / "envoy-ai-gateway" / "claude.yaml")
    kinds = [one["kind"] for one in found["read"]]
    assert kinds == ["Backend", "BackendTLSPolicy"] * len(PLACES)
    hosts = {one["spec"]["validation"]["hostname"] for one in found["read"] if one["kind"] == "BackendTLSPolicy"}
    assert hosts == set(PLACES.values())
    # The types of Envoy AI Gateway itself are not among the reader's: these three kinds are read by nobody here.
    unread = {kind.partition("Kind=")[2] for kind in found["unknown"]}
    assert unread == {"AIGatewayRoute", "AIServiceBackend", "BackendSecurityPolicy"}


@pytest.mark.parametrize("name", ["github-actions", "claude-code-action"])
def test_actionlint_finds_nothing_in_the_workflow(name: str, homes: Homes, tmp_path: Path) -> None:
    emit(tmp_path, name, *NUMBER, pipelines=True)
    (workflow,) = (tmp_path / ".github" / "workflows").iterdir()
    assert read(homes, "workflow", workflow) == 0


def _expanded(value: str, variables: dict[str, str]) -> str:
    """What GitLab's runner makes of ``$NAME`` in the value of a variable."""
    return re.sub(r"\$(\w+)", lambda found: variables.get(found[1], ""), value)


def test_the_job_of_gitlab_asks_each_model_with_the_identity_of_its_project(homes: Homes, tmp_path: Path) -> None:
    """The job's own script, started as a runner starts it: its variables expanded, in a shell, with a token of GitLab."""
    import yaml

    emit(tmp_path, "gitlab-ci", *NUMBER, pipelines=True)
    jobs = yaml.safe_load((tmp_path / ".gitlab-ci.vertex.yml").read_text())
    job = jobs[".vertex"] | jobs["ask-claude"]
    world = ready_world()
    mapping = {"google.subject": "assertion.sub", "attribute.project_path": "assertion.project_path"}
    provider = {"issuer": "https://gitlab.com", "mapping": mapping, "condition": 'assertion.project_path == "acme/app"'}
    project = world["projects"]["acme-ai-prod"]
    project["pools"] = {"gitlab": {"providers": {"gitlab": provider}}}
    project["services"] += ["sts.googleapis.com", "iamcredentials.googleapis.com"]
    pool = "iam.googleapis.com/projects/333333333333/locations/global/workloadIdentityPools/gitlab"
    member = f"principalSet://{pool}/attribute.project_path/acme/app"
    grant = {"role": "roles/iam.workloadIdentityUser", "members": [member]}
    project["service_accounts"][APP.partition("@")[0]] = {"iam": [grant]}
    claims = {
        "iss": "https://gitlab.com",
        "sub": "project_path:acme/app:ref_type:branch:ref:main",
        "project_path": "acme/app",
    }
    claims["aud"] = job["id_tokens"]["GITLAB_OIDC_TOKEN"]["aud"]
    token = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "RS256", "typ": "JWT"}, claims, {})
    )
    python = homes.named("newer")
    here = {"CI_PROJECT_DIR": str(tmp_path / "app"), "GITLAB_OIDC_TOKEN": token}
    variables = here | {name: _expanded(value, here) for name, value in job["variables"].items()}
    variables["PATH"] = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    # The package is there already; pip is not asked for it again, since no host but Google's can be reached.
    pip = tmp_path / "bin"
    pip.mkdir()
    (pip / "pip").write_text("#!/bin/sh\nexit 0\n")
    (pip / "pip").chmod(0o755)
    variables["PATH"] = f"{pip}{os.pathsep}{variables['PATH']}"
    script = "set -e\n" + "\n".join([*job["before_script"], *job["script"]])
    (done,), sent = Bench(tmp_path, world, variables).run([["sh", "-c", script]])
    assert done.code == 0, done.text[-2000:]
    check_sent(sent, set())
    assert done.out.count("Hello from the emulator.") == len(PLACES)


def test_librechat_s_own_schema_knows_every_field(homes: Homes, tmp_path: Path) -> None:
    import yaml

    emit(tmp_path, "librechat", *HAIKU)
    value = yaml.safe_load((tmp_path / "librechat" / "librechat.yaml").read_text())
    program = (
        "const {configSchema} = require('librechat-data-provider');"
        "console.log(JSON.stringify(configSchema.strict().parse(JSON.parse(process.argv[1]))));"
    )
    modules = homes.named("editors")
    done = subprocess.run(
        ["node", "-e", program, json.dumps(value)],
        cwd=modules.parent,
        env={"NODE_PATH": str(modules), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    read_back = json.loads(done.stdout)["endpoints"]["anthropic"]
    sent = value["endpoints"]["anthropic"]
    assert {name: read_back[name] for name in sent} == sent, "nothing of it is dropped"


def test_claude_code_in_a_development_container_asks_where_the_config_says(homes: Homes, tmp_path: Path) -> None:
    emit(tmp_path, "devcontainer", *HAIKU)
    engine = tmp_path / "engine"
    engine.write_text("#!/bin/sh\n# Stands for docker: no container is there, and none is started.\nexit 0\n")
    engine.chmod(0o755)
    cli = homes.named("editors") / ".bin" / "devcontainer"
    command = [str(cli), "read-configuration", "--workspace-folder", str(tmp_path), "--docker-path", str(engine)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    variables = json.loads(done.stdout)["configuration"]["containerEnv"]
    claude = homes.named("agents") / ".bin" / "claude"
    variables |= {"CLAUDE_CODE_MAX_RETRIES": "0", "IS_SANDBOX": "1", "DISABLE_AUTOUPDATER": "1"}
    (ended,), sent = Bench(tmp_path, ready_world(), variables).run([[str(claude), "-p", "Say hello."]])
    assert ended.code == 0, ended.text[-2000:]
    assert "Hello from the emulator." in ended.out
    assert {(one.model, one.location, one.host) for one in sent if one.body["max_tokens"] != 1} == {
        (*place, host) for place, host in ONE.items()
    }
