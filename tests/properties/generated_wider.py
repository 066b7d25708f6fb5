"""What real organizations have besides the usual parts of a generated world: each a change laid over a finished world.

They are drawn after everything else, so that a world in which none of them is drawn is as it was without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from generated_choices import Choices

PROJECT, NUMBER, OTHER_NUMBER = "acme-ai-prod", "333333333333", "444444444444"
APP = f"serviceAccount:app@{PROJECT}.iam.gserviceaccount.com"
USER_ROLE = "roles/aiplatform.user"
OF_FEATURES, OF_MODELS = "vertexai.allowedPartnerModelFeatures", "vertexai.allowedModels"
HOSTS = {"global": "aiplatform.googleapis.com", "eu": "aiplatform.eu.rep.googleapis.com"}
HOSTS["us"] = HOSTS["eu"].replace("eu", "us")

World = dict[str, Any]
Change = Callable[[Choices, dict[str, Any], World], None]

_SETS = "principalSet://cloudresourcemanager.googleapis.com"
SETS = (
    f"{_SETS}/projects/{NUMBER}/type/ServiceAccount",
    f"{_SETS}/projects/{OTHER_NUMBER}/type/ServiceAccount",
    f"{_SETS}/folders/2222/type/ServiceAccount",
    f"{_SETS}/organizations/1111/type/ServiceAccount",
    f"projectEditor:{PROJECT}",
    f"projectOwner:{PROJECT}",
    f"projectViewer:{PROJECT}",
    f"deleted:{APP}?uid=1",
    "domain:ACME.example",
)
"""Members that mean more than one principal by where these live, or that mean nobody any more."""

_START, _END = 'request.time >= timestamp("2026-01-01T00:00:00Z")', 'request.time < timestamp("2026-12-31T00:00:00Z")'
WINDOWS = (
    f"{_START} && {_END}",
    'request.time >= timestamp("2026-12-01T00:00:00Z") && request.time < timestamp("2027-01-01T00:00:00Z")',
    'request.time < timestamp("2026-11-22T12:00:00Z")',
    'request.time <= timestamp("2026-11-22T12:00:01Z")',
    f'!({_END}) || resource.service == "aiplatform.googleapis.com"',
    'resource.service == "bigquery.googleapis.com" || resource.name.endsWith("claude-sonnet-5-5")',
    f'resource.name.startsWith("projects/{NUMBER}/")',
    'request.time.getHours("Europe/Berlin") >= 8 && request.time.getHours("Europe/Berlin") < 18',
    'api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly(["roles/viewer"])',
)
"""Conditions of grants on teams' rights: windows, combinations, other attributes."""


def nodes_of(world: World) -> Iterator[dict[str, Any]]:
    """The organization, the folders and the project, as far as they are there."""
    yield from ([world["organization"]] if "organization" in world else [])
    yield from world.get("folders", {}).values()
    yield from ([world["projects"][PROJECT]] if PROJECT in world["projects"] else [])


def _grants(world: World) -> list[dict[str, Any]]:
    roles = (USER_ROLE, f"projects/{PROJECT}/roles/invoker", "organizations/1111/roles/invoker")
    return [one for node in nodes_of(world) for one in node.get("iam", ()) if one["role"] in roles]


def _features(choices: Choices, config: dict[str, Any], world: World) -> None:
    """Models are to use features, and policies say which."""
    for model in config["models"]:
        names = ("web_search", "structured_outputs", "count_tokens", "prompt_caching")
        if found := [name for name in names if choices.flag(0.5)]:
            model["features"] = found
    bare = config["models"][0]["id"].partition("@")[0]
    whole = f"publishers/anthropic/models/{bare}"
    if "organization" not in world:
        return
    if not choices.flag(0.2):
        world["organization"].setdefault("policies", {})[OF_FEATURES] = {"allowed": ["publishers/anthropic"]}
    for node in nodes_of(world):
        if choices.flag(0.15):
            node.setdefault("policies", {})[OF_FEATURES] = choices.even(
                (
                    {"allowed": [whole]},
                    {"allowed": [f"{whole}:web_search"]},
                    {"allowed": [f"{whole}:web_search"], "inherit": True},
                    {"denied": [f"{whole}:web_search"]},
                    {"denied": [whole], "inherit": True},
                    {"allow_all": True},
                    {"deny_all": True},
                    {"reset": True},
                    {"allowed": ["publishers/mistralai"]},
                )
            )


def _sets(choices: Choices, config: dict[str, Any], world: World) -> None:
    """A grant is given to a set, in place of the members that it named or beside them."""
    grants = _grants(world)
    if grants:
        grant, one = choices.even(grants), choices.even(SETS)
        grant["members"] = [one] if choices.flag(0.7) else [*grant["members"], one]


def _windows(choices: Choices, config: dict[str, Any], world: World) -> None:
    """A grant is given under a condition."""
    grants = _grants(world)
    if grants:
        choices.even(grants)["condition"] = {"title": "when", "expression": choices.even(WINDOWS)}


def _withdrawn_roles(choices: Choices, config: dict[str, Any], world: World) -> None:
    """A custom role that is granted was disabled or deleted, or is to be withdrawn one day."""
    homes = [(PROJECT, world["projects"].get(PROJECT, {})), ("1111", world.get("organization", {}))]
    name, home = choices.even([one for one in homes if one[1]] or homes)
    states: tuple[dict[str, Any], ...] = (
        {"stage": "DISABLED"},
        {"deleted": True},
        {"stage": "DEPRECATED"},
        {"stage": "ALPHA"},
    )
    state = choices.even(states)
    home.setdefault("roles", {})["invoker"] = {"permissions": ["aiplatform.endpoints.predict"], **state}
    kind = "projects" if name == PROJECT else "organizations"
    if home and (grants := _grants(world)):
        choices.even(grants)["role"] = f"{kind}/{name}/roles/invoker"


def _nested(choices: Choices, config: dict[str, Any], world: World) -> None:
    """Between the folder and the organization there is another folder, to which a part of either belongs."""
    if "folders" not in world:
        return
    folder, above = world["folders"]["2222"], world["organization"]
    middle: dict[str, Any] = {"parent": "organizations/1111"}
    giver = above if choices.flag(0.5) else folder
    for part in choices.some(("iam", "deny", "policies"), 0.5):
        middle[part] = giver.get(part, {} if part == "policies" else [])
        giver[part] = {} if part == "policies" else []
    world["folders"]["3333"] = middle
    folder["parent"] = "folders/3333"


def _merged_policies(choices: Choices, config: dict[str, Any], world: World) -> None:
    """The models' policies of two levels that meet: replaced, merged, given back to the default."""
    names = [f"publishers/anthropic/models/{model['id'].partition('@')[0]}:predict" for model in config["models"]]
    shapes: tuple[dict[str, Any], ...] = (
        {"allowed": names},
        {"allowed": names[:1], "inherit": True},
        {"denied": names[-1:], "inherit": True},
        {"denied": ["publishers/anthropic/models/claude-3-haiku:predict"]},
        {"allowed": [*names, "publishers/anthropic/models/count-tokens:predict"]},
        {"allowed": [f"is:{name}" for name in names], "denied": names[:1]},
        {"allow_all": True, "inherit": True},
        {"deny_all": True},
        {"reset": True},
    )
    for node in nodes_of(world) if "organization" in world else ():
        if choices.flag(0.6):
            node.setdefault("policies", {})[OF_MODELS] = choices.even(shapes)


def _closed_hosts(choices: Choices, config: dict[str, Any], world: World) -> None:
    """Endpoints of places, or the service, are forbidden by policy; and what is forbidden above may be open again below."""
    places = [place for model in config["models"] for place in model["locations"]]
    hosts = [HOSTS.get(place, f"{place}-aiplatform.googleapis.com") for place in places]
    for node in nodes_of(world) if "organization" in world else ():
        if choices.flag(0.5):
            node.setdefault("policies", {})["gcp.restrictEndpointUsage"] = choices.even(
                ({"denied": hosts[:1]}, {"denied": [HOSTS["global"]]}, {"reset": True}, {"allow_all": True})
            )
        if choices.flag(0.2):
            node.setdefault("policies", {})["gcp.restrictServiceUsage"] = choices.even(
                (
                    {"allowed": ["storage.googleapis.com"]},
                    {"denied": ["cloudcommerceconsumerprocurement.googleapis.com"]},
                    {"allowed": ["aiplatform.googleapis.com", "orgpolicy.googleapis.com"], "inherit": True},
                    {"reset": True},
                )
            )


def _rows(choices: Choices, config: dict[str, Any], world: World) -> None:
    """Quota rows for all base models, for both base models of one model, used up, only some kinds; requests for more."""
    project = world["projects"].get(PROJECT)
    if project is None:
        return
    model = choices.even(config["models"])
    bare = model["id"].partition("@")[0]
    family = next((name for name in ("fable", "opus", "sonnet", "haiku") if name in bare), "nova")
    place = choices.even(model["locations"])
    limits = ({"requests": 60}, {"requests": 0}, {"requests": -1}, {"output_tokens": 0}, {"requests": 5, "tokens": 0})
    rows = project["quotas"].setdefault(place, {})
    for base in choices.some(("*", f"anthropic-claude-{family}", f"anthropic-{bare}"), 0.5):
        rows[base] = dict(choices.even(limits))
        if choices.flag(0.15):
            rows[base]["used_up"] = ["requests"]
        if base != "*" and choices.flag(0.3):
            name = "Global" if place == "global" else place.capitalize()
            project.setdefault("quota_preferences", {})[f"more-{place}-{base}"] = {
                "service": "aiplatform.googleapis.com",
                "quotaId": f"{name}OnlinePredictionRequestsPerMinPerProjectPerBaseModel",
                "dimensions": {"base_model": base},
                "quotaConfig": {"preferredValue": "600", **choices.even(({}, {"grantedValue": "300"}))},
                "reconciling": choices.flag(0.5),
            }
    if choices.flag(0.3):
        project["quota_increase"] = choices.even(("NOT_ENOUGH_USAGE_HISTORY", "unsaid", "fixed", "NOT_SUPPORTED"))


def _consents(choices: Choices, config: dict[str, Any], world: World) -> None:
    """Consents stand where the console writes them: the addendum on the project, data sharing at a place."""
    project = world["projects"].get(PROJECT)
    if project is None:
        return
    project["addendum"] = choices.flag(0.7)
    for model in config["models"]:
        bare = model["id"].partition("@")[0]
        if bare in project["models"]:
            project["models"][bare] |= {"data_sharing": False, "addendum": choices.flag(0.3)}
            for place in model["locations"]:
                if choices.flag(0.6):
                    told = {"dataSharingEnabledProvider": "ANTHROPIC"}
                    project.setdefault("model_configs", {}).setdefault(place, {})[bare] = told


def _accounts(choices: Choices, config: dict[str, Any], world: World) -> None:
    """The project's service account is disabled, or gone while its grants are still there; unless it is who asks."""
    if PROJECT in world["projects"] and world["caller"]["principal"] != APP:
        world["projects"][PROJECT]["service_accounts"] = choices.even(({"app": {"disabled": True}}, {}))


def _denied_but(choices: Choices, config: dict[str, Any], world: World) -> None:
    """A denial to everybody or to a set, with exceptions: groups, sets, the caller."""
    everybody = "principalSet://goog/public:all"
    groups = ("principalSet://goog/group/ai@acme.example", "principalSet://goog/group/all@acme.example")
    caller = world["caller"]["principal"]
    named = caller
    for kind, prefix in (
        ("user:", "principal://goog/subject/"),
        ("serviceAccount:", "principal://iam.googleapis.com/projects/-/serviceAccounts/"),
    ):
        named = prefix + caller.removeprefix(kind) if caller.startswith(kind) else named
    rule: dict[str, Any] = {
        "principals": [choices.even((everybody, *groups, *SETS[:4]))],
        "permissions": [
            choices.even(("aiplatform.googleapis.com/endpoints.predict", "aiplatform.googleapis.com/*.predict"))
        ],
    }
    if excepted := choices.some((*groups, *SETS[:2], named), 0.35):
        rule["except_principals"] = excepted
    node = choices.even(list(nodes_of(world)) or [{}])
    node.setdefault("deny", []).append({"id": "but-for", "rules": [rule]})


CHANGES: dict[str, Change] = {
    "features": _features,
    "sets": _sets,
    "windows": _windows,
    "withdrawn-roles": _withdrawn_roles,
    "nested": _nested,
    "merged-policies": _merged_policies,
    "closed-hosts": _closed_hosts,
    "rows": _rows,
    "consents": _consents,
    "accounts": _accounts,
    "denied-but": _denied_but,
}
"""Class of worlds -> what makes a world one of them."""


def wider(choices: Choices, config: dict[str, Any], world: World) -> tuple[str, ...]:
    """Lays some of the changes over a world and its config, and gives the names of those that were drawn."""
    drawn = tuple(name for name in CHANGES if choices.flag(0.05))
    for name in drawn:
        CHANGES[name](choices, config, world)
    return drawn
