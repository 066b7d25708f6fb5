"""The VX1xx rules: what can be wrong with a config file itself. Their docs are what ``vxsetup explain VX1..`` prints.

They are rules without functions: the config room finds these faults while it reads, and makes findings with ``fault``.
"""

from __future__ import annotations

from vxsetup.findings import ConfigPath, Evidence, Finding, Fix, Rule, RuleDocs, Rung, Severity, Span, Verdict

_FILE_ONLY = "The config file, and the files that it extends. Nothing is read from the cloud."
_YAML12 = "https://yaml.org/spec/1.2.2/"
_SCHEMA = "vxsetup schema project"
FIRST_CONFIG = "Write a first config with `vxsetup init`, or start from an example: `vxsetup demo` runs one."


def _rule(
    number: int, name: str, good: str, why: str, judged: str, fix: str, *refs: str, weight: Severity = Severity.ERROR
) -> Rule:
    docs = RuleDocs(good, why, judged, _FILE_ONLY, fix, refs)
    return Rule(f"VX{number}", name, weight, Rung.DECLARED, docs, offline=True)


SYNTAX = _rule(
    101,
    "syntax-error",
    "The file is well-formed YAML 1.2 or JSON.",
    "A file that cannot be parsed says nothing: every later check would be about a guess.",
    "libyaml parses the text; the first place where it cannot go on is reported with its line and column. What follows "
    "that place is not judged in this run.",
    "Most often it is a tab, a quote or bracket that is never closed, or a line that is indented differently from its "
    "neighbours. Correct the place that is underlined and run `vxsetup validate` again.",
    _YAML12,
)
ENCODING = _rule(
    102,
    "bad-characters",
    "The file is UTF-8 text without invisible control characters.",
    "Other encodings turn names into different names without a sign, and invisible characters (direction marks, escape "
    "sequences, odd line breaks) make a file that a person reviews differ from the file that a program reads.",
    "The bytes are decoded as UTF-8, with or without a byte-order mark. Control characters other than tab and line "
    "break, direction overrides, and the line breaks U+0085, U+2028 and U+2029 are refused wherever they stand.",
    "Save the file as UTF-8 in your editor. Delete the character that is named, or write it as an escape in double "
    "quotes where a text really needs it.",
    "https://trojansource.codes/",
    _YAML12,
)
EMPTY = _rule(
    103,
    "empty-document",
    "The file holds a configuration.",
    "An empty file asks for nothing, so every check of it would pass; it is nearly always a file that was not saved.",
    "The file is empty, or holds nothing but comments.",
    FIRST_CONFIG,
)
MANY = _rule(
    104,
    "several-documents",
    "The file holds exactly one YAML document.",
    "Readers differ on what a second document means, and many silently ignore all but the first.",
    "A second document begins with a line `---`, or follows a line `...`.",
    "Put each project into a file of its own, or use `environments` for variants of one project.",
    _YAML12,
)
DUPLICATE = _rule(
    105,
    "duplicate-key",
    "Each key stands once in its mapping.",
    "Most parsers keep the last of two equal keys and say nothing, so one of the two lines is silently without effect.",
    "Two keys of one mapping are equal. Both places are shown; the rest of the file is judged with the first.",
    "Delete one of the two, or merge what stands below them.",
    _YAML12,
)
ALIAS = _rule(
    106,
    "alias-refused",
    "Every value stands where it is used: no aliases (`*name`), no merge keys (`<<`).",
    "A finding, a suppression and a fix each need one place; a value that is used twice has two. Nested aliases can also "
    "grow a small file to billions of values. Merge keys are not part of YAML 1.2, and editors read them differently.",
    "Any alias or plain `<<` key is reported. An anchor (`&name`) that nobody refers to is harmless.",
    "Write the value out. For what several projects share use `extends`; for variants of one project use "
    "`environments`.",
    _YAML12,
)
TAG = _rule(
    107,
    "tag-refused",
    "Values carry no YAML tags (`!name`, `!!type`).",
    "A tag asks the reader to build something other than text, numbers, lists and mappings. Some readers run code for "
    "it; JSON and most editors do not know it.",
    "Any explicit tag is reported where it stands.",
    "Delete the tag. To force text, quote the value.",
    _YAML12,
)
TOO_LARGE = _rule(
    108,
    "document-too-large",
    "The file has the size and depth of a configuration.",
    "Limits keep a run short and its memory flat, also for a file from a stranger's pull request.",
    "More than 32 levels of nesting, 20,000 values in a file, 200,000 values over all environments after merging, or "
    "16 files that extend one another. At most 200 faults are shown for one file.",
    "Split the file: one file for each project, and `extends` for what they share.",
)
SURPRISE = _rule(
    109,
    "ambiguous-scalar",
    "Every plain value means the same to YAML 1.1 and YAML 1.2 readers.",
    "`no`, `on`, `0777`, `12:30`, `1_000` and `1e3` are a truth value, an octal number, a time or a number to one reader "
    "and something else to the next. The editor that checked the file may have seen another value than the program.",
    "Plain scalars are read by the core schema of YAML 1.2. Where YAML 1.1 would give another value, the place is "
    "reported with both readings. Where the value then also has the wrong type, only that fault is reported.",
    "Write `true` or `false`, write numbers in plain decimal digits, and put quotes around text.",
    "https://yaml.org/spec/1.2.2/#103-core-schema",
    "https://yaml.org/type/",
    weight=Severity.WARNING,
)
UNKNOWN_KEY = _rule(
    110,
    "unknown-key",
    "Every key is one that vxsetup knows.",
    "A misspelt key would be ignored, and the file would seem to ask for something that is never checked or applied.",
    "The schema lists the keys of each mapping. A key beside them is reported, with the nearest one that is meant to "
    "stand there, or the place where this key belongs.",
    "Rename or move the key as suggested, or delete it. `vxsetup schema project` prints every key with its meaning.",
    _SCHEMA,
)
WRONG_TYPE = _rule(
    111,
    "wrong-type",
    "Every value has the type that its key asks for.",
    "A number where text belongs loses leading zeros; text where a list belongs would be read letter by letter.",
    "The schema names the type of each value. Whole numbers may be written 60 or 60.0.",
    "Write the value as the message shows: in quotes, in brackets, or as true or false.",
    _SCHEMA,
)
MISSING_KEY = _rule(
    112,
    "missing-key",
    "Every mapping has the keys that it cannot do without.",
    "There is no sensible default for a project id, the id of a model, or the reason of a suppression.",
    "The schema lists the required keys. With `environments` or `extends` only the merged result must have them; the "
    "message then says which environment lacks one.",
    "Add the key. The message shows an example value.",
    _SCHEMA,
)
BAD_VALUE = _rule(
    113,
    "bad-value",
    "Every value has the form that Google Cloud and vxsetup accept.",
    "A malformed id fails only at the end of a long run, with an error that names neither the file nor the line; an id "
    "with a slash or a control character could even address another resource.",
    "The schema gives the allowed values, patterns, ranges and lengths. Models, locations, features and clients are not "
    "closed lists: what has the right form is accepted here, and judged against the dated catalogue and the cloud later.",
    "Write the value in the form that the message describes.",
    _SCHEMA,
    "https://cloud.google.com/resource-manager/docs/creating-managing-projects",
)
VERSION = _rule(
    114,
    "unsupported-version",
    "`version` is 1, the version of the file format that this vxsetup reads.",
    "A later format may give old keys another meaning; guessing would be worse than refusing.",
    "`version` must be the number 1.",
    "Write `version: 1`. If the file was made for a later format, install a later vxsetup.",
    _SCHEMA,
)
KEY_NOT_TEXT = _rule(
    115,
    "key-not-text",
    "Every key is text.",
    "YAML allows numbers, truth values, lists and mappings as keys; JSON does not, and readers convert them differently.",
    "A plain key that YAML 1.2 reads as a number, a truth value or nothing, or a key that is itself a list or mapping.",
    "Put the key in quotes.",
    _YAML12,
)
REPEATED = _rule(
    116,
    "repeated-entry",
    "Each model is asked for once at a location, and each member has one entry.",
    "Of two entries about the same thing a reader cannot say which one counts: both are checked, and a later edit of one "
    "leaves the other in force.",
    "Two entries of `models` name the same id and the same location, or two entries of `access` the same member with the "
    "same role. Ids are compared as they are written.",
    "Merge the two entries into one.",
    weight=Severity.WARNING,
)
EXTENDS = _rule(
    120,
    "extends-unreadable",
    "The file named by `extends` exists beside this one and is a vxsetup config.",
    "Without its base a file asks for less than it seems to.",
    "`extends` is a relative path with forward slashes, from the folder of the file that says it, to a .yaml, .yml or "
    ".json file that has a `version` key. Anything else is refused without showing what is in it.",
    "Correct the path. Paths start at the folder of the file that says `extends`.",
)
EXTENDS_CYCLE = _rule(
    121,
    "extends-cycle",
    "No file extends itself, directly or through others.",
    "A cycle has no first file to start from.",
    "The chain of files is followed; a file that is already in it is a cycle, and every link of it is shown.",
    "Remove one of the links. What both files need belongs into a third file that neither of them is.",
)
REMOVES_NOTHING = _rule(
    122,
    "null-removes-nothing",
    "A null in an environment, or in a file with `extends`, removes a key that is there.",
    "A null that removes nothing is most often a misspelt key, and what it was meant to remove stays.",
    "While merging, a null stands at a key that the files and levels below do not have.",
    "Correct the key, or delete the line.",
    weight=Severity.WARNING,
)
EXPIRED = _rule(
    130,
    "suppression-expired",
    "No suppression is past its date.",
    "An exception with an end was a promise: after its last day the finding counts again, so that it is looked at.",
    "`expires` is compared with the day of the run (`--now`); a suppression still holds on that day itself.",
    "Repair what the rule reports and delete the suppression, or give it a new reason and date.",
    weight=Severity.WARNING,
)
UNUSED = _rule(
    131,
    "suppression-unused",
    "Every suppression hides something.",
    "A suppression without a finding hides the next, unrelated fault of the same kind.",
    "The rule was judged in this run, in every environment that has the suppression, and nothing that failed matches. "
    "Where the rule was not judged (offline, or other commands) nothing is said.",
    "Delete the suppression.",
    weight=Severity.WARNING,
)
NO_SUCH_RULE = _rule(
    132,
    "suppression-of-no-rule",
    "Every suppression names a rule that exists.",
    "A suppression of a rule that does not exist has no effect, while its author believes that it has.",
    "`rule` is compared with the ids and names of all rules of this version.",
    "Correct the id or name; `vxsetup rules` lists them.",
    "vxsetup rules",
    weight=Severity.WARNING,
)

RULES: tuple[Rule, ...] = (
    SYNTAX,
    ENCODING,
    EMPTY,
    MANY,
    DUPLICATE,
    ALIAS,
    TAG,
    TOO_LARGE,
    SURPRISE,
    UNKNOWN_KEY,
    WRONG_TYPE,
    MISSING_KEY,
    BAD_VALUE,
    VERSION,
    KEY_NOT_TEXT,
    REPEATED,
    EXTENDS,
    EXTENDS_CYCLE,
    REMOVES_NOTHING,
    EXPIRED,
    UNUSED,
    NO_SUCH_RULE,
)


def fault(
    rule: Rule,
    message: str,
    span: Span,
    fix: Fix | str | None = None,
    *,
    path: ConfigPath = (),
    related: tuple[Span, ...] = (),
    says: str = "",
    source: str = "",
    environment: str | None = None,
) -> Finding:
    """The finding for one fault of a document.

    ``source`` and ``says`` tell which text or standard it breaks, and what that says; by default the file, and the
    rule's own sentence about the good state.
    """
    evidence = Evidence(Rung.DECLARED, source or span.file, says or rule.docs.good)
    return Finding(
        rule=rule.id,
        name=rule.name,
        verdict=Verdict.FAIL,
        severity=rule.severity,
        message=message,
        subject=span.file,
        span=span,
        related=related,
        evidence=(evidence,),
        fix=Fix(fix) if isinstance(fix, str) else fix,
        environment=environment,
        config_path=path,
    )
