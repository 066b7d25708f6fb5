"""One provider for each fact: which facts it needs first, which calls it makes, and how their answers are read.

Providers are pure: they name calls and read outcomes; the gatherer sends. A provider makes one wave of calls, so the
graph of ``needs`` is the number of round trips. This registry is explicit; a fact without a provider is a test failure.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from vxsetup.cloud.provider import Provider


def providers() -> Mapping[type[Hashable], Provider]:
    """Every provider by the fact type that it makes."""
    from vxsetup.cloud.providers import (
        aiplatform,
        bigquery,
        cloud_billing,
        cloud_quotas,
        federation,
        iam,
        org_policy,
        policy_troubleshooter,
        provision,
        resource_manager,
        service_usage,
    )

    rooms = (
        resource_manager,
        service_usage,
        org_policy,
        cloud_billing,
        iam,
        policy_troubleshooter,
        aiplatform,
        cloud_quotas,
        bigquery,
        federation,
        provision,
    )
    return {provider.makes: provider for room in rooms for provider in room.PROVIDERS}
