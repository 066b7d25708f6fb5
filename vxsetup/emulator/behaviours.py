"""Everything that the emulator does which a reader might doubt, each with where it is known from.

``source`` is the short key of a source (SEED, DISC, GD:page, F#id …), or ``invented`` where nothing was found. Each
row is exercised by a test that names it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One behaviour. ``confidence`` is primary, mirrored, secondary, field, inferred, conflicting or invented."""

    id: str
    says: str
    source: str
    confidence: str


_ROWS: tuple[tuple[str, str, str, str], ...] = (
    # Who asks, and who pays.
    ("token-missing", "A request without a token gets 401 UNAUTHENTICATED.", "invented", "invented"),
    ("token-expired", "An expired token gets 401 with reason ACCESS_TOKEN_EXPIRED.", "invented", "invented"),
    ("token-opaque-is-caller", "A token that is no emulator token and no JWT is the world's caller.", "invented", "invented"),
    ("token-self-signed", "A JWT is its issuer; its signature is not checked.", "CLIENTS-2026-11-22", "field"),
    ("token-disabled-account", "A disabled service account's token gets 401.", "invented", "invented"),
    ("charge-needs-use", "x-goog-user-project needs serviceusage.services.use there, else 403 USER_PROJECT_DENIED.", "F#7882611719", "field"),
    ("charge-header-on-predict", "The same header can break a prediction that would otherwise work.", "F#58660789019", "field"),
    ("charge-own-project", "A service account may charge its own project without a grant, and does so by default.", "F#68369812022", "field"),
    ("charge-client-project", "User credentials without a quota project get 403 SERVICE_DISABLED whose consumer is Google's project 764086051850.", "F#68855632559", "field"),
    ("charge-gcloud", "The gcloud CLI is charged to its own client project, where the APIs are on; it is known by its user agent.", "invented", "invented"),
    ("service-disabled", "An API that is off in the project charged answers 403 SERVICE_DISABLED with service and consumer.", "F#61350709063", "field"),
    ("hidden-is-absent", "A project that does not exist and one that the caller may not see both answer 403.", "F#21109077879", "inferred"),
    # IAM.
    ("iam-inheritance", "A grant on a folder or organization holds below it, and a child cannot take it away.", "IAMD:allow-policies", "mirrored"),
    ("iam-groups", "Members of a group hold what the group holds, through groups in groups too; policies do not list them.", "IAMD:allow-policies", "mirrored"),
    ("iam-deny", "A deny policy beats every allow, from any ancestor; exceptions are honoured.", "IAMD:deny-permissions-support", "mirrored"),
    ("iam-deny-groups", "A deny policy may name all permissions of a service or of a resource type.", "IAMD:deny-permissions-support", "mirrored"),
    ("iam-conditions", "A conditional binding grants only while its expression is true of the request.", "IAMD:allow-policies", "mirrored"),
    ("iam-condition-unreadable", "A condition that cannot be evaluated grants nothing; a denial with one applies.", "IAMD:deny-overview", "mirrored"),
    ("iam-no-tags", "No resource of a world has tags: matchTag and hasTagKey are false.", "invented", "invented"),
    ("iam-domain", "A domain member covers every user of that domain.", "IAMD:allow-policies", "inferred"),
    ("iam-everyone", "allUsers is everyone; allAuthenticatedUsers is every Google and service account, and no federated identity.", "IAMD:principals-overview", "mirrored"),
    ("iam-account-sets", "principalSet://cloudresourcemanager.googleapis.com/PLACE/type/ServiceAccount is every service account of a place.", "IAMD:principal-identifiers", "mirrored"),
    ("iam-convenience", "projectOwner:P and its like are those whom the project's own policy gives the basic role.", "invented", "invented"),
    ("iam-role-disabled", "A custom role in stage DISABLED, or deleted, gives nothing.", "IAMD:creating-custom-roles", "mirrored"),
    ("troubleshooter", "Policy Troubleshooter sees what the caller may read, and every group; it knows users and service accounts.", "IAMD:troubleshoot-access", "inferred"),
    ("asset-search", "A search of Cloud Asset Inventory needs its permission on the place that is searched, and gives 500 rows a page at most.", "GAPIC-ASSET", "primary"),
    ("asset-services", "The inventory holds a row for each API that is on, and none for one that is off.", "SCOUTSUITE-940", "inferred"),
    ("asset-policies", "A place without a binding has no row in a search of policies.", "invented", "invented"),
    ("asset-fresh", "The emulator's inventory is never behind; Google's may be.", "invented", "invented"),
    ("asset-effective", "Effective policies go from the resource up to the place that is searched, and no further; 20 names at most.", "GAPIC-ASSET", "primary"),
    ("iam-federated", "principalSet members match a pool, an attribute or a group of a federated identity.", "google-github-actions/auth", "primary"),
    ("iam-roles-table", "What predefined roles hold follows a dump of 2026-08-22, cut to the services used here.", "IAMDS", "secondary"),
    ("iam-policy-version", "A reader below version 3 sees conditional roles under a mangled name and no condition.", "IAMD:allow-policies", "mirrored"),
    ("iam-etag", "A stale etag gets 409 ABORTED; both base64 alphabets are taken.", "IAMD:allow-policies", "mirrored"),
    ("iam-set-replaces", "setIamPolicy replaces the bindings; audit configs change only where the mask names them.", "DISC", "primary"),
    ("iam-set-checks", "A new member that is a missing service account of this world, or an unknown kind, gets 400.", "invented", "invented"),
    ("iam-test-subset", "testIamPermissions answers for the caller alone, with the subset held; none is an empty object.", "DISC", "primary"),
    ("iam-test-bad-name", "One unknown or wildcard permission turns the whole testIamPermissions call into 400.", "DISC", "inferred"),
    ("iam-test-unlisted", "aiplatform.endpoints.setPublisherModelConfig is in no role dump: testIamPermissions rejects or ignores it, as the world says.", "GD:request-response-logging", "conflicting"),
    ("iam-deny-list", "Deny policies are listed under a URL-encoded attachment, without their rules; get shows the rules.", "DISC", "primary"),
    ("sa-impersonation", "generateAccessToken needs iam.serviceAccounts.getAccessToken on the account.", "DISC", "primary"),
    ("sa-create", "A service account can be created once; the second time is 409.", "DISC", "primary"),
    ("federation-exchange", "STS takes an assertion whose issuer and condition fit the provider, and maps its attributes.", "google-github-actions/auth", "primary"),
    # Projects, services, billing.
    ("ancestry", "getAncestry runs from the project up to the organization; without one, the last item is the project or folder.", "DISC", "primary"),
    ("project-create", "A created project belongs to its maker and has a few APIs on.", "invented", "invented"),
    ("services-batch", "batchEnable takes at most 20 ids and is atomic; batchGet takes at most 30 names.", "DISC", "primary"),
    ("services-unknown", "An API that does not exist gets 403 SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED.", "F#20469324253", "field"),
    ("services-billing", "APIs that cost are enabled only with billing: 400 UREQ_PROJECT_BILLING_NOT_FOUND. That aiplatform is one is assumed.", "F#20316262311", "inferred"),
    ("enable-propagation", "An enabled API says ENABLED at once, while requests still get SERVICE_DISABLED for as long as the world says.", "F#49460210042", "field"),
    ("operations", "Calls that change things answer with an operation, done at once or after the world's operation_s.", "DISC", "primary"),
    ("billing-closed", "A closed account stays linked, and billingEnabled is false.", "DISC", "primary"),
    ("billing-link", "Linking needs createBillingAssignment on the project and billing.resourceAssociations.create on the account.", "IAMDS", "secondary"),
    # Organization policies.
    ("orgpolicy-merge", "A policy replaces its parent's unless it inherits; merged, values add up and deny beats allow; reset gives the default back.", "GD:org-policy-hierarchy", "mirrored"),
    ("orgpolicy-values", "is: is left off a value; under: means a part of the hierarchy, in: a group of locations.", "GD:org-policy-hierarchy", "inferred"),
    ("orgpolicy-set", "A policy that resets has no rules and does not inherit; only list constraints inherit.", "DISC", "primary"),
    ("orgpolicy-effective", "The effective policy has no etag, and no rules where the constraint's default holds.", "DISC", "primary"),
    ("orgpolicy-allowed-models", "vertexai.allowedModels refuses a model with 400 FAILED_PRECONDITION.", "GD:control-model-access", "mirrored"),
    ("orgpolicy-count-tokens", "count-tokens is a model of its own to vertexai.allowedModels.", "F#63139573924", "field"),
    ("orgpolicy-features", "Web search and structured outputs are denied by default inside an organization, and free outside one.", "GD:structured-outputs", "mirrored"),
    ("orgpolicy-endpoint", "gcp.restrictEndpointUsage refuses the endpoint whose host is denied with 403; aiplatform.googleapis.com is the global one.", "F#61424486628", "field"),
    ("orgpolicy-service", "gcp.restrictServiceUsage refuses use and enabling of a service with RESOURCE_USAGE_RESTRICTION_VIOLATED.", "GD:use-partner-models", "inferred"),
    # Predictions.
    ("predict-host", "A real host that does not serve the location of the path gets 404.", "invented", "invented"),
    ("predict-early-gates", "Token, API, billing, permission and policy come first, in this order.", "invented", "invented"),
    ("predict-billing", "Without open billing a prediction gets 403 BILLING_DISABLED.", "F#71340865432", "field"),
    ("predict-permission", "aiplatform.endpoints.predict missing gets 403 IAM_PERMISSION_DENIED with resource and permission.", "F#21109077879", "field"),
    ("predict-not-enabled", "A model that is unknown, shut down or not enabled gets one and the same 404.", "F#70125912017", "field"),
    ("predict-shut-down", "A model past its shut-down date gets 404.", "invented", "inferred"),
    ("predict-not-servable", "A single region that does not serve the model gets 400 FAILED_PRECONDITION.", "F#58508477443", "field"),
    ("predict-global-404", "global, us or eu that does not serve the model gets 404.", "F#63086630148", "field"),
    ("predict-data-sharing", "A Fable model without data sharing gets 403 with the text that names the setting.", "F#70443882767", "field"),
    ("predict-addendum", "A Fable model without the safety addendum gets 403; the text is made up.", "GD:abuse-monitoring", "invented"),
    ("predict-order", "Enablement, location, gates, quota and body in the world's check_order: with zero-quota-first an empty bucket answers 429 before enablement.", "F#63086630148", "conflicting"),
    ("predict-stream-array", "Errors of the platform are wrapped in a JSON array on streaming calls.", "F#59293036565", "field"),
    ("predict-versions", "Both vertex-2023-10-16 and 2026-10-21 are taken as anthropic_version; another value gets 404.", "SDKPY", "conflicting"),
    ("predict-model-layer", "A body that passes every gate is judged in Anthropic's error shape: {} is 400 anthropic_version: Field required.", "F#68971384658", "field"),
    ("predict-bare-id", "A model's id is taken with its version, with @default, or bare; another version gets 404.", "F#70125912017", "conflicting"),
    ("predict-too-large", "More than 30 MB gets 400 (seen for Gemini only); a prompt beyond the context gets 413.", "anthropics/anthropic-sdk-python#1028", "field"),
    ("prompt-cache", "A marked prefix that is long enough is written once, and read for as long as it is kept, for one project, location and model.", "GD:prompt-caching", "inferred"),
    ("count-tokens", "count-tokens has its own locations, takes the model in the body, and does not ask for enablement.", "GD:count-tokens", "inferred"),
    ("quota-zero", "A limit of 0, or no row, gets 429 that names metric and base model.", "F#71328654099", "field"),
    ("quota-not-used-up", "A limit above 0 lets every request through, unless the world says that it is used up: the emulator counts none.", "invented", "invented"),
    ("quota-for-all", "A row without base_model holds for every base model that has no row of its own.", "CLOUDQUOTAS-PKG", "primary"),
    ("quota-increase", "quotaIncreaseEligibility and isFixed say whether more may be asked for, as the world says; a false isEligible is left out.", "CLOUDQUOTAS-PKG", "inferred"),
    ("quota-default", "Buckets that a world does not name hold the documented defaults, or 0, or have no row, as the world says.", "F#70939799729", "conflicting"),
    ("quota-lineage", "Newer models share a bucket by lineage on global, us and eu; single regions count them one by one.", "GD:claude/quotas", "mirrored"),
    ("quota-infos", "Quota rows exist for models never enabled; a limit of 0 has no value.", "F#70862306820", "field"),
    ("quota-preference", "A quota preference is granted at once or stays pending, as the world says.", "CLOUDQUOTAS-PKG", "inferred"),
    # Publisher models and their settings.
    ("publisher-get-blind", "Reading a publisher model is blind to project and region.", "F#71017537843", "field"),
    ("publisher-list", "Publisher models are listed in v1beta1 only.", "DISC", "primary"),
    ("enable-model", "enableModel succeeds where the world's prerequisites are done; the permission asked for is made up.", "GD:reference", "invented"),
    ("config-mask", "setPublisherModelConfig with an empty mask replaces the whole config.", "DISC", "primary"),
    ("config-permission", "Setting needs the documented permission, held by aiplatform.admin; fetching needs aiplatform.endpoints.get, which is made up.", "GD:request-response-logging", "conflicting"),
    # The emulator itself.
    ("not-served", "What the emulator does not serve gets 404 and says so, never a 5xx.", "CLIENTS-2026-11-22", "invented"),
    ("faults", "A world's faults break answers by pattern, a number of times.", "invented", "invented"),
    ("bigquery-tables", "A table inherits its dataset's default expirations when it is made; with one for partitions, that for tables does not act on a partitioned table. An expired table is gone.", "DISC", "primary"),
    ("bigquery-access", "A dataset's access list gives roles on the dataset, beside the policies of the project and above.", "DISC", "primary"),
    ("bigquery-datasets", "Datasets can be read, made and changed; errors carry Google's old list as well.", "CLIENTS-2026-11-22", "field"),
)  # fmt: skip

BEHAVIOURS: tuple[Behaviour, ...] = tuple(Behaviour(*row) for row in _ROWS)
