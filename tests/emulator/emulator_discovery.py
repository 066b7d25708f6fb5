"""Checks an answer against Google's own discovery documents, as the Google API client for Python carries them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

DOCUMENTS = {
    "cloudresourcemanager.googleapis.com": ("cloudresourcemanager.v3", "cloudresourcemanager.v1"),
    "serviceusage.googleapis.com": ("serviceusage.v1", "serviceusage.v1beta1"),
    "cloudbilling.googleapis.com": ("cloudbilling.v1",),
    "iam.googleapis.com": ("iam.v1", "iam.v2"),
    "iamcredentials.googleapis.com": ("iamcredentials.v1",),
    "sts.googleapis.com": ("sts.v1",),
    "orgpolicy.googleapis.com": ("orgpolicy.v2",),
    "aiplatform.googleapis.com": ("aiplatform.v1", "aiplatform.v1beta1"),
    "bigquery.googleapis.com": ("bigquery.v2",),
    "policytroubleshooter.googleapis.com": ("policytroubleshooter.v3",),
    "cloudasset.googleapis.com": ("cloudasset.v1",),
}
# Types that an operation's response may be of, whose names in the document are spelled otherwise.
PREFIXES = (
    "",
    "GoogleApiServiceusageV1",
    "GoogleApiServiceusageV1beta1",
    "GoogleCloudAiplatformV1beta1",
    "GoogleApiServiceusageV1OperationMetadata",
)


@cache
def document(name: str) -> dict[str, Any]:
    """One discovery document of the installed client."""
    import googleapiclient

    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    found: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return found


@cache
def methods(name: str) -> tuple[tuple[str, re.Pattern[str], dict[str, Any]], ...]:
    """Every method of a document, with the pattern of its path; longer templates come first."""
    found: list[tuple[str, str, dict[str, Any]]] = []

    def walk(node: dict[str, Any]) -> None:
        for method in node.get("methods", {}).values():
            found.append((method["httpMethod"], method.get("flatPath", method["path"]), method))
        for resource in node.get("resources", {}).values():
            walk(resource)

    walk(document(name))
    base = document(name)["servicePath"]
    return tuple(
        (verb, re.compile(re.escape("/" + base) + re.sub(r"\\\{[^}]*\\\}", "[^/:]+", re.escape(path))), method)
        for verb, path, method in sorted(found, key=lambda one: -len(one[1]))
    )


def find(api: str, verb: str, path: str) -> tuple[str, dict[str, Any]] | None:
    """The document and method that a request is one of."""
    for name in DOCUMENTS[api]:
        for method_verb, pattern, method in methods(name):
            if method_verb == verb and pattern.fullmatch(path):
                return name, method
    return None


def faults(name: str, schema: dict[str, Any], value: Any, at: str = "$") -> list[str]:
    """What in ``value`` the schema does not know, or knows to be of another type."""
    if "$ref" in schema:
        schema = document(name)["schemas"][schema["$ref"]]
    kind = schema.get("type", "any")
    if kind == "object" and isinstance(value, dict):
        properties, more = schema.get("properties", {}), schema.get("additionalProperties")
        found = []
        for key, part in value.items():
            if key in properties:
                found += faults(name, properties[key], part, f"{at}.{key}")
            elif more is not None:
                found += faults(name, more, part, f"{at}.{key}")
            else:
                found.append(f"{at}.{key}: unknown field")
        if "@type" in value:
            found += _typed(name, value, at)
        return found
    if kind == "array" and isinstance(value, list):
        return [one for i, part in enumerate(value) for one in faults(name, schema["items"], part, f"{at}[{i}]")]
    return _scalar(schema, kind, value, at)


def _typed(name: str, value: dict[str, Any], at: str) -> list[str]:
    """An Any that says its type is checked as that type, where the document has it."""
    short = value["@type"].rpartition(".")[2]
    schemas = document(name)["schemas"]
    key = next((prefix + short for prefix in PREFIXES if prefix + short in schemas), None)
    rest = {field: part for field, part in value.items() if field != "@type"}
    return faults(name, schemas[key], rest, f"{at}<{short}>") if key else []


def _scalar(schema: dict[str, Any], kind: str, value: Any, at: str) -> list[str]:
    kinds: dict[str, Any] = {"string": str, "integer": int, "boolean": bool, "number": (int, float), "any": object}
    expected = kinds.get(kind)
    if expected is None or not isinstance(value, expected) or (kind == "integer" and isinstance(value, bool)):
        return [f"{at}: {value!r} is not of type {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at}: {value!r} is none of {schema['enum']}"]
    if schema.get("format") == "google-datetime" and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*Z", value):
        return [f"{at}: {value!r} is not a time"]
    return []


def check(api: str, verb: str, url: str, body: Any) -> list[str]:
    """The faults of an answer's body, by the method that its request was."""
    path = url.partition("?")[0]
    found = find(api, verb, path) or find(api, verb, unquote(path))
    if found is None:
        return [f"no discovery method for {verb} {path}"]
    name, method = found
    response = method.get("response")
    return faults(name, response, body) if response else []
