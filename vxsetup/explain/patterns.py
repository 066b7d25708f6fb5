"""The patterns of names in an error text: resources, hosts, models, metrics, regions, accounts, versions."""

from __future__ import annotations

import re

_PATTERNS = {
    "number": (("",), r"(?<![\d])[1-5]\d\d(?![\d])"),
    "resource": (
        ("projects/",),
        (
            r"projects/([^/\s\"'`,]{0,80})/(?:locations|regions)/([^/\s\"'`,]{0,60})"
            r"(?:/(publishers|endpoints)/([^/\s\"'`,:?]{0,60}))?(?:/models/([^\s\"'`,?/)]{0,90}))?"
        ),
    ),
    "host": (
        ("aiplatform",),
        (
            r"(://|\b|(?<=/)(?=-))((?:[a-z0-9{}$_.-]{1,40}[-.]|-)?aiplatform(?:\.(?:us|eu)\.rep)?\.googleapis\.com)"
            r"((?:/[\w.{}-]{0,40}){0,3})"
        ),
    ),
    "model": (
        ("claude-",),
        (
            r"(?<![\w-])((?:(?:us|eu|apac|global)\.)?(?:anthropic[./])?claude-[a-z0-9]"
            r"(?:[\w.@-]|:(?=\d)|\[(?=1m)|(?<=1m)\]){0,60})"
        ),
    ),
    "metric": (
        ("online_prediction", "generate_content", "per_base_model"),
        r"((?:[a-z_]{0,40}online_prediction|generate_content|[a-z_]{3,40}_per_base_model)[a-z_]{0,80})",
    ),
    "limit": (
        ("limit", "quota", "effective"),
        r"(?:quota_limit_value|limit(?: value)?|effective(?:ly)?(?: limit)?|quota(?: is| limit)?)[\"'=:\s]{1,5}(\d{1,9})\b",
    ),
    "base": (
        ("base model", "base_model"),
        r"base[ _]model[:=\"'\s]{0,5}(?:of )?(anthropic-[\w.-]{1,60}?)(?=[.,;]?(?:[^\w.-]|$))",
    ),
    "extra": (("extra inputs",), r"([\w.\[\]-]{1,80}?)[\"'`]?:? ?extra inputs are not permitted"),
    "beta": (("-20",), r"\b([a-z][a-z0-9]*(?:-[a-z0-9]+){1,6}-20\d\d-\d\d-\d\d)\b"),
    "region": (
        ("us-", "europe-", "asia-", "america-", "australia-", "me-", "africa-"),
        (
            r"(?<![\w-])((?:us|europe|asia|northamerica|southamerica|australia|me|africa)-"
            r"(?:central|east|west|north|south|northeast|southeast|southwest|northwest)\d{1,2})(?![\w-])"
        ),
    ),
    "principal": (
        ("gserviceaccount", "principal"),
        r"((?:serviceaccount:|user:)?[\w.+-]{1,100}@[\w.-]{0,80}gserviceaccount\.com|principal(?:set)?://[\w./@-]{1,300})",
    ),
    "grpc": (
        ("grpc", "status.code", "code 7", "code 5", "code 8", "code 9", "code 16", "code = "),
        r"(?:grpc[_-]status[\"'=:\s]{1,4}|status\.code[\"'=:\s]{1,4}|(?<!exit )(?<!error )code )(\d{1,2})\b",
    ),
    "account": (
        ("@",),
        r"(?<![\w.@/-])([\w.+-]{2,64}@(?!default|latest|v\d)[a-z][\w-]{1,62}(?:\.[\w-]{1,63}){0,5})(?![\w@])",
    ),
    "version": (("0.", "1.", "2.", "3."), r"(?<![\w.@/:-])[v@^~]?(\d{1,2}\.\d{1,3}(?:\.\d{1,4})?)(?![\w.])"),
    "consumer": (("consumer",), r"consumer[\"'\s:=]{1,6}(?:projects/)?([\w:.-]{1,60})"),
    "service": (("googleapis.com",), r"\b(?!type\.)([a-z]{2,40})\.googleapis\.com\b"),
}
"""Name -> what a text cannot be without to have one, and the pattern, for text in lower case. Compiled when it is met."""


def every(name: str, low: str) -> list[re.Match[str]]:
    """Every match of a pattern; none, and nothing compiled, where its sign is not there."""
    signs, pattern = _PATTERNS[name]
    return list(re.finditer(pattern, low)) if any(sign in low for sign in signs) else []
