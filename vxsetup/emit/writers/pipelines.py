"""Pipelines that come in without a key: GitHub Actions, the Claude Code action, and GitLab CI."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from vxsetup.clients import Target
from vxsetup.emit.formats import yaml_file
from vxsetup.emit.parts import File, NotWritableError
from vxsetup.emit.settings import Settings
from vxsetup.emit.writers.common import claude_code_variables, forbid
from vxsetup.emit.writers.libraries import BODY_VERSION

NUMBER = "VERTEX_PROJECT_NUMBER"
"""The pipeline's variable that holds the project's number where that is not known when the file is written."""

_MESSAGE = {
    "anthropic_version": BODY_VERSION,
    "max_tokens": 16,
    "messages": [{"role": "user", "content": "Say hello."}],
}
_ASK = """\
curl -sS --fail-with-body -X POST "$URL" \\
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' --data-binary "$BODY"
"""


def _provider(settings: Settings, forge: str, number: str) -> str:
    """The resource name of the identity provider that vxsetup's own advice makes: pool and provider of the forge's name."""
    return (
        f"projects/{settings.project_number or number}/locations/global/workloadIdentityPools/{forge}/providers/{forge}"
    )


def _account(principal: str) -> str:
    return principal.removeprefix("serviceAccount:")


def _github_auth(settings: Settings, token: bool) -> dict[str, Any]:
    github = settings.ci.github
    assert github is not None
    account = _account(github.principal)
    forbid([account, settings.project, [p.model for p in settings.places]], r"\$\{\{", "GitHub")
    given = {
        "project_id": settings.project,
        "workload_identity_provider": _provider(settings, "github", f"${{{{ vars.{NUMBER} }}}}"),
        "service_account": account,
    }
    if token:
        given["token_format"] = "access_token"
    return {"id": "auth", "uses": "google-github-actions/auth@v3", "with": given}


def _number_remark(settings: Settings, where: str) -> tuple[str, ...]:
    if settings.project_number:
        return ()
    command = f"gcloud projects describe {settings.project} --format='value(projectNumber)'"
    return (f"Set the {where} {NUMBER} to the number that this prints: {command}",)


def _url(settings: Settings, index: int) -> str:
    place = settings.places[index]
    return f"{settings.base_url(place, 'models')}/{place.model}:rawPredict"


def _github_actions(settings: Settings, target: Target) -> tuple[File, ...]:
    steps: list[Any] = [_github_auth(settings, token=True)]
    for index, place in enumerate(settings.places):
        values = {
            "TOKEN": "${{ steps.auth.outputs.access_token }}",
            "URL": _url(settings, index),
            "BODY": json.dumps(_MESSAGE),
        }
        forbid(values["URL"], r"\$\{\{", "GitHub")
        # Values reach the script as variables: nothing in them is read as shell.
        steps.append({"name": f"Ask {place.model} at {place.location}", "env": values, "run": _ASK})
    value = {
        "name": "Claude on Vertex AI",
        "on": {"workflow_dispatch": {}},
        "permissions": {"contents": "read", "id-token": "write"},
        "jobs": {"ask": {"runs-on": "ubuntu-latest", "timeout-minutes": 10, "steps": steps}},
    }
    more = (*_number_remark(settings, "repository variable"), "Put gha-creds-*.json into .gitignore and .dockerignore.")
    return (yaml_file(".github/workflows/vertex.yml", "github-actions", value, more=more),)


def _claude_code_action(settings: Settings, target: Target) -> tuple[File, ...]:
    env = claude_code_variables(settings, target)
    forbid(env, r"\$\{\{", "GitHub")
    first = settings.firsts[0]
    if any(char in first.model for char in "'\"\\ \n$`"):
        raise NotWritableError(f"{first.model!a} cannot stand in claude_args")
    # The text of a comment is only compared, never put into a script.
    job = {
        "if": "contains(github.event.comment.body, '@claude')",
        "runs-on": "ubuntu-latest",
        "timeout-minutes": 30,
        "env": env,
        "steps": [
            {"uses": "actions/checkout@v4", "with": {"fetch-depth": 1}},
            _github_auth(settings, token=False),
            {
                "uses": "anthropics/claude-code-action@v1",
                "with": {"use_vertex": "true", "claude_args": f"--model '{first.model}'"},
            },
        ],
    }
    value = {
        "name": "Claude",
        "on": {"issue_comment": {"types": ["created"]}, "pull_request_review_comment": {"types": ["created"]}},
        "permissions": {"contents": "write", "pull-requests": "write", "issues": "write", "id-token": "write"},
        "jobs": {"claude": job},
    }
    more = _number_remark(settings, "repository variable")
    return (yaml_file(".github/workflows/claude.yml", "claude-code-action", value, more=more),)


_GITLAB_LOGIN = """\
umask 077
printf '%s' "$GITLAB_OIDC_TOKEN" > "$CI_PROJECT_DIR.oidc-token"
printf '%s' "$VERTEX_CREDENTIALS" > "$GOOGLE_APPLICATION_CREDENTIALS"
"""
_GITLAB_ASK = """\
pip install --quiet 'google-auth[requests]>=2.40'
python -c "$VERTEX_ASK"
"""
_ASK_PYTHON = """\
import google.auth, google.auth.transport.requests, json, os
credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
session = google.auth.transport.requests.AuthorizedSession(credentials)
for url in json.loads(os.environ["VERTEX_URLS"]):
    answer = session.post(url, data=os.environ["VERTEX_BODY"], headers={"Content-Type": "application/json"}, timeout=120)
    print(answer.status_code, answer.text)
    answer.raise_for_status()
"""


def _gitlab_ci(settings: Settings, target: Target) -> tuple[File, ...]:
    gitlab = settings.ci.gitlab
    assert gitlab is not None
    provider = _provider(settings, "gitlab", f"${NUMBER}")
    account = _account(gitlab.principal)
    credentials = {
        "type": "external_account",
        "audience": f"//iam.googleapis.com/{provider}",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"file": "$CI_PROJECT_DIR.oidc-token"},
        "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
        f"{account}:generateAccessToken",
    }
    urls = [_url(settings, index) for index in range(len(settings.places))]
    forbid([account, settings.project, urls], r"\$", "GitLab")
    job = {
        "image": "python:3.12-slim",
        "id_tokens": {"GITLAB_OIDC_TOKEN": {"aud": f"https://iam.googleapis.com/{provider}"}},
        "variables": {
            **{v.name: settings.project for v in target.variables_for("project")},
            "GOOGLE_APPLICATION_CREDENTIALS": "$CI_PROJECT_DIR.credentials.json",
            "VERTEX_CREDENTIALS": json.dumps(credentials),
            "VERTEX_URLS": json.dumps(urls),
            "VERTEX_BODY": json.dumps(_MESSAGE),
            "VERTEX_ASK": _ASK_PYTHON,
        },
        "before_script": [_GITLAB_LOGIN],
    }
    value = {".vertex": job, "ask-claude": {"extends": ".vertex", "when": "manual", "script": [_GITLAB_ASK]}}
    more = (
        *_number_remark(settings, "CI/CD variable"),
        "In .gitlab-ci.yml: include: .gitlab-ci.vertex.yml (other jobs of yours take it by extends: .vertex)",
    )
    return (yaml_file(".gitlab-ci.vertex.yml", "gitlab-ci", value, more=more),)


PIPELINES: Mapping[str, Callable[[Settings, Target], tuple[File, ...]]] = {
    "github-actions": _github_actions,
    "claude-code-action": _claude_code_action,
    "gitlab-ci": _gitlab_ci,
}
"""Writers by the client's name."""
