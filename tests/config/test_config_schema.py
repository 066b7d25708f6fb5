"""The project schema: what is shipped is derived as it should be, and says the same as the program."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import config_cases
import pytest
import relax
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator

from vxsetup import resources
from vxsetup.config.document import read_document
from vxsetup.config.judge import Judge
from vxsetup.config.load import load
from vxsetup.config.project import build
from vxsetup.config.source import Node

FULL = (config_cases.CASES / "good-full" / "vxsetup.yaml").read_bytes()


@cache
def published() -> dict[str, Any]:
    return resources.schema("project")


def pieces(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from pieces(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from pieces(value)


def root_of(value: Any) -> Node:
    root = read_document(json.dumps(value).encode(), "vxsetup.json").root
    assert root is not None
    return root


def test_schema_is_a_schema_of_both_drafts() -> None:
    Draft202012Validator.check_schema(published())
    Draft7Validator.check_schema({**published(), "$schema": "http://json-schema.org/draft-07/schema#"})


def test_derived_definitions_are_what_relaxing_makes() -> None:
    assert relax.text(relax.derived(published())) == relax.SCHEMA.read_text(encoding="utf-8")


def test_every_property_says_what_it_is_and_shows_one() -> None:
    def named(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        for key, piece in schema.get("properties", {}).items():
            yield key, piece
            yield from named(piece)
            yield from named(piece.get("items", {}))

    found = list(named(published()["$defs"]["complete"]))
    assert len(found) > 50
    for key, piece in found:
        assert piece["title"], key
        assert piece["description"].endswith("."), key
        if "properties" not in piece:
            assert piece["examples"], key


def test_examples_and_defaults_are_valid() -> None:
    for piece in pieces(published()["$defs"]["complete"]):
        if "title" not in piece or "type" not in piece:
            continue
        validator = Draft202012Validator({**piece, "$defs": published()["$defs"]})
        for example in [*piece.get("examples", ()), *([piece["default"]] if "default" in piece else ())]:
            assert validator.is_valid(example), (piece["title"], example)
    for example in published()["examples"]:
        assert Draft202012Validator(published()).is_valid(example)


def test_every_suggestion_has_the_form_that_stands_beside_it() -> None:
    """So that folding suggestions into the pattern, as the judge does, changes nothing."""
    suggestions = [piece["anyOf"] for piece in pieces(published()) if "enum" in piece.get("anyOf", [{}])[0]]
    assert len(suggestions) >= 4
    for offered, form in suggestions:
        for value in offered["enum"]:
            assert re.search(form["pattern"], value), value


def test_every_pattern_is_anchored_and_said_in_words() -> None:
    for piece in pieces(published()["$defs"]["complete"]):
        if isinstance(piece.get("pattern"), str):
            assert piece["pattern"].startswith("^")
            assert piece["pattern"].endswith("$")
            assert piece["patternErrorMessage"]


def test_pattern_holds_to_the_end_of_the_text() -> None:
    judge = Judge(published())
    value = {"version": 1, "project": {"id": "acme-ai-prod"}}
    assert judge.is_complete(value)
    assert not judge.is_complete({"version": 1, "project": {"id": "acme-ai-prod\n"}})


@pytest.mark.parametrize("name", config_cases.names())
def test_published_schema_accepts_every_file_that_the_program_accepts(name: str) -> None:
    result = config_cases.loaded(name)
    if result.projects:
        # A file that is only a base of others cannot be told from one that lacks a project.
        root = read_document((config_cases.CASES / name / result.file).read_bytes(), result.file).root
        assert root is not None
        assert Draft202012Validator(published()).is_valid(root.value)


@pytest.mark.parametrize("name", config_cases.names())
def test_published_schema_refuses_what_the_program_finds_in_a_plain_file(name: str) -> None:
    result = config_cases.loaded(name)
    by_schema = {"VX110", "VX111", "VX112", "VX113", "VX114"}
    document = read_document((config_cases.CASES / name / next(iter(result.sources))).read_bytes(), "vxsetup.yaml")
    if document.root is None or not isinstance(document.root.value, dict):
        return
    if {"extends", "environments"} & document.root.value.keys():
        return
    # `format` and Python's `$` are the two places where a plain validator is more lenient than the program.
    if name in ("bad-project-id-newline",):
        return
    refused = not Draft202012Validator(published()).is_valid(document.root.value)
    assert refused is bool(by_schema & {finding.rule for finding in result.findings})


SECTIONS = ["location", "residency", "models", "access", "ci", "logging", "clients", "suppress", "version", "project"]
ODD = st.sampled_from([None, 1, True, "x", [], {}, ["x"], [1], {"x": 1}, 1.0, "1", [True], [1.0]])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SECTIONS), ODD), max_size=4))
def test_the_fast_way_says_what_the_engine_says(changes: list[tuple[str, Any]]) -> None:
    root = read_document(FULL, "vxsetup.yaml").root
    assert root is not None
    judge = one_judge()
    plain = Draft202012Validator(compiled())
    value = copy.deepcopy(root.value)
    for section, odd in changes:
        value[section] = odd
        assert judge.is_complete(value) is plain.is_valid(value)
        assert judge.is_complete(value) is (not judge.errors("complete", value))
        for view in ("part", "base"):
            assert judge.is_valid(view, value) is judge._validator(view).is_valid(value), view


@cache
def one_judge() -> Judge:
    return Judge(published())


@cache
def compiled() -> Any:
    return {**published()["$defs"]["complete"], "$defs": published()["$defs"]}


def test_defaults_of_the_program_are_those_of_the_schema() -> None:
    properties = published()["$defs"]["complete"]["properties"]
    bare = {"version": 1, "project": {"id": "acme-ai-prod"}}
    project = build(root_of(bare), "vxsetup.yaml", ("vxsetup.yaml",), None)
    assert project.location == properties["location"]["default"]
    assert project.residency == properties["residency"]["default"]
    assert [*project.models, *project.access, *project.clients, *project.suppressions] == []
    assert project.network_private is properties["network"]["properties"]["private"]["default"]
    assert project.org_policy_manage is properties["org_policy"]["properties"]["manage"]["default"]
    assert project.consents.enable_models == properties["consents"]["properties"]["enable_models"]["default"]
    assert project.logging.inference_events is properties["logging"]["properties"]["inference_events"]["default"]
    more = {
        "models": [{"id": "claude-sonnet-5-5"}],
        "access": [{"member": "serviceAccount:app", "can": ["invoke"]}],
        "logging": {"request_response": {"dataset": "logs"}},
        "consents": {"data_sharing": {"models": ["claude-fable-5-1"], "accept": "yes", "by": "legal"}},
    }
    project = build(root_of({**bare, **more}), "vxsetup.yaml", ("vxsetup.yaml",), None)
    model = properties["models"]["items"]["properties"]
    assert project.models[0].traffic == model["traffic"]["default"]
    assert list(project.models[0].features) == model["features"]["default"]
    assert project.access[0].create is properties["access"]["items"]["properties"]["create"]["default"]
    logging = properties["logging"]["properties"]["request_response"]["properties"]
    assert project.logging.request_response is not None
    assert project.logging.request_response.sampling_rate == logging["sampling_rate"]["default"]
    sharing = properties["consents"]["properties"]["data_sharing"]["properties"]
    assert project.consents.data_sharing is not None
    assert project.consents.data_sharing.publisher == sharing["publisher"]["default"]


def test_every_piece_of_text_in_a_valid_config_reaches_the_project() -> None:
    """No key of the file is read and forgotten."""
    result = load(Path("vxsetup.yaml"), lambda path: FULL)
    (project,) = result.projects
    shown = repr(project)
    leaves = [node for node in project.root.walk() if isinstance(node.value, str)]
    assert len(leaves) > 30
    for node in leaves:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", node.value):
            continue
        assert node.value in shown, node.value
