"""A user's patch: what it changes, how it is refused, and that nothing in it can break a look-up."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vxsetup.catalog import Catalogue, CatalogueProblem, load_catalogue
from vxsetup.catalog.load import shipped_data
from vxsetup.report.models import models_json, models_text

TODAY = date(2026, 12, 24)
HEAD = "date: 2026-12-20\nsources: {OURS: {what: a test in acme-ai-prod, date: 2026-12-20, kind: field}}\n"


def patched(text: str) -> Catalogue:
    loaded = load_catalogue(text, "patch.yaml")
    assert isinstance(loaded, Catalogue), str(loaded)
    return loaded


def refused(text: str) -> str:
    loaded = load_catalogue(text, "patch.yaml")
    assert isinstance(loaded, CatalogueProblem)
    assert str(loaded).startswith("patch.yaml")
    return str(loaded)


def test_a_fact_is_replaced_and_the_rest_stays() -> None:
    catalogue = patched(HEAD + "models:\n  claude-opus-5:\n    shut_down_on: [{value: 2026-12-21, source: OURS}]\n")
    opus = catalogue.model("claude-opus-5")
    assert opus is not None
    assert opus.shut_down_on is not None
    assert (opus.shut_down_on.value, opus.shut_down_on.confidence) == (date(2026, 12, 21), "field")
    assert opus.state(TODAY).name == "shut_down"
    assert opus.locations == ("global", "us", "eu")
    assert catalogue.date == date(2026, 12, 20)
    assert len(catalogue.models) == len(shipped_data()["models"])


def test_a_new_model_takes_its_place_in_its_family() -> None:
    row = (
        "{name: Claude Opus 6, family: opus, id_forms: [{value: claude-opus-6, source: OURS}], "
        "released: [{value: 2026-12-19, source: OURS}], endpoints: [{value: [global], source: OURS}]}"
    )
    catalogue = patched(f"{HEAD}models: {{claude-opus-6: {row}}}")
    assert catalogue.models[0].id == "claude-opus-6"
    assert catalogue.recognise("claude-opus-6").kind == "known"
    successor = catalogue.model("claude-opus-5").successor(TODAY)  # type: ignore[union-attr]
    assert successor is not None
    assert successor.value == "claude-opus-6"


def test_null_removes_a_model_and_a_fact() -> None:
    catalogue = patched("date: 2026-12-01\nmodels: {claude-fable-5-2: null, claude-opus-5: {not_sooner_than: null}}")
    assert catalogue.model("claude-fable-5-2") is None
    opus = catalogue.model("claude-opus-5")
    assert opus is not None
    assert opus.not_sooner_than is None


def test_an_older_patch_does_not_make_the_catalogue_older() -> None:
    assert patched("date: 2026-01-01").date == date(2026, 11, 22)


def test_the_shipped_data_are_not_touched() -> None:
    before = shipped_data()
    patched("date: 2026-12-01\nmodels: {claude-opus-5: null}")
    assert shipped_data() == before


def test_json_and_yaml_say_the_same() -> None:
    change = {"date": "2026-12-01", "models": {"claude-opus-5": {"name": "Claude Opus 5!"}}}
    assert (
        patched(json.dumps(change)).data
        == patched("date: 2026-12-01\nmodels: {claude-opus-5: {name: Claude Opus 5!}}").data
    )


# What is written, what the message must say.
REFUSED = [
    ("", "a patch is a mapping"),
    ("[1]", "a patch is a mapping"),
    ("models: {}", "has no date"),
    ("date: 2026-12", "date: the date of the patch is not a day"),
    ("date: 20261201", "is not a day"),
    ("{", "patch.yaml:1:2: not valid JSON"),
    ("date: [2026", "not valid YAML"),
    ("date: 2026-12-01\nmodels: 5", "models: this should be a mapping"),
    ("date: 2026-12-01\nmodels: null", "a whole part cannot be removed"),
    ("date: 2026-12-01\nmoddels: {}", "'moddels' is no key of this part; did you mean models?"),
    ("date: 2026-12-01\nmodels: {claude-opus-9: {}}", "name, family and id_forms must be given here"),
    ("date: 2026-12-01\nmodels: {'Opus 9': {}}", "a model id without a date"),
    (
        "date: 2026-12-01\nmodels: {claude-opus-5: {contxt_window: []}}",
        "models/claude-opus-5: 'contxt_window' is no key of this part; did you mean context_window?",
    ),
    (
        "date: 2026-12-01\nmodels: {claude-opus-5: {context_window: [{value: -1, source: SEED}]}}",
        "models/claude-opus-5/context_window/0/value: -1 is too small",
    ),
    (
        "date: 2026-12-01\nmodels: {claude-opus-5: {context_window: [{value: 5, source: SEEED}]}}",
        "the source 'SEEED' is in no list of sources",
    ),
    ("date: 2026-12-01\nmodels: {claude-opus-5: {context_window: [{value: 5}]}}", "this needs source: KEY"),
    (
        "date: 2026-12-01\nmodels: {claude-opus-5: {shut_down_on: [{value: 2026-13-01, source: SEED}]}}",
        "'2026-13-01' is not a day of the calendar",
    ),
    ("date: 2026-12-01\nmodels: {claude-opus-5: {endpoints: []}}", "write null to remove a fact"),
    (
        "date: 2026-12-01\nlocations: {us: {host: [{value: evil.example, source: SEED}]}}",
        "locations/us/host/0/value: 'evil.example' does not fit: a host under googleapis.com",
    ),
    ("date: 2026-12-01\nsources: {SEED: null}", "the source 'SEED' is in no list of sources"),
    ("date: 2026-12-01\nquotas: {scopes: null}", "cannot be removed"),
    ("date: 2026-12-01\nx: &a 1\ny: *a", "patch.yaml:3:4: aliases"),
    ("date: 2026-12-01\ndate: 2026-12-02", "patch.yaml:2:1: the key 'date' stands twice"),
    ('{"date": "2026-12-01", "date": "2026-12-02"}', "stands twice"),
    ("date: 2026-12-01\n1: 2", "a key of the patch is not text"),
    ("date: 2026-12-01\n<<: {a: 1}", "tags (!name) and merge keys (<<) are not allowed"),
    ("date: 2026-12-01\na: !!python/name:os.system x", "tags (!name) and merge keys (<<) are not allowed"),
    ("[" * 5000, "nested too deeply"),
    ('{"date":' * 5000 + "1" + "}" * 5000, "nested too deeply"),
    ('{"date": "2026-12-01", "x": ' + '{"a":' * 5000 + "1" + "}" * 5001, "nested too deeply"),
    ("date: 2026-12-01\nlimits: {x: " + "1" * 5000 + "}", "too long to be read"),
    ('{"date": "2026-12-01", "a": NaN}', "NaN is not a number of JSON"),
    ("date: 2026-12-01\nlimits: {x: [{value: .nan, source: SEED}]}", "not a finite number"),
    (
        '{"date": "2026-12-01", "models": {"claude-opus-5": {"name": "\\u001b[31m"}}}',
        "control and invisible characters",
    ),
    ('{"date": "2026-12-01", "\\u202e": 1}', "control and invisible characters"),
    ("\x00", "not valid YAML"),
    ("#" * 1_000_001, "larger than 1,000,000"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[str(number) for number in range(len(REFUSED))])
def test_a_bad_patch_is_refused_in_words(text: str, message: str) -> None:
    said = refused(text)
    assert message in said
    assert "^[" not in said
    assert len(said) < 400


@given(st.text(max_size=200))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_text_breaks_loading(text: str) -> None:
    assert isinstance(load_catalogue(text, "patch.yaml"), Catalogue | CatalogueProblem)


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from(["", "x", "2026-12-01", "SEED", "opus", "global"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(["value", "source", "sources", "note", "global", "requests"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_whatever_is_accepted_can_be_looked_up(data: st.DataObject) -> None:
    """Any value at any place of the catalogue is either refused or leaves every look-up working."""
    change: dict[str, Any] = {"date": "2026-12-01"}
    spot, shipped = change, shipped_data()
    for _ in range(data.draw(st.integers(1, 5))):
        key = data.draw(st.sampled_from(sorted(shipped)))
        child = shipped[key]
        if not isinstance(child, dict) or data.draw(st.integers(0, 4)) == 0:
            break
        spot, shipped = spot.setdefault(key, {}), child
    spot[data.draw(st.sampled_from(sorted(shipped)))] = data.draw(VALUES)
    loaded = load_catalogue(json.dumps(change), "patch.json")
    if isinstance(loaded, CatalogueProblem):
        return
    models_text(loaded, TODAY, 100, True, False, all=True)
    json.dumps(models_json(loaded, TODAY))
    for name in ("claude-opus-5", "claude-3-haiku", "claude-opus-9"):
        for place in ("global", "eu", "us-east5"):
            loaded.quota(name, place)
            loaded.host(place)
            loaded.location(place)
            loaded.geography(place)
    for feature in loaded.feature_names:
        loaded.feature(feature)
    for ability in loaded.ability_names:
        loaded.ability(ability)
    for gate in loaded.data["gates"]:
        loaded.gate(gate)
    loaded.quota_notes()
    loaded.recognise("claude-sonnet-4-20250514")
