"""Google's client libraries for Python and Anthropic's SDK as a judge: one set of clients, aimed at one world after another."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from functools import cached_property, partial
from typing import Any, TypeVar

from judge_claims import Json, NotThereError, RefusedError
from judge_worlds import Run, Stage

Answer = TypeVar("Answer")


class Libraries:
    """Asks through the libraries. Generated clients, which know every type, where there is one that speaks REST."""

    cannot: frozenset[str] = frozenset()

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._token = "nobody"
        self._charged: str | None = None
        self._discovered: dict[tuple[str, str], Any] = {}
        self._options = {"api_endpoint": stage.base_url}

    def aim(self, run: Run) -> None:
        """From now on ask in the world of a run, as the principal that ran it."""
        self._stage.show(run)
        self._token = f"emu:{run.principal}" if run.principal else "opaque"
        self._charged = run.charged

    def close(self) -> None:
        """Close what the clients hold open."""
        for client in self._discovered.values():
            getattr(client, "transport", client).close()
        self._discovered.clear()
        if "_connections" in self.__dict__:
            self._connections.close()

    # The clients ------------------------------------------------------------------------------------------------------

    @cached_property
    def credentials(self) -> Any:
        """Credentials that are those of the run at which this is aimed."""
        base = importlib.import_module("google.auth.credentials").Credentials
        mine = self

        def apply(_: Any, headers: dict[str, str], token: str | None = None) -> None:
            headers["authorization"] = f"Bearer {mine._token}"
            if mine._charged:
                headers["x-goog-user-project"] = mine._charged

        methods = {"apply": apply, "refresh": lambda *_: None, "valid": True, "expired": False, "token": "held"}
        methods["before_request"] = lambda one, _request, _method, _url, headers: one.apply(headers)
        return type("RunCredentials", (base,), methods)()

    def _client(self, package: str, name: str) -> Any:
        key = (package, name)
        if key not in self._discovered:
            kind = getattr(importlib.import_module(package), name)
            self._discovered[key] = kind(
                credentials=self.credentials, transport="rest", client_options=dict(self._options)
            )
        return self._discovered[key]

    def _api(self, api: str, version: str) -> Any:
        key = (api, version)
        if key not in self._discovered:
            build = importlib.import_module("googleapiclient.discovery").build
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._discovered[key] = build(
                    api,
                    version,
                    credentials=self.credentials,
                    client_options=dict(self._options),
                    static_discovery=True,
                    cache_discovery=False,
                )
        return self._discovered[key]

    def _run(self, call: Callable[[], Answer]) -> Answer:
        """Make a call; a refusal in the form of either kind of library becomes RefusedError, a 404 NotThereError."""
        core = importlib.import_module("google.api_core.exceptions")
        errors = importlib.import_module("googleapiclient.errors")
        try:
            return call()
        except core.NotFound as error:
            raise NotThereError from error
        except core.GoogleAPICallError as error:
            raise RefusedError(int(error.code or 0), str(error.reason or ""), error.message) from error
        except errors.HttpError as error:
            if error.status_code == 404:
                raise NotThereError from error
            details = error.error_details if isinstance(error.error_details, list) else []
            reasons = [one["reason"] for one in details if isinstance(one, dict) and "reason" in one]
            raise RefusedError(error.status_code, reasons[0] if reasons else "", str(error.reason)) from error

    def _sent(self, request: Any) -> Any:
        """Send a request of a discovered client; once more where the connection was closed while it lay idle."""
        return self._run(partial(request.execute, num_retries=2))

    @staticmethod
    def _json(message: Any) -> Json:
        """A message of a generated client as the JSON of its API; what is not set is left out."""
        converter = importlib.import_module("google.protobuf.json_format").MessageToDict
        found: Json = converter(getattr(message, "_pb", message))
        return found

    # What can be asked ------------------------------------------------------------------------------------------------

    def project(self, project: str) -> Json:
        client = self._client("google.cloud.resourcemanager_v3", "ProjectsClient")
        said = self._run(lambda: client.get_project(name=f"projects/{project}"))
        number = said.name.removeprefix("projects/")
        return {"id": said.project_id, "number": number, "state": said.state.name, "parent": said.parent or None}

    def ancestry(self, project: str) -> list[str]:
        call = self._api("cloudresourcemanager", "v1").projects().getAncestry(projectId=project, body={})
        chain = [one["resourceId"] for one in self._sent(call).get("ancestor", [])]
        return [f"{one['type']}s/{one['id']}" for one in chain]

    def billing(self, project: str) -> Json:
        call = self._api("cloudbilling", "v1").projects().getBillingInfo(name=f"projects/{project}")
        found: Json = self._sent(call)
        return found

    def enabled(self, project: str) -> set[str]:
        services = self._api("serviceusage", "v1").services()
        names: set[str] = set()
        asked = services.list(parent=f"projects/{project}", filter="state:ENABLED", pageSize=50)
        while asked is not None:
            page = self._sent(asked)
            names |= {one["config"]["name"] for one in page.get("services", [])}
            asked = services.list_next(asked, page)
        return names

    def policy(self, resource: str) -> Json:
        kind = {"projects": "ProjectsClient", "folders": "FoldersClient", "organizations": "OrganizationsClient"}
        client = self._client("google.cloud.resourcemanager_v3", kind[resource.partition("/")[0]])
        request = {"resource": resource, "options": {"requested_policy_version": 3}}
        return self._json(self._run(lambda: client.get_iam_policy(request=request)))

    def deny_names(self, resource: str) -> list[str]:
        client = self._client("google.cloud.iam_v2", "PoliciesClient")
        place = f"cloudresourcemanager.googleapis.com%2F{resource.replace('/', '%2F')}"
        return [
            one.name for one in self._run(lambda: list(client.list_policies(parent=f"policies/{place}/denypolicies")))
        ]

    def deny_policy(self, resource: str, name: str) -> Json:
        client = self._client("google.cloud.iam_v2", "PoliciesClient")
        return self._json(self._run(lambda: client.get_policy(name=name)))

    def role(self, name: str) -> Json:
        iam = self._api("iam", "v1")
        holder = iam if name.startswith("roles/") else getattr(iam, name.partition("/")[0])()
        found: Json = self._sent(holder.roles().get(name=name))
        return found

    def effective(self, project: str, constraint: str) -> Json:
        client = self._client("google.cloud.orgpolicy_v2", "OrgPolicyClient")
        name = f"projects/{project}/policies/{constraint}"
        return self._json(self._run(lambda: client.get_effective_policy(name=name)))

    def quota(self, project: str, quota_id: str) -> Json:
        client = self._client("google.cloud.cloudquotas_v1", "CloudQuotasClient")
        name = f"projects/{project}/locations/global/services/aiplatform.googleapis.com/quotaInfos/{quota_id}"
        return self._json(self._run(lambda: client.get_quota_info(name=name)))

    def preferences(self, project: str) -> list[Json]:
        client = self._client("google.cloud.cloudquotas_v1", "CloudQuotasClient")
        parent = f"projects/{project}/locations/global"
        return [self._json(one) for one in self._run(lambda: list(client.list_quota_preferences(parent=parent)))]

    def account(self, project: str, email: str) -> Json:
        accounts = self._api("iam", "v1").projects().serviceAccounts()
        found: Json = self._sent(accounts.get(name=f"projects/{project}/serviceAccounts/{email}"))
        return found

    def account_policy(self, project: str, email: str) -> Json:
        accounts = self._api("iam", "v1").projects().serviceAccounts()
        name = f"projects/{project}/serviceAccounts/{email}"
        found: Json = self._sent(accounts.getIamPolicy(resource=name, options_requestedPolicyVersion=3))
        return found

    def pools(self, project: str) -> list[Json]:
        pools = self._api("iam", "v1").projects().locations().workloadIdentityPools()
        asked = pools.list(parent=f"projects/{project}/locations/global")
        return list(self._sent(asked).get("workloadIdentityPools", []))

    def providers(self, pool: str) -> list[Json]:
        providers = self._api("iam", "v1").projects().locations().workloadIdentityPools().providers()
        return list(self._sent(providers.list(parent=pool)).get("workloadIdentityPoolProviders", []))

    def troubleshoot(self, project: str, principal: str, permission: str) -> Json:
        resource = f"//cloudresourcemanager.googleapis.com/projects/{project}"
        access = {"principal": principal, "fullResourceName": resource, "permission": permission}
        asked = self._api("policytroubleshooter", "v3").iam().troubleshoot(body={"accessTuple": access})
        found: Json = self._sent(asked)
        return found

    def held(self, project: str, permissions: list[str]) -> set[str]:
        client = self._client("google.cloud.resourcemanager_v3", "ProjectsClient")
        resource = f"projects/{project}"
        return set(
            self._run(lambda: client.test_iam_permissions(resource=resource, permissions=permissions)).permissions
        )

    def publisher_model(self, model: str) -> Json:
        # Not by its package: vxsetup puts an empty one in its place, to start sooner, and runs in this process.
        client = self._client("google.cloud.aiplatform_v1.services.model_garden_service", "ModelGardenServiceClient")
        return self._json(self._run(lambda: client.get_publisher_model(name=f"publishers/anthropic/models/{model}")))

    def model_config(self, project: str, location: str, model: str) -> Json:
        models = self._api("aiplatform", "v1beta1").projects().locations().publishers().models()
        name = f"projects/{project}/locations/{location}/publishers/anthropic/models/{model}"
        found: Json = self._sent(models.fetchPublisherModelConfig(name=name))
        return found

    def _bigquery(self, project: str) -> Any:
        kind = importlib.import_module("google.cloud.bigquery").Client
        return kind(project=project, credentials=self.credentials, client_options=dict(self._options))

    def dataset(self, project: str, dataset: str) -> Json:
        found: Json = self._run(lambda: self._bigquery(project).get_dataset(f"{project}.{dataset}")).to_api_repr()
        return found

    def table(self, project: str, dataset: str, table: str) -> Json:
        found: Json = self._run(lambda: self._bigquery(project).get_table(f"{project}.{dataset}.{table}")).to_api_repr()
        return found

    @cached_property
    def _connections(self) -> Any:
        """What Anthropic's clients send through, as they would make it themselves, once for all of them."""
        return importlib.import_module("anthropic").DefaultHttpxClient()

    def message(self, project: str, location: str, model: str) -> Json:
        """A request of Anthropic's SDK: its status, the message of a refusal, and the text of the exception."""
        anthropic = importlib.import_module("anthropic")
        client = anthropic.AnthropicVertex(
            region=location,
            project_id=project,
            access_token=self._token,
            base_url=f"{self._stage.base_url}/v1",
            max_retries=0,
            timeout=20.0,
            http_client=self._connections,
        )
        try:
            client.messages.create(model=model, max_tokens=1, messages=[{"role": "user", "content": "Hello"}])
        except anthropic.APIStatusError as error:
            body = error.body[0] if isinstance(error.body, list) else error.body
            inner = body.get("error", {}) if isinstance(body, dict) else {}
            said = f"anthropic.{type(error).__name__}: {error}"
            return {"status": error.status_code, "message": inner.get("message", error.message), "said": said}
        return {"status": 200, "message": "", "said": ""}
