"""The groups of tokens that the pipelines of GitHub and GitLab bring: one's own, and those that must stay outside.

Sources: GHA-AUTH and GITHUB-OIDC for the claims of GitHub, GITLAB-OIDC for those of GitLab.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from vxsetup.facts.assertions import literals
from vxsetup.facts.claims import Claims, Free, OneOf, Part, Text, Value
from vxsetup.facts.federation import IdentityProvider

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

GITHUB = "https://token.actions.githubusercontent.com"
GITLAB = "https://gitlab.com"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository of a forge as the config names it: ``path`` is ``OWNER/NAME`` (with subgroups on GitLab); ``owner_id``
    the number of its owner where the config gives it; ``refs`` the refs that may come in, none: all of them."""

    forge: str
    path: str
    owner_id: str | None = None
    refs: tuple[str, ...] = ()

    @property
    def owner(self) -> str:
        """The account, or the group with its subgroups, that the repository lies in."""
        return self.path.rpartition("/")[0]

    @property
    def is_github(self) -> bool:
        """Whether it is on GitHub."""
        return self.forge == "GitHub"

    @property
    def issuer(self) -> str:
        """The issuer of the tokens of the forge's public service."""
        return GITHUB if self.is_github else GITLAB


@dataclass(frozen=True, slots=True)
class Group:
    """A group of tokens: who they are, in words that stand after "a token of" and the like, and what they claim."""

    who: str
    claims: Claims


def comes_from(provider: IdentityProvider, repository: Repository) -> bool:
    """Whether a provider takes tokens of the forge: by its issuer, or, for a GitLab of one's own, by the claims that its
    mapping and condition look at."""
    issuer = (provider.issuer or "").rstrip("/")
    if repository.is_github:
        # An enterprise may have an issuer with its own name at the end, and a server of its own one of another host.
        return issuer == GITHUB or issuer.startswith(f"{GITHUB}/") or issuer.endswith("/_services/token")
    if issuer == GITLAB:
        return True
    text = " ".join((*provider.mapping.values(), provider.condition))
    return bool(issuer) and any(f"assertion.{claim}" in text for claim in ("project_path", "namespace_path"))


def is_shared(issuer: str | None) -> bool:
    """Whether everybody can have a token of the issuer: the public GitHub and GitLab, not an enterprise's own."""
    return (issuer or "").rstrip("/") in (GITHUB, GITLAB)


def own(repository: Repository, ref: str | None) -> Group:
    """The repository's own pipelines, on one ref or (None) on any."""
    where = f" on {ref}" if ref is not None else ""
    ids: tuple[Part, Part] = (repository.owner_id or Free.HIDDEN, Free.HIDDEN)
    reference: tuple[Part, ...] = (ref,) if ref is not None else (Free.ANY,)
    return Group(
        f"{repository.path}{where}", _claims(repository, (repository.path,), (repository.owner,), ids, reference)
    )


def other_refs(repository: Repository) -> Group:
    """The repository's own pipelines on refs that the config does not name."""
    ids: tuple[Part, Part] = (repository.owner_id or Free.HIDDEN, Free.HIDDEN)
    claims = _claims(repository, (repository.path,), (repository.owner,), ids, ("refs/", Free.TEXT))
    # Whether another ref can run in an environment, or is protected, is set at the forge.
    hidden = {name: Text((Free.HIDDEN,), f"assertion.{name}") for name in ("environment", "ref_protected")}
    return Group(f"other refs of {repository.path}", {**claims, **hidden})


def siblings(repository: Repository) -> Group:
    """Other repositories of the same owner, those to come as well."""
    ids: tuple[Part, Part] = (repository.owner_id or Free.HIDDEN, Free.NAME)
    path: tuple[Part, ...] = (f"{repository.owner}/", Free.NAME)
    return Group(f"other repositories of {repository.owner}", _claims(repository, path, (repository.owner,), ids))


def strangers(repository: Repository) -> Group:
    """Anyone who opens an account at the forge."""
    owner: tuple[Part, ...] = (Free.NAME,)
    return Group(
        f"anyone on {repository.forge}", _claims(repository, (Free.NAME, "/", Free.ANY), owner, (Free.NAME, Free.NAME))
    )


def squatters(repository: Repository) -> Group:
    """Whoever takes the owner's name when it is given up: the same names, other numbers."""
    claims = _claims(repository, (repository.path,), (repository.owner,), (Free.NAME, Free.NAME))
    return Group(f"whoever takes over the name {repository.owner}", claims)


def named(repository: Repository, provider: IdentityProvider) -> Iterator[Group]:
    """Owners and repositories beside one's own that a provider's condition names."""
    mine = [name.casefold() for name in (repository.path, repository.owner, repository.owner_id or "")]
    for text in literals(provider.condition):
        if text.casefold() in mine or not text or text.startswith(("refs/", "https:")):
            continue
        if text.isdigit():
            if repository.owner_id is not None:  # else it may well be one's own
                ids: tuple[Part, Part] = (text, Free.NAME)
                who = f"the owner with the number {text}"
                yield Group(who, _claims(repository, (Free.NAME, "/", Free.ANY), (Free.NAME,), ids))
        elif "/" in text.strip("/"):
            owner = text.rpartition("/")[0]
            yield Group(text, _claims(repository, (text,), (owner,), (Free.HIDDEN, Free.HIDDEN)))
        elif ":" not in text and "/" not in text:
            path: tuple[Part, ...] = (f"{text}/", Free.ANY)
            yield Group(f"repositories of {text}", _claims(repository, path, (text,), (Free.HIDDEN, Free.HIDDEN)))


def named_refs(repository: Repository, texts: Iterable[str]) -> Iterator[Group]:
    """The repository's own pipelines on refs that conditions or bindings name and the config does not."""
    found = (ref for text in texts for ref in re.findall(r"refs/[^:'\"]+", text))
    for ref in dict.fromkeys(found):
        if ref not in repository.refs:
            yield own(repository, ref)


_CHOSEN = {
    True: (
        "actor actor_id aud base_ref environment event_name head_ref job_workflow_ref job_workflow_sha ref_protected "
        "repository_visibility run_attempt run_id run_number runner_environment sha workflow workflow_sha"
    ),
    False: (
        "aud ci_config_sha deployment_tier environment environment_action environment_protected job_id pipeline_id "
        "pipeline_source project_visibility ref_protected runner_environment runner_id sha user_access_level user_email "
        "user_id user_login"
    ),
}
"""Claims that say nothing of whose pipeline it is: GitHub's, GitLab's. A job_workflow_ref names a workflow that anybody's
pipeline may call where it is public."""


def _claims(
    repository: Repository,
    path: tuple[Part, ...],
    owner: tuple[Part, ...],
    ids: tuple[Part, Part],
    ref: tuple[Part, ...] = (Free.ANY,),
) -> Claims:
    """The claims of one group. ``ids`` are the numbers of the owner and of the repository."""
    found: dict[str, Value] = {
        name: Text((Free.ANY,), f"assertion.{name}") for name in _CHOSEN[repository.is_github].split()
    }
    subject = _github_subject(path, owner, ids, ref) if repository.is_github else _gitlab_subject(path, ref)
    found["sub"] = OneOf(tuple(Text(parts, "assertion.sub") for parts in subject))
    texts: dict[str, tuple[Part, ...]] = {"iss": (Free.HIDDEN,)}
    if repository.is_github:
        texts |= {
            "repository": path,
            "repository_owner": owner,
            "repository_owner_id": ids[:1],
            "repository_id": ids[1:],
            "ref": ref,
            "ref_type": _ref_type(ref),
            "workflow_ref": (*path, "/.github/workflows/", Free.ANY, "@", *ref),
            "enterprise": (Free.HIDDEN,) if owner == (repository.owner,) else (Free.NAME,),
            "enterprise_id": (Free.HIDDEN,) if owner == (repository.owner,) else (Free.NAME,),
        }
    else:
        texts |= {
            "project_path": path,
            "namespace_path": owner,
            "namespace_id": ids[:1],
            "project_id": ids[1:],
            "ref": (Free.ANY,),
            "ref_path": ref,
            "ref_type": _ref_type(ref),
            "ci_config_ref_uri": ("gitlab.com/", *path, "//", Free.ANY, "@", *ref),
        }
    return found | {name: Text(parts, f"assertion.{name}") for name, parts in texts.items()}


def _ref_type(ref: tuple[Part, ...]) -> tuple[Part, ...]:
    kinds = {"heads": "branch", "tags": "tag"}
    kind = kinds.get(ref[0].split("/")[1]) if len(ref) == 1 and isinstance(ref[0], str) else None
    return (kind,) if kind else (Free.ANY,)


def _github_subject(
    path: tuple[Part, ...], owner: tuple[Part, ...], ids: tuple[Part, Part], ref: tuple[Part, ...]
) -> Iterator[tuple[Part, ...]]:
    """The subject of old, by names, and the one of repositories made since July 2026, with numbers behind the names.

    An owner may also set which claims it is made of; such forms are not followed.
    """
    last = path[-1]
    name: tuple[Part, ...] = (last.rpartition("/")[2] if isinstance(last, str) else last,)
    for head in (("repo:", *path), ("repo:", *owner, "@", ids[0], "/", *name, "@", ids[1])):
        yield (*head, ":ref:", *ref)
        yield (*head, ":environment:", Free.HIDDEN if Free.TEXT in ref else Free.ANY)
        yield (*head, ":pull_request")


def _gitlab_subject(path: tuple[Part, ...], ref: tuple[Part, ...]) -> Iterator[tuple[Part, ...]]:
    yield ("project_path:", *path, ":ref_type:", *_ref_type(ref), ":ref:", Free.ANY)
