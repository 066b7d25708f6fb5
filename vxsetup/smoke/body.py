"""Judges a request body offline: strict JSON, the schema, and what the model and Vertex AI take; each fault at its place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from vxsetup.catalog import Catalogue
from vxsetup.catalog.nearest import nearest
from vxsetup.config.words import a, dotted, listed, quoted, said
from vxsetup.findings import ConfigPath, Evidence, Finding, Fix, Rule, Rung, Severity, Span, Verdict
from vxsetup.rules import bodies
from vxsetup.smoke import places, shape
from vxsetup.smoke.build import ANTHROPIC_VERSION

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

MAX_FINDINGS = 100
_PRODUCT = "schemas/request.schema.json"
_TYPES = {
    "object": "object",
    "array": "list",
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
}
_CLAUDE_API = ("inference_geo", "user_profile_id", "workspace_id", "diagnostics", "prefill", "store")
"""Fields that Anthropic's SDKs have for the Claude API and that no page documents for Vertex AI (SDKPY)."""

_OTHER_APIS = {
    "contents": "`messages`; this is Gemini's name",
    "generationConfig": "`max_tokens` beside `messages`; this is Gemini's name",
    "max_tokens_to_sample": "`max_tokens`; this is the name of an older API",
    "max_completion_tokens": "`max_tokens`; this is OpenAI's name",
    "max_output_tokens": "`max_tokens`",
    "stop": "`stop_sequences`; this is OpenAI's name",
    "functions": "`tools`; this is OpenAI's name",
    "response_format": "`output_config.format`; this is OpenAI's name",
    "system_instruction": "`system`; this is Gemini's name",
    "prompt": "`messages`; this is the name of an older API",
}


@dataclass(frozen=True, slots=True)
class About:
    """What a body is for: a model as it is written in the address, a location, and whether tokens are only counted."""

    model: str | None = None
    location: str | None = None
    count_tokens: bool = False


def examine(
    raw: bytes, file: str, about: About, catalogue: Catalogue, schema: Mapping[str, Any]
) -> tuple[Finding, ...]:
    """Everything that is wrong with a body, in the order of the text. Never raises for what the bytes are."""
    found: list[Finding] = []
    judge = _Judge(places.Text(file, ""), about, catalogue, found)
    measured = shape.measured(len(raw), catalogue)
    if measured is not None:
        judge.note(bodies.TOO_LARGE, Span(file, 1, 1, 1, 2), *measured, "Shorten or split what is sent.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        at = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        judge.syntax(Span(file, line, at, line, at + 1), "This byte is not UTF-8", "Save the body as UTF-8.")
        return tuple(found)
    judge.text = places.Text(file, text)
    if raw.startswith(b"\xef\xbb\xbf"):
        judge.syntax(
            Span(file, 1, 1, 1, 2),
            "The body begins with a byte-order mark, which a JSON body must not",
            "Save it as UTF-8 without the mark.",
            Severity.WARNING,
        )
    body = judge.parsed(text)
    if body is not None:
        judge.judged(body, schema)
    # The schema's engine tells each of several missing fields by an error that names them all.
    once = list({(one.rule, one.config_path, one.message, one.span): one for one in found}.values())
    once.sort(key=lambda one: (one.span.line, one.span.column) if one.span else (0, 0))
    return tuple(once[:MAX_FINDINGS])


class _Judge:
    """Judges one body and notes what it finds."""

    def __init__(self, text: places.Text, about: About, catalogue: Catalogue, found: list[Finding]) -> None:
        self.text = text
        self.about = about
        self.catalogue = catalogue
        self.found = found

    def parsed(self, text: str) -> dict[str, Any] | None:
        """The body where it is one JSON object."""
        try:
            body, repeated = places.read(text)
        except json.JSONDecodeError as error:
            at = min(error.pos, max(len(text) - 1, 0))
            fix = "Correct the place that is underlined." if text.strip() else "Write the body into the file."
            self.syntax(self.text.between(at, at + 1), f"This is not JSON: {error.msg}", fix)
            return None
        except (ValueError, RecursionError) as error:
            words = "it nests too deeply" if isinstance(error, RecursionError) else str(error)[:100]
            self.syntax(Span(self.text.file, 1, 1, 1, 2), f"This is not JSON: {words}", "Write plain JSON.")
            return None
        if not isinstance(body, dict):
            self.syntax(self.text.span(()), f"The body is {said(body)}, and must be an object", "Put it into { }.")
            return None
        if repeated is not None:
            at = text.rfind(json.dumps(repeated))
            span = (
                self.text.between(at, at + len(json.dumps(repeated))) if at >= 0 else Span(self.text.file, 1, 1, 1, 2)
            )
            self.syntax(
                span, f"The key {quoted(repeated)} stands twice; readers keep the last one", "Delete one of them."
            )
        return body

    def syntax(self, span: Span, message: str, fix: str, severity: Severity | None = None) -> None:
        """Notes that the text is no body."""
        self.note(
            bodies.NOT_JSON,
            span,
            message,
            (Evidence(Rung.DECLARED, "RFC 8259", "a body is one JSON object, each key once"),),
            fix,
            (),
            severity,
        )

    def judged(self, body: dict[str, Any], schema: Mapping[str, Any]) -> None:
        """Notes everything about a body that is an object."""
        own = {"model", "betas", *shape.FEATURE_FIELDS} if not self.about.count_tokens else {"betas"}
        for error in _errors(
            {key: one for key, one in body.items() if key not in own}, schema, self.about.count_tokens
        ):
            self.schema_fault(error, body)
        if not self.about.count_tokens:
            self.model_in_body(body)
            self.version(body)
        self.betas(body)
        for fault in shape.faults(body, self.about.model, self.about.location, self.catalogue):
            self.note(
                fault.rule,
                self.text.span(fault.path, fault.at_key),
                fault.message,
                fault.evidence,
                fault.fix,
                fault.path,
                fault.severity,
            )

    def model_in_body(self, body: dict[str, Any]) -> None:
        if "model" not in body:
            return
        message = "The model stands in the body; on Vertex AI it stands in the address alone"
        says = "400 invalid_request_error: model: Extra inputs are not permitted"
        seen = (
            self.source("WIRE", "clients send the model in the address and not in the body"),
            self.source("FIELD", says),
        )
        model = body["model"]
        where = f" …/publishers/anthropic/models/{model}:rawPredict" if isinstance(model, str) and _plain(model) else ""
        fix = f"Delete `model` from the body; it belongs into the address{':' if where else '.'}{where}"
        self.note(bodies.MODEL_IN_BODY, self.text.span(("model",), True), message, seen, fix, ("model",))

    def version(self, body: dict[str, Any]) -> None:
        value = body.get("anthropic_version")
        limit = self.catalogue.limit("anthropic_version")
        if not isinstance(value, str) or limit is None or value == limit.value:
            return
        path: ConfigPath = ("anthropic_version",)
        seen = (self.catalogue.evidence(limit, f"anthropic_version: {limit.value}"),)
        fix = f'Write "{ANTHROPIC_VERSION}".'
        also = next((one for one in limit.others if one.value == value), None)
        if also is not None:
            message = f"{quoted(value)} is what Anthropic's newest SDKs send; the documentation names {limit.value}"
            both = (*seen, self.catalogue.evidence(also, f"anthropic_version: {value}"))
            self.note(bodies.VERSION, self.text.span(path), message, both, fix, path, Severity.INFO)
            return
        message = f"anthropic_version is {quoted(value)}; the documented value is {limit.value}"
        if value == "2023-06-01":
            message += ". This is the version of the Claude API, where it is a header"
        self.note(bodies.VERSION, self.text.span(path), message, seen, fix, path)

    def betas(self, body: dict[str, Any]) -> None:
        for field, weight in (("betas", Severity.ERROR), ("anthropic_beta", Severity.WARNING)):
            if field not in body:
                continue
            names = body[field] if isinstance(body[field], list) else []
            names = [name for name in names if isinstance(name, str) and _plain(name)]
            message = f"`{field}` stands in the body; betas belong into the header anthropic-beta"
            header = f"anthropic-beta: {','.join(names[:5])}" if names else "anthropic-beta: NAME"
            seen = (self.source("WIRE", "Anthropic's SDKs send betas on Vertex AI as a header, never in the body"),)
            fix = f"Delete the field and send the header {header}"
            self.note(bodies.BETA_IN_BODY, self.text.span((field,), True), message, seen, fix, (field,), weight)

    def schema_fault(self, error: Any, body: dict[str, Any]) -> None:
        path: ConfigPath = tuple(error.absolute_path)
        seen = (
            Evidence(Rung.DECLARED, _PRODUCT, str(error.schema.get("description", "the form of this value"))[:300]),
        )
        if error.validator == "additionalProperties":
            for key in error.instance:
                if key not in error.schema["properties"]:
                    self.unknown(key, error.schema["properties"], body)
        elif error.validator == "required":
            for key in error.validator_value:
                if key not in error.instance:
                    self.missing(key, path, error)
        elif error.validator == "type":
            kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
            wanted = listed(
                a(_TYPES[kind]) if _TYPES[kind] not in ("true or false", "null") else _TYPES[kind] for kind in kinds
            )
            message = f"`{dotted(path)}` is {said(error.instance)}, and must be {wanted}"
            self.note(bodies.BAD_VALUE, self.text.span(path), message, seen, f"Write {wanted}.", path)
        elif error.validator == "anyOf":
            message = f"`{dotted(path)}` is a tool without `input_schema`, or without its name"
            fix = "A tool of your own needs `name` and `input_schema`; one of Anthropic's its `type`."
            self.note(bodies.MISSING_FIELD, self.text.span(path), message, seen, fix, path)
        else:
            message, fix = _bad(error, path)
            self.note(bodies.BAD_VALUE, self.text.span(path), message, seen, fix, path)

    def unknown(self, key: str, known: Mapping[str, Any], body: dict[str, Any]) -> None:
        path: ConfigPath = (key,)
        span = self.text.span(path, True)
        if key in _CLAUDE_API:
            message = f"{quoted(key)} is a field of the Claude API, and no page documents it for Vertex AI"
            seen = (self.source("SDKPY", f"{key} is a parameter of messages.create"),)
            self.note(bodies.UNKNOWN_FIELD, span, message, seen, "Leave it out.", path, Severity.WARNING)
            return
        near = nearest(key, [name for name in known if name not in body], at_most=1)
        fix = (
            f"Write {_OTHER_APIS[key]}."
            if key in _OTHER_APIS
            else f"Did you mean `{near[0]}`?"
            if near
            else "Delete it."
        )
        seen = (self.source("FIELD", f"400 invalid_request_error: {key[:60]}: Extra inputs are not permitted"),)
        self.note(bodies.UNKNOWN_FIELD, span, f"{quoted(key)} is no field of a request body", seen, fix, path)

    def missing(self, key: str, path: ConfigPath, error: Any) -> None:
        if key == "anthropic_version":
            message = "The body has no `anthropic_version`"
            seen = (self.source("FIELD", "400 invalid_request_error: anthropic_version: Field required"),)
            fix = f'Add "anthropic_version": "{ANTHROPIC_VERSION}".'
            self.note(bodies.VERSION, self.text.span(()), message, seen, fix, (key,))
            return
        where = f"`{dotted(path)}`" if path else "The body"
        about = error.schema.get("properties", {}).get(key, {}).get("description", "it is required")
        seen = (Evidence(Rung.DECLARED, _PRODUCT, f"{key}: {about}"),)
        example = error.schema.get("properties", {}).get(key, {}).get("examples")
        fix = f'Add "{key}": {json.dumps(example[0])}.' if example else f"Add `{key}`."
        self.note(bodies.MISSING_FIELD, self.text.span(path), f"{where} has no `{key}`", seen, fix, (*path, key))

    def source(self, key: str, says: str) -> Evidence:
        """Evidence from one source of the catalogue."""
        source = self.catalogue.sources[key]
        return Evidence(Rung.CATALOGUE, source.what, says, source.date)

    def note(
        self,
        rule: Rule,
        span: Span,
        message: str,
        evidence: tuple[Evidence, ...],
        fix: str,
        path: ConfigPath = (),
        severity: Severity | None = None,
    ) -> None:
        """Keeps one finding."""
        self.found.append(
            Finding(
                rule=rule.id,
                name=rule.name,
                verdict=Verdict.FAIL,
                severity=severity or rule.severity,
                message=message,
                subject=span.file,
                span=span,
                evidence=evidence,
                fix=Fix(fix),
                config_path=path,
            )
        )


def _plain(text: str) -> bool:
    """Whether a text may stand in a message as it is."""
    return len(text) <= 100 and all(c.isascii() and (c.isalnum() or c in "@._-") for c in text)


def _bad(error: Any, path: ConfigPath) -> tuple[str, str]:
    """What is wrong with a value and what to write, by the keyword that it breaks."""
    value, limit = error.instance, error.validator_value
    shown = f"`{dotted(path)}` is {said(value)}"
    if error.validator == "enum":
        words = [quoted(str(one)).strip("`") for one in limit]
        return f"{shown}, and must be {listed(words)}", f"Write {listed(words)}."
    if error.validator == "const":
        return f"{shown}, and must be {json.dumps(limit)}", f"Write {json.dumps(limit)}."
    if error.validator in ("minimum", "maximum"):
        word = "least" if error.validator == "minimum" else "most"
        return f"{shown}, and must be at {word} {limit}", f"Write {limit} or {'more' if word == 'least' else 'less'}."
    if error.validator in ("minItems", "minLength"):
        return f"`{dotted(path)}` is empty", "Put something into it, or leave it out."
    return f"{shown}, which is not of the form that is asked for", "See vxsetup schema request."


def _errors(body: dict[str, Any], schema: Mapping[str, Any], count: bool) -> Iterator[Any]:
    """jsonschema's errors, at most MAX_FINDINGS; of `allOf` and `if` those of the branch that applies."""
    from jsonschema import Draft202012Validator

    root = schema
    if count:
        root = {**schema["$defs"]["count_tokens"], "$defs": schema["$defs"]}
    for number, error in enumerate(Draft202012Validator(root).iter_errors(body)):
        if number >= MAX_FINDINGS:
            return
        yield error
