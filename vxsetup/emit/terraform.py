"""A config as Terraform: resources for what the google provider has, import blocks for what is there, comments for the rest.

Names of resources and attributes, and the ids under which they are imported, are those of the google provider 6.50,
as @cdktf/provider-google 16.12.1 lists them. Pure: what is there is told by facts, and without facts nothing is imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vxsetup.catalog import Catalogue
from vxsetup.config.project import Project
from vxsetup.emit.hcl import Block, Expression, Value, document, literal, name_of
from vxsetup.emit.needs import CustomRole, Limit, custom_roles, limits_needed
from vxsetup.facts.access import AllowPolicies
from vxsetup.facts.base import ABSENT, Facts, Known
from vxsetup.facts.federation import IdentityPools, IdentityProviders
from vxsetup.facts.logging import Dataset
from vxsetup.facts.pipelines import GITHUB, GITLAB
from vxsetup.facts.policies import EffectivePolicy
from vxsetup.facts.project import ProjectRecord, Services
from vxsetup.facts.provision import AccountRecord, RolePermissions
from vxsetup.facts.quotas import EffectiveQuota, QuotaPreferences

AIPLATFORM, BIGQUERY = "aiplatform.googleapis.com", "bigquery.googleapis.com"
_KEYLESS = ("iamcredentials.googleapis.com", "sts.googleapis.com")
_MODELS = "vertexai.allowedModels"
VERSION = ">= 6.50.0"
"""The oldest provider whose list of attributes this file was checked against."""
_RESIDENT = {"eu": "EU", "us": "US"}
_DESCRIPTION = "Made by vxsetup for requests to Claude."
_LABELS = {"managed-by": "vxsetup"}


def terraform(project: Project, catalogue: Catalogue, facts: Facts | None = None) -> str:
    """The whole file. ``facts`` tell what is there already; None: nothing is known of the cloud.

    Raises NotWritableError where a value of the config holds what no text file can.
    """
    return _Writing(project, catalogue, facts or Facts()).text()


class _Writing:
    """One file on its way: the names that are taken, and the import blocks."""

    def __init__(self, project: Project, catalogue: Catalogue, facts: Facts) -> None:
        self._project = project
        self._id = project.id
        self._catalogue = catalogue
        self._facts = facts
        self._taken: dict[str, set[str]] = {}
        self._imports: list[Block] = []
        self._beta = False
        self._accounts: dict[str, str] = {}
        self._roles: dict[str, str] = {}

    def text(self) -> str:
        blocks = [
            *self._own(),
            *self._services(),
            *self._members(),
            *self._pipelines(),
            *self._logs(),
            *self._quotas(),
            *self._policies(),
            *self._rest(),
        ]
        return document([*self._head(), *blocks, *self._imports])

    def _resource(
        self, kind: str, label: str, *groups: Mapping[str, Value], blocks: tuple[Block, ...] = (), **more: Any
    ) -> tuple[Block, str]:
        """A resource and the address by which others refer to it."""
        name = name_of(label, self._taken.setdefault(kind, set()))
        remarks = tuple(text for text in (more.get("remark"),) if text)
        return Block("resource", (kind, name), groups, blocks, remarks), f"{kind}.{name}"

    def _import(self, address: str, name: str) -> None:
        self._imports.append(Block("import", (), ({"to": Expression(address), "id": name},)))

    def _known(self, key: Any) -> Any:
        """What is there under a key; None where that is nothing, or not known."""
        fact = self._facts[key]
        return fact.value if isinstance(fact, Known) and fact.value is not ABSENT else None

    def _head(self) -> Iterator[Block | str]:
        environment = f", environment {self._project.environment}" if self._project.environment else ""
        yield (
            f"What {self._id} needs for Claude on Vertex AI, from {self._project.file}{environment} by vxsetup emit "
            "terraform. What the google provider has no resource for stands below as comments."
        )
        google: dict[str, str] = {"source": "hashicorp/google", "version": VERSION}
        beta: dict[str, str] = {"source": "hashicorp/google-beta", "version": VERSION}
        providers: dict[str, Value] = {"google": google}
        required = [Block("required_providers", (), ({**providers},))]
        if self._beta:
            required = [Block("required_providers", (), ({"google": google}, {"google-beta": beta}))]
        yield Block("terraform", (), ({"required_version": ">= 1.5.0"},), tuple(required))
        told: dict[str, Value] = {"project": self._id}
        if self._project.create is None:  # requests cannot be charged to a project that is not there yet
            told |= {"billing_project": self._id, "user_project_override": True}
        yield Block("provider", ("google",), (told,))
        if self._beta:
            remark = "In google-beta alone: the identity of a Google service in this project."
            yield Block("provider", ("google-beta",), (told,), remarks=(remark,))

    # The project and its APIs

    def _own(self) -> Iterator[Block | str]:
        create = self._project.create
        if create is None:
            self._needs: Mapping[str, Value] = {}
            return
        kind, _, number = create.parent.partition("/")
        parent = "folder_id" if kind == "folders" else "org_id"
        told: dict[str, Value] = {
            "project_id": self._id,
            "name": self._id[:30],
            parent: number,
            "billing_account": create.billing_account,
            "deletion_policy": "PREVENT",
        }
        block, address = self._resource("google_project", "this", told, {"labels": _LABELS})
        yield block
        self._needs = {"depends_on": (Expression(address),)}
        if self._known(ProjectRecord(self._id)) is not None:
            self._import(address, self._id)

    def _services(self) -> Iterator[Block | str]:
        project = self._project
        wanted = [AIPLATFORM]
        wanted += [BIGQUERY] if project.logging.request_response is not None else []
        wanted += list(_KEYLESS) if project.ci.github is not None or project.ci.gitlab is not None else []
        wanted += ["cloudquotas.googleapis.com"] if project.quota.contact is not None else []
        on = {
            name
            for key, fact in self._facts.items()
            if isinstance(key, Services) and key.project == self._id and isinstance(fact, Known)
            for name, enabled in fact.value.enabled.items()
            if enabled
        }
        for service in wanted:
            told: dict[str, Value] = {"project": self._id, "service": service, "disable_on_destroy": False}
            groups = (told, self._needs) if self._needs else (told,)
            block, address = self._resource("google_project_service", service.partition(".")[0], *groups)
            yield block
            if service in on:
                self._import(address, f"{self._id}/{service}")
        self._enabled = (Expression("google_project_service.aiplatform"),)

    # Access

    def _members(self) -> Iterator[Block | str]:
        host = f"@{self._host()}.iam.gserviceaccount.com"
        given: set[tuple[str, str]] = set()
        for custom in custom_roles(self._project, self._catalogue):
            yield self._custom_role(custom)
        for entry in self._project.access:
            email = entry.principal.partition(":")[2]
            own = entry.principal.startswith("serviceAccount:") and email.endswith(host)
            if own and entry.create and email not in self._accounts:
                yield from self._account(email)
            for ability in entry.can:
                known = self._catalogue.ability(ability)
                role = entry.role or (known.least_role if known is not None else None)
                if role is None or (role, entry.principal) in given:
                    continue
                given.add((role, entry.principal))
                yield from self._grant(role, entry.principal, email if own else None)

    def _custom_role(self, custom: CustomRole) -> Block | str:
        """The role with what the config needs of it, and with what it holds already, so that nothing is taken away."""
        if custom.doubtful is not None:
            return (
                f"No resource for the role {custom.name}: for {custom.doubtful} Google names roles and not permissions, so "
                "that it has to be there already."
            )
        held = self._known(RolePermissions(custom.name))
        told: dict[str, Value] = {
            "project": self._id,
            "role_id": custom.id,
            "title": "Requests to Claude, made by vxsetup",
            "permissions": tuple(sorted({*custom.permissions, *(held or ())})),
        }
        groups = (told, self._needs) if self._needs else (told,)
        block, address = self._resource("google_project_iam_custom_role", custom.id, *groups)
        self._roles[custom.name] = address
        if held is not None:
            self._import(address, custom.name)
        return block

    def _host(self) -> str:
        domain, _, short = self._id.rpartition(":")
        return f"{short}.{domain}" if domain else short

    def _account(self, email: str) -> Iterator[Block]:
        name = email.partition("@")[0]
        told: dict[str, Value] = {
            "project": self._id,
            "account_id": name,
            "display_name": name,
            "description": _DESCRIPTION,
        }
        groups = (told, self._needs) if self._needs else (told,)
        block, address = self._resource("google_service_account", name, *groups)
        self._accounts[email] = address
        yield block
        if self._known(AccountRecord(self._id, email)) is not None:
            self._import(address, f"projects/{self._id}/serviceAccounts/{email}")

    def _grant(self, role: str, principal: str, email: str | None) -> Iterator[Block]:
        account = self._accounts.get(email or "")
        member: Value = Expression(f"{account}.member") if account is not None else principal
        made = self._roles.get(role)
        told: dict[str, Value] = {
            "project": self._id,
            "role": Expression(f"{made}.name") if made is not None else role,
            "member": member,
        }
        groups = (told, self._needs) if self._needs else (told,)
        label = (
            f"{principal.partition(':')[2].partition('@')[0] or principal}_{role.rpartition('/')[2].rpartition('.')[2]}"
        )
        block, address = self._resource("google_project_iam_member", label, *groups)
        yield block
        attached = self._known(AllowPolicies(self._id))
        own = attached.policies.get(f"projects/{self._id}") if attached is not None else None
        bindings = own.value if isinstance(own, Known) else ()
        if any(one.role == role and one.condition is None and principal in one.members for one in bindings):
            self._import(address, f"{self._id} {role} {principal}")

    # Pipelines without keys

    def _pipelines(self) -> Iterator[Block | str]:
        """Pools and providers as ``vxsetup apply`` makes them: a condition on the owner's number, and on refs."""
        github, gitlab = self._project.ci.github, self._project.ci.gitlab
        if github is not None:
            names = ("repository", "repository_owner_id", "ref")
            yield from self._pool("GitHub", GITHUB, names, github.owner_id, github.refs)
            if github.owner_id is not None:
                yield from self._acting("github", f"attribute.repository/{github.repository}", github.principal)
        if gitlab is not None:
            names = ("project_path", "namespace_id", "ref")
            yield from self._pool("GitLab", GITLAB, names, gitlab.namespace_id, ())
            if gitlab.namespace_id is not None:
                yield from self._acting("gitlab", f"attribute.project_path/{gitlab.project}", gitlab.principal)

    def _pool(
        self, forge: str, issuer: str, attributes: tuple[str, ...], number: str | None, refs: tuple[str, ...]
    ) -> Iterator[Block | str]:
        name = forge.lower()
        if number is None:
            key = "owner_id" if name == "github" else "namespace_id"
            yield (
                f"No pool for {forge}: ci.{name}.{key} is not in the config, and a condition on names lets in whoever "
                "takes a name over that was given up. vxsetup explain VX310 tells how the number is found."
            )
            return
        listed = ", ".join(f"'{ref}'" for ref in refs)
        allowed = f" && assertion.ref in [{listed}]" if refs else ""
        about = {"display_name": forge, "description": "Made by vxsetup for pipelines without keys."}
        told: dict[str, Value] = {"project": self._id, "workload_identity_pool_id": name, **about}
        groups = (told, self._needs) if self._needs else (told,)
        pool, address = self._resource("google_iam_workload_identity_pool", name, *groups)
        yield pool
        there = self._known(IdentityPools(self._id))
        place = f"projects/{self._id}/locations/global/workloadIdentityPools/{name}"
        if there is not None and any(one.id == name for one in there.pools):
            self._import(address, place)
        of_provider: dict[str, Value] = {
            "project": self._id,
            "workload_identity_pool_id": Expression(f"{address}.workload_identity_pool_id"),
            "workload_identity_pool_provider_id": name,
            **about,
            "attribute_condition": f"assertion.{attributes[1]} == '{number}'{allowed}",
        }
        mapping = {"google.subject": "assertion.sub", **{f"attribute.{one}": f"assertion.{one}" for one in attributes}}
        oidc = Block("oidc", (), ({"issuer_uri": issuer},))
        kind = "google_iam_workload_identity_pool_provider"
        provider, address = self._resource(kind, name, of_provider, {"attribute_mapping": mapping}, blocks=(oidc,))
        yield provider
        tail = place.partition("/")[2].partition("/")[2] + f"/providers/{name}"
        known = (self._known(key) for key in self._facts if isinstance(key, IdentityProviders))
        if any(one.name.endswith(f"/{tail}") for each in known if each is not None for one in each.providers):
            self._import(address, f"{place}/providers/{name}")

    def _acting(self, pool: str, select: str, principal: str) -> Iterator[Block]:
        email = principal.partition(":")[2]
        account = self._accounts.get(email)
        target: Value = (
            Expression(f"{account}.name") if account is not None else f"projects/{self._id}/serviceAccounts/{email}"
        )
        # The value of a config stands in a literal of its own; only the address of the pool is an expression.
        name = f"google_iam_workload_identity_pool.{pool}.name"
        told: dict[str, Value] = {
            "service_account_id": target,
            "role": "roles/iam.workloadIdentityUser",
            "member": Expression(f'format("principalSet://iam.googleapis.com/%s/%s", {name}, {literal(select)})'),
        }
        block, _ = self._resource("google_service_account_iam_member", pool, told)
        yield block

    # Logs

    def _logs(self) -> Iterator[Block | str]:
        asked = self._project.logging.request_response
        if asked is None:
            return
        location = asked.location or _RESIDENT.get(self._project.residency, "US")
        told: dict[str, Value] = {
            "project": self._id,
            "dataset_id": asked.dataset,
            "location": location,
            "description": "Requests to Claude and their answers. Made by vxsetup.",
            "delete_contents_on_destroy": False,
        }
        needs: dict[str, Value] = {"depends_on": (Expression("google_project_service.bigquery"),)}
        dataset, address = self._resource("google_bigquery_dataset", asked.dataset, told, {"labels": _LABELS}, needs)
        yield dataset
        found = self._known(Dataset(self._id, asked.dataset))
        name = f"projects/{self._id}/datasets/{asked.dataset}"
        if found is not None:
            self._import(address, name)
        self._beta = True
        of_agent: dict[str, Value] = {
            "provider": Expression("google-beta"),
            "project": self._id,
            "service": AIPLATFORM,
        }
        remark = "google-beta: the service agent of Vertex AI, which writes the logs."
        more: dict[str, Value] = {"depends_on": self._enabled}
        agent, agent_address = self._resource(
            "google_project_service_identity", "aiplatform", of_agent, more, remark=remark
        )
        yield agent
        of_grant: dict[str, Value] = {
            "project": self._id,
            "dataset_id": Expression(f"{address}.dataset_id"),
            "role": "roles/bigquery.dataEditor",
            "member": Expression(f"{agent_address}.member"),
        }
        grant, grant_address = self._resource("google_bigquery_dataset_iam_member", "log_writer", of_grant)
        yield grant
        writer = next((one.member for one in (found.access or () if found else ()) if _is_writer(one)), None)
        if writer is not None:
            self._import(grant_address, f"{name} roles/bigquery.dataEditor {writer}")

    # Quota and policies: only where facts show what there is, since either could take something away

    def _quotas(self) -> Iterator[Block | str]:
        needs = limits_needed(self._project, self._catalogue)
        project = self._project
        preferences = self._known(QuotaPreferences(self._id))
        for (location, quota_id, base, dimensions), need in needs.items():
            where = f"{base} at {location}: {need:,} a minute of {quota_id}"
            limits = self._known(EffectiveQuota(self._id, location, quota_id))
            have = limits.of(base) if limits is not None else ()
            asked = preferences.of(quota_id, dict(dimensions)) if preferences is not None else None
            if asked is None and (not have or all(value < 0 or value >= need for value in have)):
                why = (
                    "it holds already"
                    if have
                    else "what is in force is not known here, and a preference could lower it"
                )
                yield f"No quota preference for {where}: {why}. With --emulate or --facts this file can tell."
                continue
            if project.quota.contact is None:
                yield f"No quota preference for {where}: quota.contact is not in the config, and Google asks for one."
                continue
            yield from self._preference((location, quota_id, base, dimensions), need, asked)

    def _preference(self, key: Limit, need: int, asked: Any) -> Iterator[Block]:
        location, quota_id, base, dimensions = key
        project = self._project
        told: dict[str, Value] = {
            "parent": f"projects/{self._id}",
            "service": AIPLATFORM,
            "quota_id": quota_id,
            "contact_email": project.quota.contact or "",
        }
        told |= {"justification": project.quota.justification} if project.quota.justification else {}
        value = max(need, asked.preferred) if asked is not None else need
        config = Block("quota_config", (), ({"preferred_value": value},))
        mapping: dict[str, Value] = {"dimensions": dict(dimensions)}
        kind = "google_cloud_quotas_quota_preference"
        block, address = self._resource(kind, f"{base}_{location}_{quota_id[:12]}", told, mapping, blocks=(config,))
        yield block
        if asked is not None:
            self._import(address, f"projects/{self._id}/locations/global/quotaPreferences/{asked.id}")

    def _policies(self) -> Iterator[Block | str]:
        if not self._project.org_policy_manage:
            return
        values = [f"publishers/anthropic/models/{model.id.partition('@')[0]}:predict" for model in self._project.models]
        policy = self._known(EffectivePolicy(f"projects/{self._id}", _MODELS))
        shut = [one for one in dict.fromkeys(values) if policy is not None and one not in policy.allowed]
        if policy is None or policy.allow_all or not (policy.allowed or policy.deny_all) or not shut:
            why = "it is not known here" if policy is None else "it keeps no model of the config out"
            yield (
                f"No policy for {_MODELS}: what is in force is what counts, and {why}. A list of allowed values where none "
                "is in force would shut out every other model."
            )
            return
        rules = Block("rules", (), (), (Block("values", (), ({"allowed_values": tuple(shut)},)),))
        spec = Block("spec", (), ({"inherit_from_parent": True},), (rules,))
        name = f"projects/{self._id}/policies/{_MODELS}"
        told: dict[str, Value] = {"name": name, "parent": f"projects/{self._id}"}
        remark = f"Where the project has a policy of its own, import it first, with its values: the id is {name}."
        block, _ = self._resource("google_org_policy_policy", "allowed_models", told, blocks=(spec,), remark=remark)
        yield block

    # What no resource stands for

    def _rest(self) -> Iterator[str]:
        for model in dict.fromkeys(one.id.partition("@")[0] for one in self._project.models):
            yield (
                f"By hand, once: enable {model} in Model Garden of {self._id}. The google provider has no resource for it, "
                "and the terms are a person's to accept. vxsetup plan tells who may."
            )
        logging = self._project.logging
        if logging.request_response is not None or logging.inference_events:
            yield (
                "By vxsetup apply: the logging settings of each publisher model (setPublisherModelConfig), for which the "
                "google provider has no resource."
            )
        if self._project.consents.data_sharing is not None:
            yield (
                "By vxsetup apply, under the consent in the config: data sharing with the publisher, for which the google "
                "provider has no resource."
            )


def _is_writer(entry: Any) -> bool:
    return bool(
        entry.role == "roles/bigquery.dataEditor"
        and entry.member.endswith("@gcp-sa-aiplatform.iam.gserviceaccount.com")
    )
