"""VX510: whether a network without a way to the internet reaches the endpoint of every location."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vxsetup.facts.base import Facts
from vxsetup.findings import Evidence, Fix, Judgement, Requirement, Rule, RuleDocs, Rung, Severity, Verdict
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import Declaration, project_name

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class EndpointTarget:
    """The host that serves a location."""

    location: str
    host: str


def _required(declaration: Declaration) -> Iterator[Requirement]:
    """One requirement for each location: the way to its host is the same for every model."""
    project = declaration.project
    if not project.network_private:
        return
    seen: set[str] = set()
    for target, span, related, path in declaration.places:
        if target.location in seen:
            continue
        seen.add(target.location)
        host = declaration.catalogue.host(target.location)
        yield Requirement(
            rule="VX510",
            subject=f"{project_name(project.id)}/locations/{target.location}",
            sentence=f"Private Google Access reaches {host}, the endpoint of {target.location}",
            span=span,
            related=(project.span(("network", "private")), *related),
            config_path=path,
            project=project.id,
            environment=project.environment,
            target=EndpointTarget(target.location, host),
        )


def _judge(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: EndpointTarget = requirement.target
    catalogue = circumstances.catalogue
    reached = catalogue.endpoint_fact("private_google_access")
    assert reached is not None  # the catalogue's schema asks for it
    kind = catalogue.location_kind(target.location)
    if kind in reached.value:
        evidence = (
            catalogue.evidence(reached, f"{target.host} takes Private Google Access and Private Service Connect"),
            Evidence(
                Rung.CATALOGUE,
                "common practice on Google Cloud, not these pages",
                "private.googleapis.com and restricted.googleapis.com also carry it",
                catalogue.date.isoformat(),
            ),
        )
        return Judgement(Verdict.PASS, requirement.sentence, evidence)
    says = f"Private Google Access does not reach the endpoint of {target.location}; Private Service Connect does"
    message = (
        f"A private network does not reach {target.host}, the endpoint of {target.location}, by Private Google Access: "
        "it needs a Private Service Connect endpoint for regional Google APIs."
    )
    fix = Fix(
        "make the endpoint in your network (with gcloud alone) and a private DNS record for the host, then suppress this "
        "warning with that reason; or use global or a single region",
        command=(
            "gcloud network-connectivity regional-endpoints create claude-"
            f"{target.location} --region=REGION --network=NETWORK --subnetwork=SUBNETWORK "
            f"--target-google-api={target.host}"
        ),
        url="https://docs.cloud.google.com/vpc/docs/access-regional-google-apis-endpoints",
    )
    return Judgement(Verdict.FAIL, message, (catalogue.evidence(reached, says),), fix)


RULES = (
    Rule(
        "VX510",
        "private-endpoint-out-of-reach",
        Severity.WARNING,
        Rung.CATALOGUE,
        RuleDocs(
            "A network that is declared private reaches the endpoint of every location.",
            "Private Google Access covers aiplatform.googleapis.com and the hosts of single regions, and not the hosts of "
            "the multi-regions us and eu: connections there fail in TLS or time out, which looks like anything but a "
            "missing endpoint.",
            "From the kinds of endpoints alone, where network.private is set: no API that vxsetup reads shows your "
            "network. global and single regions pass; us and eu are a warning, to be suppressed once the Private Service "
            "Connect endpoint is there.",
            "The config and the catalogue; nothing is asked of the cloud.",
            "Make a Private Service Connect endpoint for regional Google APIs, or use global or a single region.",
            ("GD:locations",),
        ),
        _required,
        _judge,
        offline=True,
    ),
)
