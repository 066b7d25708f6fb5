"""The pages of the causes, in families; each loads when one of its causes is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from vxsetup.explain.model import Page, Shown
from vxsetup.findings import Fix

FAMILIES: Mapping[str, str] = {
    "quota": "quota-zero quota-exceeded credits-not-applicable free-trial-restricted billing-disabled",
    "access": "api-disabled quota-project wrong-project iam-missing-predict org-policy org-policy-feature vpc-sc "
    "data-sharing-required data-residency logging-misconfig",
    "identity": "wrong-principal impersonation wif-misconfig adc-missing adc-expired bad-key-file credentials-ignored "
    "static-token scopes api-key-unsupported unclear-auth metadata-timeout",
    "models": "model-not-enabled model-not-in-region no-common-location bad-model-id model-alias retired-model "
    "small-model wrong-publisher client-catalogue-stale",
    "network": "endpoint-host base-url-shape base-url-side-effect region-missing network-proxy",
    "body": "anthropic-version unsupported-beta missing-beta unsupported-feature deprecated-param gateway-translation "
    "misleading-status count-tokens context-too-long",
    "settings": "sdk-too-old client-unsupported missing-dependency env-var-name env-var-clash vertex-not-activated "
    "bad-settings-shape container-env wrong-product",
}
"""Family -> its causes. The one list of all causes."""


def causes() -> tuple[str, ...]:
    """Every cause, in the order of the families."""
    return tuple(cause for names in FAMILIES.values() for cause in names.split())


def page_of(cause: str) -> Page | None:
    """The page of a cause, or None for a word that names none."""
    for family, names in FAMILIES.items():
        if cause in names.split():
            module = import_module(f"vxsetup.explain.pages.{family}")
            found: Page = module.PAGES[cause]
            return found
    return None


def page(
    cause: str,
    alike: str,
    title: str,
    means: str,
    shows: tuple[tuple[str, str], ...],
    tell_apart: str,
    fix: tuple[str, str | None, str | None],
    sources: str,
    rule: str | None = None,
    links: tuple[str, ...] = (),
) -> tuple[str, Page]:
    """A page, as a pair with its cause. ``shows`` are pairs of a template and when it was seen; ``alike`` are the names
    of the causes that it is most taken for, parted by spaces, the most usual first."""
    shown = tuple(Shown(text, seen) for text, seen in shows)
    keys = tuple(sources.split())
    return cause, Page(cause, title, means, shown, tell_apart, Fix(*fix), keys, rule, links, tuple(alike.split()))
