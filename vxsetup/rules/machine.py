"""VX810 to VX849: this machine and its client files. Rules without functions: ``doctor`` finds these faults while it reads."""

from __future__ import annotations

from vxsetup.findings import Rule, RuleDocs, Rung, Severity

_CREDENTIALS = "Variables, the files that Application Default Credentials are looked for in, and one fetch of a token."
_NETWORK = "One request without a token to each host that the config or a client file leads to."
_SETTINGS = "Variables of this shell, .env files, settings of clients, compose and workflow files. Values that may be secret are never shown."
_VERSIONS = "The versions that clients on this machine and in this folder say they have."


def _rule(
    number: int,
    name: str,
    good: str,
    why: str,
    judged: str,
    reads: str,
    fix: str,
    *refs: str,
    weight: Severity = Severity.ERROR,
) -> Rule:
    return Rule(f"VX{number}", name, weight, Rung.DECLARED, RuleDocs(good, why, judged, reads, fix, refs), offline=True)


_WARN = Severity.WARNING

CREDENTIALS_MISSING = _rule(
    810,
    "credentials-missing",
    "Application Default Credentials can be found on this machine.",
    "Every client of Claude on Vertex AI asks for them; without them nothing reaches Google.",
    "Looks where google-auth looks: GOOGLE_APPLICATION_CREDENTIALS, the file of the gcloud login, the metadata server of "
    "Google's own machines. A variable that names a missing file or a folder counts as missing.",
    _CREDENTIALS,
    "Run gcloud auth application-default login, or let GOOGLE_APPLICATION_CREDENTIALS name the file.",
    "GOOGLE-AUTH",
)
CREDENTIALS_BROKEN = _rule(
    811,
    "credentials-unusable",
    "The credentials file is one that Google's libraries can read.",
    "GOOGLE_APPLICATION_CREDENTIALS must hold a path: the JSON itself, pasted into it, is taken for a file name.",
    "The file must be JSON with a known `type` and the fields of that type. A value that begins with { is told apart.",
    _CREDENTIALS,
    "Write the JSON to a file that only you can read, and let the variable name that file.",
    "GOOGLE-AUTH",
    "EMIT",
)
CREDENTIALS_EXPIRED = _rule(
    812,
    "credentials-expired",
    "The credentials give a token, and the token is good for the cloud-platform scope.",
    "A login lapses, a key is deleted, a pasted token lives for an hour; clients tell each of it in other words.",
    "One token is fetched, as a client would. Offline this is not looked at.",
    _CREDENTIALS,
    "Log in again: gcloud auth application-default login.",
    "GOOGLE-AUTH",
)
CREDENTIALS_OUTRANKED = _rule(
    813,
    "credentials-not-those-meant",
    "One source of credentials is set, or the one that wins is the one that is meant.",
    "GOOGLE_APPLICATION_CREDENTIALS outranks the gcloud login, and what gcloud is told to impersonate holds for gcloud "
    "alone: a client then runs as another principal than gcloud does, which lacks the role.",
    "Warns where a key file outranks a login of a person that is there too, and where gcloud impersonates a service "
    "account and the credentials of clients do not.",
    _CREDENTIALS,
    "Unset the one that is not meant, or run gcloud auth application-default login --impersonate-service-account=EMAIL.",
    "GOOGLE-AUTH",
    "CCD",
    weight=_WARN,
)
QUOTA_PROJECT = _rule(
    814,
    "quota-project-differs",
    "User credentials carry the project as their quota project.",
    "Some clients send the quota project of the login as x-goog-user-project, and one even takes it for the project. "
    "Management APIs ask for one. A quota project of another team is then billed, or refuses.",
    "Compares `quota_project_id` in the file of the login, and GOOGLE_CLOUD_QUOTA_PROJECT, with the project of the config.",
    _CREDENTIALS,
    "Run gcloud auth application-default set-quota-project PROJECT.",
    "WIRE",
    "F#68855632559",
    weight=_WARN,
)
CLOCK = _rule(
    815,
    "clock-skew",
    "The clock of this machine agrees with Google's.",
    "A token is signed with the time of this machine; a clock that is minutes off makes it invalid, and the error says "
    "so in words that suggest a wrong key.",
    "Compares the Date header of an answer with this machine's clock: a minute off is a warning, five minutes an error.",
    _NETWORK,
    "Set the clock, for example with timedatectl set-ntp true.",
    "GOOGLE-AUTH",
)
UNREACHABLE = _rule(
    816,
    "host-unreachable",
    "Every host that the config needs can be reached.",
    "A firewall, a proxy or a missing certificate shows in each client in another way, often as a slow hang.",
    "Asks by HTTP, since DNS answers for every name under googleapis.com. A 401 in JSON says that the route exists.",
    _NETWORK,
    "Open the host, set HTTPS_PROXY, or trust the certificate of the proxy, as the message says.",
    "F#71017537843",
    "EMIT",
)
WRONG_HOST = _rule(
    817,
    "host-does-not-exist",
    "Every address in the settings leads to a host that serves Vertex AI.",
    "eu-aiplatform.googleapis.com and global-aiplatform.googleapis.com resolve and answer, with a web page that says 404.",
    "A web page of status 404 in place of JSON means that no API lives there.",
    _NETWORK,
    "Use aiplatform.eu.rep.googleapis.com, aiplatform.us.rep.googleapis.com, aiplatform.googleapis.com, or "
    "REGION-aiplatform.googleapis.com.",
    "EMIT",
    "SEED",
)
PROXY = _rule(
    818,
    "proxy-settings",
    "Proxy and certificate variables agree with one another and name what exists.",
    "Clients read different ones of them: a bundle that is missing stops Python, one that only Python knows stops Node.",
    "Looks at the spelling in both cases, at addresses that are none, at certificate files that are not there, and at a "
    "bundle for Python without one for Node.",
    _SETTINGS,
    "Set each variable to the same value, and each file to one that exists.",
    "NODE",
    "EMIT",
    weight=_WARN,
)
TOO_OLD = _rule(
    819,
    "client-too-old",
    "Every installed client can do what the config asks of it.",
    "Older clients build a wrong host for global, us and eu, most often with a 404 that reads like a missing model.",
    "Compares installed and pinned versions with the least version for each kind of location.",
    _VERSIONS,
    "Update the client to the version that is named.",
    "EMIT",
    "WIRE",
)
MISSPELT = _rule(
    820,
    "variable-misspelt",
    "Every variable has a name that a client reads.",
    "A misspelt variable is ignored in silence, and a default takes its place.",
    "Names that look like those of the clients are compared with the names that the clients read.",
    _SETTINGS,
    "Rename the variable as suggested.",
    "EMIT",
    weight=_WARN,
)
CLASH = _rule(
    821,
    "variables-clash",
    "All variables that name the project, or the location, name the same one.",
    "Each client reads others of them, and which wins differs by client and version: one shell then talks to two projects.",
    "Compares ANTHROPIC_VERTEX_PROJECT_ID, GOOGLE_CLOUD_PROJECT, GCLOUD_PROJECT, VERTEXAI_PROJECT and their like within "
    "one place, and the shell with the settings file.",
    _SETTINGS,
    "Set them all to one value, or unset those that no client here reads.",
    "CCD",
    "WIRE",
    weight=_WARN,
)
NO_LOCATION = _rule(
    822,
    "location-missing",
    "Where a client is told its project it is told its location, too.",
    "Clients have defaults of their own: us-east5, us-central1, global, or the word `undefined` in an address.",
    "A place that sets a client's project and none of the location variables that this client reads.",
    _SETTINGS,
    "Set the location variable that is named.",
    "EMIT",
    "WIRE",
)
PROVIDERS = _rule(
    823,
    "provider-clash",
    "One provider is switched on for Claude Code.",
    "Bedrock, Foundry and others outrank Vertex AI, and Vertex AI outranks ANTHROPIC_BASE_URL: requests go elsewhere than meant.",
    "Looks for several CLAUDE_CODE_USE_… switches, and for a custom ANTHROPIC_BASE_URL beside CLAUDE_CODE_USE_VERTEX.",
    _SETTINGS,
    "Unset the switches that are not meant; in settings.json write them as 0 in quotes, as vxsetup emit does.",
    "CC",
    "EMIT",
)
NOT_ACTIVE = _rule(
    824,
    "vertex-not-switched-on",
    "Where Claude Code is set up for Vertex AI, CLAUDE_CODE_USE_VERTEX is on.",
    "Without the switch it asks for a login at Anthropic, whatever else is set; with it, /login and /logout are gone.",
    "A settings file of Claude Code with variables of Vertex AI and no switch, or with one that is off. An editor's "
    "extension that has no variables of its own counts too.",
    _SETTINGS,
    'Set CLAUDE_CODE_USE_VERTEX to "1" in the same place.',
    "CCD",
    "CC",
)
BASE_URL = _rule(
    825,
    "base-url-shape",
    "An override of the address ends where its client goes on.",
    "Four shapes are in use: with /v1, without, and two that go down to the models. A wrong one doubles or loses a part "
    "of the path and ends in a 404.",
    "Compares the path of each override with the shape that its client expects.",
    _SETTINGS,
    "Write the address as the message shows, or delete it: Google's hosts need no override.",
    "WIRE",
    "EMIT",
)
HOST_LOCATION = _rule(
    826,
    "host-and-location-disagree",
    "The host in an override serves the location that is set beside it.",
    "An override changes the host alone; the location in the path stays, and the two together lead nowhere, or out of "
    "the geography that is meant.",
    "Compares the host of an override with that of the location.",
    _SETTINGS,
    "Delete the override, or set the host of the location.",
    "SEED",
    "WIRE",
)
EMPTY = _rule(
    827,
    "variable-empty",
    "No variable that a client reads is set to nothing.",
    "An empty address is an address to the Python SDK, and fails; an empty location hides a default.",
    "Variables that are there and empty; those that switch a rival provider off are meant so.",
    _SETTINGS,
    "Delete the line.",
    "WIRE",
    weight=_WARN,
)
NOT_READ = _rule(
    828,
    "variable-of-another-client",
    "The variables in a client's own file are those that this client reads.",
    "Names differ from client to client: opencode passes over GOOGLE_VERTEX_PROJECT, LiteLLM over VERTEX_LOCATION.",
    "Variables beside a client's own config that only other clients read, while its own are missing.",
    _SETTINGS,
    "Set the name that is suggested.",
    "EMIT",
    "WIRE",
)
SECRET = _rule(
    829,
    "secret-in-settings",
    "Settings hold no token, no key and no password.",
    "An access token that is pasted runs out after an hour, a key in a file is copied with the file, and Vertex AI takes "
    "no API key for Claude.",
    "Values that have the form of an access token, an API key or a private key. They are never shown.",
    _SETTINGS,
    "Delete it, and let the client use Application Default Credentials.",
    "EMIT",
    "GOOGLE-AUTH",
    weight=_WARN,
)
SHAPE = _rule(
    830,
    "settings-shape",
    "Every settings file can be read, and has the shape that its client expects.",
    "A file that does not parse is passed over in silence, and so is a number where text belongs.",
    "Parses the file; variables must be text; a managed settings file of Claude Code hides those of the user in some "
    "versions.",
    _SETTINGS,
    "Write the value as the message shows.",
    "CC",
    "EMIT",
)
DIFFERS = _rule(
    831,
    "settings-differ-from-config",
    "Client settings name the project, the locations and the models of the config.",
    "What was checked and made ready is what the config asks for; a client with other settings meets other quotas and gates.",
    "Compares the settings with every environment of the config: what none of them has is told.",
    "The config, and what the settings say.",
    "Change the setting, or add to the config what is meant: vxsetup emit writes settings that agree.",
    "VXSETUP",
    weight=_WARN,
)
RESIDENCY = _rule(
    832,
    "settings-break-residency",
    "No client setting lets a request leave the residency of the config.",
    "A default, a fallback or a gateway setting moves requests to another geography without a sign.",
    "Compares each location that settings lead to with `residency`; knows the clients that fall back by themselves "
    "(goose), and the LiteLLM settings that rewrite a location.",
    "The config, and what the settings say.",
    "Set a location inside the residency, and leave out what falls back.",
    "EMIT",
    "SEED",
)
CONTAINER = _rule(
    833,
    "container-incomplete",
    "A container that calls Vertex AI gets the credentials and the variables that it needs.",
    "The file is mounted and the variable that names it is not set, or the other way round; or a file is mounted over a "
    "folder. It works on the laptop and not in the container.",
    "Reads the volumes and the environment of each service that has a variable of Vertex AI or the credentials.",
    "compose and workflow files.",
    "Mount the file, and set GOOGLE_APPLICATION_CREDENTIALS, the project and the location in the same service.",
    "EMIT",
    weight=_WARN,
)
MODEL_ID = _rule(
    834,
    "client-model-id",
    "Model ids in client settings are those of Vertex AI.",
    "Ids of the Claude API or of Bedrock, and the short names of clients, lead to a 404 or to a version that is not enabled.",
    "Compares ids with the catalogue; short names (sonnet) stand for whatever the version of the client has in its table. "
    "Ids of models that were shut down fail too.",
    _SETTINGS,
    "Write the id that is suggested.",
    "EMIT",
    "GD:claude",
)
HIDDEN_MODEL = _rule(
    835,
    "hidden-model-not-pinned",
    "The models that a client uses by itself are pinned to models of the config.",
    "Claude Code asks a small model in the background. If that one is not enabled or has no quota, tools seem to hang.",
    "A place that switches Claude Code to Vertex AI and does not set ANTHROPIC_DEFAULT_HAIKU_MODEL.",
    _SETTINGS,
    "Set ANTHROPIC_DEFAULT_HAIKU_MODEL to a model that the project has enabled.",
    "CC",
    "CCD",
    weight=_WARN,
)
SAMPLING = _rule(
    836,
    "client-sends-refused-settings",
    "A client sends no setting that its model refuses.",
    "Claude Opus 4.7 and later refuse temperature, top_p and top_k; gateways add them by default.",
    "Compares settings in LiteLLM's config with what the model refuses, unless drop_params is on.",
    _SETTINGS,
    "Remove the setting, or set litellm_settings.drop_params: true.",
    "LITELLM",
    "AISDK",
)
TRANSPORT = _rule(
    837,
    "wrong-transport",
    "Claude is asked through Anthropic's publisher.",
    "The path of Gemini (publishers/google, generateContent) and the OpenAI-compatible one do not serve Claude; their "
    "errors blame the model, the quota or the region.",
    "Looks for models of Claude behind the prefixes of other providers, and for addresses with endpoints/openapi.",
    _SETTINGS,
    "Use the client's own provider for Claude on Vertex AI, as the message shows.",
    "EMIT",
    "SEED",
)
CANNOT = _rule(
    838,
    "client-cannot",
    "Every client in use has a way to Claude on Vertex AI as the config asks for it.",
    "Some clients have none, some need a service-account key where the organization forbids keys, some know no multi-region.",
    "Knows by table which client lacks what; a key that is asked for is told.",
    _SETTINGS,
    "Use another client, or a gateway such as the LiteLLM proxy.",
    "EMIT",
    weight=_WARN,
)

RULES: tuple[Rule, ...] = tuple(
    sorted((one for one in list(globals().values()) if isinstance(one, Rule)), key=lambda rule: rule.id)
)
