"""Words that hands know from other tools (terraform, gcloud, gh, linters), and what says the same here.

They are read only when a word is unknown, to answer it; none of them is a second name for anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

COMMANDS = {
    "help": "vxsetup --help, or vxsetup COMMAND --help",
    "version": "vxsetup --version",
    "lint": "vxsetup validate",
    "fmt": "vxsetup validate says where a config is wrong; none is rewritten",
    "format": "vxsetup validate says where a config is wrong; none is rewritten",
    "test": "vxsetup check, or vxsetup smoke --send for a real request",
    "verify": "vxsetup check",
    "scan": "vxsetup check",
    "status": "vxsetup check, or vxsetup drift for what changed since",
    "diff": "vxsetup plan for what has to change, vxsetup drift for what changed since",
    "refresh": "nothing is kept that could be refreshed: plan, check and drift read the cloud anew",
    "show": "vxsetup plan shows what has to change; vxsetup apply PLAN shows a saved plan before it asks",
    "import": "what is there already needs no import: vxsetup plan leaves it as it is",
    "adopt": "what is there already needs no import: vxsetup plan leaves it as it is",
    "state": "vxsetup drift says what is not as the journal has it",
    "undo": "vxsetup destroy --dry-run shows what it would take back",
    "rollback": "vxsetup destroy --dry-run shows what it would take back",
    "delete": "vxsetup destroy --dry-run shows what it would take back",
    "remove": "vxsetup destroy --dry-run shows what it would take back",
    "login": "gcloud auth application-default login; vxsetup doctor says what is found",
    "auth": "gcloud auth application-default login; vxsetup doctor says what is found",
    "new": "vxsetup init",
    "create": "vxsetup init, then vxsetup plan",
    "setup": "vxsetup init, then vxsetup plan",
    "run": "vxsetup check; vxsetup smoke --send for a real request, vxsetup emulator run for the emulator",
    "output": "vxsetup emit prints settings for clients",
    "export": "vxsetup emit prints settings for clients",
    "generate": "vxsetup emit prints settings for clients",
    "env": "vxsetup emit env",
    "config": "vxsetup init writes a config, vxsetup emit the settings of clients",
    "fix": "vxsetup doctor --fix for this machine, vxsetup plan for the project",
    "list": "vxsetup models, vxsetup rules, vxsetup emit --list",
    "quota": "vxsetup check judges quotas; vxsetup explain quota-zero tells of them",
}
"""A command of another tool -> the command here, or why there is none."""

OPTIONS = {
    "--json": ("--format", "--format json"),
    "--out": ("--output", "--output"),
    "--outfile": ("--output", "--output"),
    "--auto-approve": ("--yes", "--yes"),
    "--approve": ("--yes", "--yes"),
    "--assume-yes": ("--yes", "--yes"),
    "--non-interactive": ("--yes", "--yes"),
    "--region": ("--location", "--location"),
    "--zone": ("--location", "--location"),
    "--environment": ("--env", "--env"),
    "--project-id": ("--project", "--project"),
    "--detailed-exitcode": ("--exit-code", "--exit-code"),
    "--no-color": ("--color", "--color never"),
    "--no-colour": ("--color", "--color never"),
    "--colour": ("--color", "--color"),
    "--debug": ("--verbose", "--verbose"),
    "--silent": ("--quiet", "--quiet"),
    "--billing-project": ("--quota-project", "--quota-project"),
    "--strict": ("--fail-on", "--fail-on warning"),
}
"""An option of another tool -> the option here, and how it is written. It is named only where the command has it."""

PREFIX = "VXSETUP_"
VARIABLES = frozenset(
    [
        "ALL",
        "BASELINE",
        "CATALOG",
        "CLOUD_ASSET",
        "COLOR",
        "CONFIG",
        "CONTEXT",
        "COUNT_TOKENS",
        "DEADLINE",
        "EMULATE",
        "EMULATE_STATE",
        "EMULATOR_HOST",
        "EMULATOR_TOKEN",
        "ENDPOINT",
        "ENV",
        "ERROR",
        "EVENTS",
        "EXIT_CODE",
        "EXIT_ZERO",
        "FACTS",
        "FAIL_ON",
        "FEATURE",
        "FITS",
        "FORMAT",
        "HAND_OVER",
        "IMPERSONATE_SERVICE_ACCOUNT",
        "JOBS",
        "LIST",
        "LIVE",
        "LOCATION",
        "MAX_AGE",
        "MODEL",
        "NOW",
        "OFFLINE",
        "OUT",
        "OUTPUT",
        "PORT",
        "PROBE",
        "PROJECT",
        "PROJECT_NUMBER",
        "QUIET",
        "QUOTA_PROJECT",
        "RECORD",
        "REPORT",
        "SAVE",
        "SHARD",
        "SINCE",
        "STATE",
        "STREAM",
        "TARGET",
        "TROUBLESHOOT",
        "UNKNOWN",
        "VERBOSE",
        "WAIT",
    ]
)
"""What may follow ``VXSETUP_`` in a variable: the options of all commands, and the two of the emulator's clients. Held here
so that no command need be imported to know them; a test compares."""


def misspelt(names: Iterable[str]) -> dict[str, str]:
    """Variables that nothing reads and that differ by a slip from one that is read -> that one.

    A slip here is silent otherwise: ``VXSETUP_FAILON=warning`` would leave a gate as lax as it was.
    """
    unknown = [name for name in names if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in VARIABLES]
    if not unknown:
        return {}
    import difflib

    joined = {name.replace("_", ""): name for name in sorted(VARIABLES)}
    found = {}
    for name in sorted(unknown):
        word = name.removeprefix(PREFIX).upper().replace("_", "")
        near = difflib.get_close_matches(word, joined, n=1, cutoff=0.84)
        if near and name.isprintable():
            found[name] = PREFIX + joined[near[0]]
    return found


def command_for(word: str) -> str | None:
    """What to call instead of a command that another tool has."""
    return COMMANDS.get(word.lower())


def option_for(name: str, options: Collection[str], typed: Sequence[str]) -> str | None:
    """What to write instead of an option that the command does not have.

    ``name`` is the unknown one as the parser saw it, ``options`` are all that the command has, ``typed`` the words of the
    command line: in Terraform's manner, ``-out=x``, only the first letter after the hyphen was seen.
    """
    long = name
    if len(name) == 2:
        whole = next((word for word in typed if word.startswith(name) and len(word) > 2), "")
        long = "-" + whole.partition("=")[0] if whole else name
    if long != name and long in options:
        return long
    needed, written = OPTIONS.get(long, ("", ""))
    return written if needed in options else None
