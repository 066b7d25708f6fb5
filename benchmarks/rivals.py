"""Measures vxsetup beside tools of another kind that do a part of the same: a script of gcloud, and cfn-lint."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from measuring import (
    FULL_CONFIG,
    LATENCY_S,
    Table,
    median,
    ratio,
    say,
    serving,
    turns,
    vxsetup,
    write_configs,
)

GCLOUD_SCRIPT = """\
set -e
g() { gcloud "$@" --format=json >/dev/null; }
g projects describe P & g projects get-ancestors P & g billing projects describe P & g services list --enabled --project=P &
g projects get-iam-policy P & g organizations get-iam-policy 1111 & g iam roles describe roles/aiplatform.user &
g iam service-accounts describe app@P.iam.gserviceaccount.com --project=P &
g beta quotas info list --service=aiplatform.googleapis.com --project=P &
g beta quotas preferences list --project=P &
g iam policies list --kind=denypolicies --attachment-point=cloudresourcemanager.googleapis.com/projects/P &
g iam policies list --kind=denypolicies --attachment-point=cloudresourcemanager.googleapis.com/organizations/1111 &
g org-policies describe vertexai.allowedModels --effective --project=P &
g org-policies describe gcp.restrictServiceUsage --effective --project=P &
g org-policies describe gcp.restrictEndpointUsage --effective --project=P &
g org-policies describe iam.allowedPolicyMemberDomains --effective --project=P &
g org-policies describe iam.disableServiceAccountKeyCreation --effective --project=P &
g org-policies describe iam.managed.disableServiceAccountKeyCreation --effective --project=P &
for job in $(jobs -p); do wait "$job"; done
"""
"""What a script reads with gcloud to know what `check` knows of one project, all commands at once. It sends no probe,
tests no permission, asks for no publisher's model (gcloud reads none of these), and judges nothing."""
GCLOUD_COMMANDS = len(re.findall(r"\bg [a-z]", GCLOUD_SCRIPT))


def measure_gcloud(table: Table, folder: Path, repeats: int) -> None:
    if shutil.which("gcloud") is None:
        table.skipped.append("gcloud: not installed")
        return
    say(f"Check: beside a script of gcloud that reads the same of one project, at {LATENCY_S * 1000:.0f} ms a call")
    config = write_configs(folder / "beside", 1) / "p0000.vxsetup.yaml"
    token = folder / "token.txt"
    token.write_text("opaque")
    apis = ("CLOUDRESOURCEMANAGER", "SERVICEUSAGE", "CLOUDBILLING", "IAM", "CLOUDQUOTAS", "ORGPOLICY")
    with serving(folder, 1, LATENCY_S) as server:
        aimed = {f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api}": f"http://{server.address}/" for api in apis}
        aimed |= {
            "CLOUDSDK_CONFIG": str(folder / "gcloud"),
            "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
            "CLOUDSDK_CORE_CHECK_GCE_METADATA": "false",
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token),
            "VXSETUP_EMULATOR_HOST": server.address,
            "VXSETUP_QUOTA_PROJECT": "acme-ai-0000",
        }
        script = (
            GCLOUD_SCRIPT.replace("app@P", "app@acme-ai-0000")
            .replace("=P", "=acme-ai-0000")
            .replace("/P ", "/acme-ai-0000 ")
            .replace(" P", " acme-ai-0000")
        )
        in_turn = script.replace(" &\n", "\n").replace(" & ", "\n")
        commands: dict[str, Sequence[str]] = {
            "vxsetup": vxsetup("check", str(config), "--quiet"),
            "gcloud": ["bash", "-c", script],
            "gcloud, in turn": ["bash", "-c", in_turn],
        }
        runs = turns(commands, max(3, repeats // 5), **aimed)
    for name in ("gcloud", "gcloud, in turn"):
        beside = f"{median(runs['vxsetup']):.2f} s, {name} {median(runs[name]):.2f} s for {GCLOUD_COMMANDS} commands"
        table.add(f"check, 1 project / {name}", f"{ratio(runs, 'vxsetup', name):.2f} x", beside, "none", None)


TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Description: Project {number}
Resources:
{resources}"""
RESOURCE = """\
  Queue{number}:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: acme-{number}
      VisibilityTimeout: 60
      Tags:
        - Key: team
          Value: acme
"""


def measure_cfn_lint(table: Table, folder: Path, repeats: int, files: int, cfn: str | None) -> None:
    """Another validator with rules of its own kind, over as many files of about as many lines."""
    command = cfn or shutil.which("cfn-lint")
    if command is None:
        table.skipped.append("cfn-lint: not installed (--cfn-lint names its command)")
        return
    count = min(files, 200)
    say(f"Validate: beside cfn-lint, {count} files of about as many lines each, of its own kind")
    ours = write_configs(folder / "ours", count, full=True)
    theirs = folder / "templates"
    theirs.mkdir()
    each = max(1, (FULL_CONFIG.count("\n") - 3) // RESOURCE.count("\n"))
    for number in range(count):
        resources = "".join(RESOURCE.format(number=n) for n in range(each))
        (theirs / f"t{number:04d}.yaml").write_text(TEMPLATE.format(number=number, resources=resources))
    one = {"vxsetup": vxsetup("validate", str(ours / "p0000.vxsetup.yaml"), "--quiet")}
    many = {"vxsetup": vxsetup("validate", str(ours), "--quiet")}
    for commands, paths, what, times in (
        (one, [str(theirs / "t0000.yaml")], "validate, 1 file", max(3, repeats // 3)),
        (many, sorted(map(str, theirs.iterdir())), f"validate, {count} files", max(1, repeats // 8)),
    ):
        both: dict[str, Sequence[str]] = {**commands, "cfn-lint": [command, *paths]}
        runs = turns(both, times)
        beside = f"{median(runs['vxsetup']):.2f} s, cfn-lint {median(runs['cfn-lint']):.2f} s"
        table.add(f"{what} / cfn-lint", f"{ratio(runs, 'vxsetup', 'cfn-lint'):.2f} x", beside, "none", None)
