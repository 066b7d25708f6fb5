"""Masks what must not be shown again: tokens, keys, passwords in addresses, e-mail addresses of people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SECRETS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("PRIVATE KEY",),
        r"(?s)-----BEGIN[A-Z ]{0,40}PRIVATE KEY-----.{0,8000}?(?:-----END[A-Z ]{0,40}PRIVATE KEY-----|$)",
        "<private key>",
    ),
    (("ya29", "1//0"), r"\b(?:ya29|1//0)[\w./-]{8,4096}", "<token>"),
    (("eyJ",), r"\beyJ[\w-]{8,4096}(?:\.[\w-]{0,4096}){0,4}", "<token>"),
    (("eyj",), r"\beyj[\w-]{16,4096}\.[\w-]{8,4096}(?:\.[\w-]{0,4096}){0,3}", "<token>"),
    (("AIza", "aiza"), r"(?i)\baiza[\w-]{10,100}", "<key>"),
    (("sk-", "pk-", "rk-"), r"\b(?:sk|pk|rk)-[\w-]{8,300}", "<key>"),
    (
        ("ghp_", "gho_", "ghr_", "ghs_", "ghu_", "github_pat_", "glpat-", "xox"),
        r"(?<![^\W_])(?:gh[oprsu]_|github_pat_|glpat-|xox[abprs]-)[\w-]{8,300}",
        "<token>",
    ),
    (("GOCSPX", "gocspx"), r"(?i)\bGOCSPX-[\w-]{8,100}", "<key>"),
    (("AKIA", "ASIA", "akia"), r"(?<![^\W_])(?:(?:AKIA|ASIA)[A-Z0-9]{12,20}|akia[a-z0-9]{16})\b", "<key>"),
    (("AQ.", "aq."), r"\b(?:AQ|aq)\.[\w-]{16,300}", "<key>"),
    (("4/0",), r"\b4/0[\w-]{16,300}", "<token>"),
    (("k_live_", "k_test_"), r"\b[prs]k_(?:live|test)_\w{8,300}", "<key>"),
    (("ignature",), r"(?i)((?:x-goog-)?signature=)[0-9a-f]{16,4096}", r"\1<secret>"),
    (
        ("uthorization", "AUTHORIZATION"),
        (
            r"(?i)(authorization\\{0,4}[\"']?\s{0,3}[:=]\s{0,3}\[?\s?\\{0,4}[\"']?)"
            r"(?:token|apikey|negotiate|aws4-hmac-sha256)\s[^\r\n\"']{4,4096}"
        ),
        r"\1<secret>",
    ),
    (
        ("igest ", "DIGEST "),
        r"(?i)(authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?digest)\s[^\r\n]{4,4096}",
        r"\1 <secret>",
    ),
    (
        ("-----END",),
        r"(?<![A-Za-z0-9+/=\\\s])[A-Za-z0-9+/=\\\s]{16,8000}-----END[A-Z ]{0,40}PRIVATE KEY-----",
        "<private key>",
    ),
    (
        ("assword", "assphrase", "PASSWORD", "ecret", "SECRET", "oken", "TOKEN"),
        (
            r"(?i)((?:password|passphrase|passwd|secret|token)\\{0,8}[\"']?\s{0,3}[:=]\s{0,3}\\{0,8})"
            r"(?:\"(?=[^\"\\\r\n]{0,80}\s)[^\"\\\r\n]{4,300}\"|'(?=[^'\\\r\n]{0,80}\s)[^'\\\r\n]{4,300}')"
        ),
        r"\1<secret>",
    ),
    (
        ("assword", "assphrase", "ecret", "oken", "login "),
        (
            r"(?i)(\b(?:password|passphrase|secret|token)\s(?:is|was)\s[\"'`]?|\blogin\s\S{1,100}\spassword\s)"
            r"(?=[^\s\"'`]{0,80}[\d$!#%&*])[^\s\"'`]{4,300}"
        ),
        r"\1<secret>",
    ),
    (
        ("oken", "ecret", "assw", "TOKEN", "SECRET", "PASSW"),
        (
            r"(?i)((?:token|secret|password|passwd)\\{0,4}[\"']?\s{0,3}[:=]\s{0,3}\\{0,4}[\"']?)"
            r"(?![<$\s])(?=[^\s\"',;}&]{0,4}\d)(?!\d+[\"',;}&\s])[^\s\"',;}&]{4,5}(?![^\s\"',;}&])"
        ),
        r"\1<secret>",
    ),
    (("?key=", "&key="), r"([?&]key=)[\w.~%-]{8,300}", r"\1<key>"),
    (("--",), r"(--[\w-]{0,40}(?:token|password|secret|key)[ =][\"']?)(?![<$\s-])[^\s\"']{6,4096}", r"\1<secret>"),
    (("assphrase",), r"(?i)(passphrase[\"']?\s{0,3}[:=]\s{0,3}[\"']?)[^\s\"']{4,300}", r"\1<secret>"),
    (
        ("webhooks/", "hooks.slack"),
        r"(hooks\.slack\.com/services/|/api/webhooks/)[\w/-]{8,300}",
        r"\1<secret>",
    ),
    (
        ("curl", "-user"),
        r"(\s(?:-u|-U|--user|--proxy-user)[ =]?[\"']?[^\s:\"']{1,100}):[^\s\"']{1,200}",
        r"\1:<secret>",
    ),
    (("curl",), r"(\s(?:-b|--cookie)[ =][\"']?)[^\s\"']{4,4096}", r"\1<cookie>"),
    (("earer", "asic", "EARER"), r"(?i)\b(bearer|basic)\s{1,4}[\w.~+/=-]{8,4096}", r"\1 <token>"),
    (
        (
            "key",
            "oken",
            "ecret",
            "assw",
            "uthorization",
            "KEY",
            "TOKEN",
            "SECRET",
            "PASSW",
            "AUTHORIZATION",
            "Key",
            "sig=",
        ),
        (
            r"(?i)((?:[\w-]{0,40}(?:token|secret|password|passwd|api[ _-]?key|access[_-]?key|account[_-]?key)|"
            r"private[_-]?key(?:[_-]?id)?|authorization|\bsig)\\{0,8}[\"']?\s{0,3}[:=]\s{0,3}\\{0,8}[\"']?)"
            r"(?![<$\s])[^\s\"',;}&]{6,4096}"
        ),
        r"\1<secret>",
    ),
    (
        ("ookie", "OOKIE"),
        r"(?i)(\b(?:set-)?cookie\\{0,4}[\"']?\s{0,3}[:=]\s{0,3}\[?\s?\\{0,4}[\"']?)[^\r\n\"']{4,4096}",
        r"\1<cookie>",
    ),
    (("hf_", "sess_", "npm_", "pypi-"), r"\b(?:hf_|sess_|npm_|pypi-)[\w-]{12,300}", "<token>"),
    (("MII",), r"\bMII[A-Za-z0-9+/\\]{40,8192}={0,2}", "<private key>"),
    (("://",), r"(://[^\s/:@]{0,100}):[^\s/\"']{1,200}@", r"\1:<secret>@"),
)
"""What a secret of the kind cannot be without, its pattern, and what stands in its place. Compiled when it is met."""

_SHORTEST = 6
_MOST = 400
_NAMES = (
    "projects/",
    "publishers/",
    "locations/",
    "https",
    "http",
    "claude",
    "anthropic",
    "aiplatform",
    "googleapis",
    "vertex",
)
_WORD = r"[a-z_]{1,10}|[a-z]{2,20}-[a-z]{2,20}\d{1,2}|[a-z]+(?:_[a-z]+)+|[\w.-]{1,60}\.googleapis\.com(?:/.{0,200})?|\d{1,5}"
"""What is no secret though it stands beside the name of one: a word, a region, a code, a host, a number."""

_MAIL = r"[\w.+-]{1,64}(?:@|%40)((?:[\w-]{1,63}\.){1,6}[A-Za-z]{2,24})\b"


def masked(text: str) -> str:
    """The text with secrets and people's e-mail addresses replaced by what they are; service accounts stay."""
    for signs, pattern, instead in _SECRETS:
        if any(sign in text for sign in signs):
            text = re.sub(pattern, instead, text)
    return re.sub(_MAIL, _mail, text) if "@" in text or "%40" in text else text


def secrets_in(text: str) -> tuple[str, ...]:
    """The secrets of a text as it was given, the longest first, in lower case and in pieces without blanks.

    A value that was taken out of a text has lost the name that told that it is a password; ``struck`` knows it by these.
    """
    found: set[str] = set()
    for signs, pattern, instead in _SECRETS:
        if not any(sign in text for sign in signs):
            continue
        for match in re.finditer(pattern, text):
            begin = match.end(1) - match.start() if instead.startswith(r"\1") else 0
            found.update(_pieces(match[0][begin:]))
            if len(found) > _MOST:
                break
    return tuple(sorted(found, key=lambda piece: (-len(piece), piece)))


def _pieces(secret: str) -> Iterable[str]:
    for piece in re.split(r"[\s\"'`,;:=@&()\[\]{}\\]+", secret.lower()):
        if piece.startswith(_NAMES):
            continue
        # A part of it may be all that a name in the evidence took up.
        for part in (piece, *re.split(r"[/+.%~]+|-aiplatform", piece)):
            bare = part.strip(".-_/+<>*")
            if len(bare) >= _SHORTEST and not re.fullmatch(_WORD, bare):
                yield bare


def struck(value: str, secrets: Sequence[str]) -> str:
    """A value that was taken out of a text, without the secrets of that text."""
    if not secrets:
        return value
    low = value.lower()
    for secret in secrets:
        at = low.find(secret)
        while at >= 0:
            value = value[:at] + "<secret>" + value[at + len(secret) :]
            low = value.lower()
            at = low.find(secret, at + len("<secret>"))
    return value


def _mail(match: re.Match[str]) -> str:
    return match[0] if match[1].lower().endswith("gserviceaccount.com") else "<e-mail>"
