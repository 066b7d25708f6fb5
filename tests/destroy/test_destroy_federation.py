"""Destroy of what pipelines were given: pools, providers and leave to act go, what remains of them is named, others' stay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from made_runs import ALL, by_fate, destroy, fates, made_in, undoable, wide
from plan_runs import ACCOUNT, CONFIG, PROJECT, Story, story, world

from vxsetup.cloud.session import HttpRequest
from vxsetup.plan.destroy import Fate

BOTH = CONFIG + (
    "ci:\n"
    "  github: {repository: acme/app, owner_id: '1342004', refs: [refs/heads/main], service_account: claude-app}\n"
    "  gitlab: {project: acme/app, namespace_id: '77', service_account: claude-app}\n"
)
ON: dict[str, Any] = {
    "billing": {"account": ACCOUNT, "open": True},
    "services": ["aiplatform.googleapis.com"],
    "models": {name: {"enabled": True} for name in ("claude-sonnet-5-5", "claude-haiku-5-5")},
}
POOLS = {f"pool/{PROJECT}/{forge}" for forge in ("github", "gitlab")}
PROVIDERS = {f"provider/{PROJECT}/{forge}/{forge}" for forge in ("github", "gitlab")}


def applied() -> tuple[Story, dict[str, Any]]:
    told = story(wide(world(ON)), BOTH)
    before = undoable(told.project())
    told.apply()
    assert told.plan().planned.steps == (), "two forges may have a repository of the same path"
    return told, before


def test_both_forges_go_and_what_remains_is_named() -> None:
    told, before = applied()
    made = {thing.step for thing in made_in(told)}
    assert made >= POOLS | PROVIDERS
    assert [thing.kind for thing in made_in(told)].count("let_act") == 2
    rows = {row.thing.step: row for row in destroy(told)}
    assert undoable(told.project()) == before
    for step in POOLS | PROVIDERS:
        assert rows[step].fate is Fate.REMOVE
        assert "30 days" in rows[step].after
        assert "undelete" in rows[step].after
    assert by_fate(fates(told)) == {}


def test_what_uses_a_pool_goes_before_it() -> None:
    told, _ = applied()
    seen: list[str] = []

    def note(request: HttpRequest) -> None:
        if request.method == "DELETE" or request.url.endswith(":setIamPolicy"):
            seen.append(request.url)

    told.after = note
    destroy(told)
    pools = "locations/global/workloadIdentityPools"
    acting = max(place for place, url in enumerate(seen) if url.endswith("iam.gserviceaccount.com:setIamPolicy"))
    for forge in ("github", "gitlab"):
        provider = next(place for place, url in enumerate(seen) if url.endswith(f"{pools}/{forge}/providers/{forge}"))
        pool = next(place for place, url in enumerate(seen) if url.endswith(f"{pools}/{forge}"))
        assert acting < provider < pool


def test_a_pool_in_which_somebody_made_a_provider_is_kept() -> None:
    told, _ = applied()
    pools = told.project().pools
    (name,) = (one for one in pools if one.endswith("github"))
    (own,) = pools[name].providers.values()
    told.change(pools={**pools, name: replace(pools[name], providers={**pools[name].providers, "theirs": own})})
    rows = {row.thing.step: row for row in fates(told, ALL)}
    kept = rows[f"pool/{PROJECT}/github"]
    assert kept.fate is Fate.KEEP
    assert [(one.attribute, one.after) for one in kept.alterations] == [("providers of others", "theirs")]
    assert rows[f"pool/{PROJECT}/gitlab"].fate is Fate.REMOVE
