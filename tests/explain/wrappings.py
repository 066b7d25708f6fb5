"""Bodies of errors, and the ways in which programs, terminals and chats wrap them: for tests of what is seen through."""

from __future__ import annotations

import base64
import html
import json
import textwrap
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

Body = dict[str, Any]

_INFO = "type.googleapis.com/google.rpc.ErrorInfo"


def _google(code: int, status: str, message: str, **info: Any) -> Body:
    error: Body = {"code": code, "message": message, "status": status}
    if info:
        error["details"] = [{"@type": _INFO, "domain": "googleapis.com", **info}]
    return {"error": error}


def _anthropic(kind: str, message: str) -> Body:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_vrtx_011CTuN3K"}


BODIES: dict[str, tuple[int, Body]] = {
    "model-not-enabled": (
        404,
        _google(
            404,
            "NOT_FOUND",
            "Publisher Model `projects/acme-ai-prod/locations/eu/publishers/anthropic/models/claude-sonnet-5-5` was not "
            "found or your project does not have access to it. Please ensure you are using a valid model version.",
        ),
    ),
    "quota-zero": (
        429,
        _google(
            429,
            "RESOURCE_EXHAUSTED",
            "Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model with base model: "
            "anthropic-claude-sonnet-4-5. Please submit a quota increase request.",
        ),
    ),
    "iam-missing-predict": (
        403,
        _google(
            403,
            "PERMISSION_DENIED",
            "Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/projects/"
            "acme-ai-prod/locations/us-east5/publishers/anthropic/models/claude-opus-4-8' (or it may not exist).",
            reason="IAM_PERMISSION_DENIED",
            metadata={
                "resource": "projects/acme-ai-prod/locations/us-east5/publishers/anthropic/models/claude-opus-4-8",
                "permission": "aiplatform.endpoints.predict",
            },
        ),
    ),
    "wrong-project": (
        403,
        _google(
            403,
            "PERMISSION_DENIED",
            "Permission denied on resource project acme-ai-prdo.",
            reason="CONSUMER_INVALID",
            metadata={"consumer": "projects/acme-ai-prdo", "service": "aiplatform.googleapis.com"},
        ),
    ),
    "org-policy": (
        400,
        _google(
            400,
            "FAILED_PRECONDITION",
            "Organization Policy constraint constraints/vertexai.allowedModels violated for projects/333333333333 "
            "attempting to use a disallowed Gen AI model publishers/anthropic/models/claude-opus-4-8.",
        ),
    ),
    "unsupported-feature": (
        400,
        _anthropic("invalid_request_error", "output_config.format: Extra inputs are not permitted"),
    ),
    "unsupported-beta": (
        400,
        _anthropic(
            "invalid_request_error",
            "Unexpected value(s) `context-1m-2025-08-07` for the `anthropic-beta` header. Please consult our "
            "documentation or try again without the header.",
        ),
    ),
}
"""Cause -> the HTTP status and the body that shows it (G2, facts 6.2 and the sources of the SDKs)."""

Wrapping = Callable[[int, Body], str]
WRAPPINGS: dict[str, Wrapping] = {}


def _wraps(function: Wrapping) -> Wrapping:
    WRAPPINGS[function.__name__.strip("_")] = function
    return function


def _pretty(body: Body) -> str:
    return json.dumps(body, indent=2)


def _each_line(text: str, before: str) -> str:
    return "\n".join(before + line for line in text.split("\n"))


def one_line(code: int, body: Body) -> str:
    """As Claude Code prints it: what every wrapping is compared with."""
    return f"API Error: {code} {json.dumps(body)}"


def _cut(text: str, width: int) -> list[str]:
    return [text[at : at + width] for at in range(0, len(text), width)]


@_wraps
def box(code: int, body: Body) -> str:
    lines = textwrap.wrap(one_line(code, body), 76, break_long_words=True, break_on_hyphens=False)
    inside = "\n".join(f"│ {line:<76} │" for line in lines)
    return f"╭{'─' * 78}╮\n{inside}\n╰{'─' * 78}╯"


@_wraps
def indented_folds(code: int, body: Body) -> str:
    return "  ⎿  " + "\n     ".join(_cut(one_line(code, body), 73))


@_wraps
def hard_folds(code: int, body: Body) -> str:
    return "\r\n".join(_cut(one_line(code, body), 100))


@_wraps
def padded_folds(code: int, body: Body) -> str:
    return "\n".join(line.ljust(90) for line in _cut(one_line(code, body), 90))


@_wraps
def soft_folds(code: int, body: Body) -> str:
    return "\n".join(textwrap.wrap(one_line(code, body), 80))


@_wraps
def terraform(code: int, body: Body) -> str:
    return "╷\n│ Error: the call failed\n│ \n" + _each_line(_pretty(body), "│ ") + "\n╵"


@_wraps
def container(code: int, body: Body) -> str:
    return _each_line(_pretty(body), "web-1  | ")


@_wraps
def pod(code: int, body: Body) -> str:
    return _each_line(_pretty(body), "[pod/api-7d9f8b6c5-x2v4q/api] 2026-11-23T04:29:11.429404Z ")


@_wraps
def container_runtime(code: int, body: Body) -> str:
    return _each_line(_pretty(body), "2026-11-23T04:29:11.429404403Z stderr F ")


@_wraps
def journal(code: int, body: Body) -> str:
    return _each_line(_pretty(body), "Nov 23 04:29:11 host01 service[40403]: ")


@_wraps
def workflow_log(code: int, body: Body) -> str:
    return _each_line(_pretty(body), "build\tRun tests\t2026-11-23T04:29:11.4290403Z ")


@_wraps
def logger(code: int, body: Body) -> str:
    return _each_line(_pretty(body), "2026-11-23 04:29:11,429 ERROR [worker-4] ")


@_wraps
def quoted_mail(code: int, body: Body) -> str:
    return "See below:\n" + _each_line(_pretty(body), ">> ")


@_wraps
def difference(code: int, body: Body) -> str:
    return _each_line(_pretty(body), "+")


@_wraps
def colours_lost(code: int, body: Body) -> str:
    return one_line(code, body).replace('"', '[32m"[39m')


@_wraps
def colours_spelled(code: int, body: Body) -> str:
    return one_line(code, body).replace('"', '\\u001b[32m"\\x1b[39m')


@_wraps
def python_dict(code: int, body: Body) -> str:
    return f"anthropic.APIStatusError: Error code: {code} - {body!r}"


@_wraps
def ruby_hash(code: int, body: Body) -> str:
    def ruby(value: Any) -> str:
        if isinstance(value, dict):
            members = (
                f":{key}=>{ruby(each)}" if key.isidentifier() else f'"{key}"=>{ruby(each)}'
                for key, each in value.items()
            )
            return "{" + ", ".join(members) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(ruby, value)) + "]"
        return json.dumps(value)

    return f"in `send_request': {ruby({'status': code, 'body': body})} (Anthropic::Errors::APIStatusError)"


@_wraps
def javascript_object(code: int, body: Body) -> str:
    def inspected(value: Any) -> str:
        if isinstance(value, dict):
            members = (f"{key if key.isidentifier() else repr(key)}: {inspected(each)}" for key, each in value.items())
            return "{ " + ", ".join(members) + " }"
        if isinstance(value, list):
            return "[ " + ", ".join(map(inspected, value)) + " ]"
        return repr(value) if isinstance(value, str) else json.dumps(value)

    return (
        f"Error\n    at a (b.mjs:4:1) {{\n  status: {code},\n  headers: Headers {{}},\n  error: {inspected(body)}\n}}"
    )


@_wraps
def in_base64(code: int, body: Body) -> str:
    return f"status {code}, body: {base64.b64encode(json.dumps(body).encode()).decode()}"


@_wraps
def in_address(code: int, body: Body) -> str:
    return f"https://app.acme.example/?status={code}&error={quote(json.dumps(body))}"


@_wraps
def in_form(code: int, body: Body) -> str:
    return f"status={code}&error={quote_plus(json.dumps(body))}"


@_wraps
def in_table(code: int, body: Body) -> str:
    return 'time,text\n2026-11-23,"' + json.dumps(body).replace('"', '""') + '"'


@_wraps
def entities(code: int, body: Body) -> str:
    return f"<p>{html.escape(one_line(code, body))}</p>"


@_wraps
def markdown(code: int, body: Body) -> str:
    return _pretty(body).replace("_", "\\_")


@_wraps
def twice_in_json(code: int, body: Body) -> str:
    return json.dumps(json.dumps({"error": json.dumps(body)}))


@_wraps
def log_entry(code: int, body: Body) -> str:
    entry = {
        "jsonPayload": {"message": one_line(code, body), "pid": 404},
        "resource": {"type": "k8s_container", "labels": {"project_id": "acme-run", "location": "us-west4-a"}},
        "logName": "projects/acme-run/logs/stderr",
    }
    return json.dumps([entry], indent=2)


@_wraps
def after_many_entries(code: int, body: Body) -> str:
    quiet = "\n".join(json.dumps({"level": "info", "error": None, "message": f"batch {n} done"}) for n in range(60))
    return f"{quiet}\n{json.dumps({'level': 'error', 'message': one_line(code, body)})}"


@_wraps
def cut_off(code: int, body: Body) -> str:
    """The end of the body is missing, as loggers cut long lines; details come before the message in it."""
    error = dict(reversed(list(body["error"].items())))
    return f"API Error: {code} {json.dumps({**body, 'error': error})[:-6]}"
