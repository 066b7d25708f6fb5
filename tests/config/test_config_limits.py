"""Files that are made to hurt: bombs, depth, numbers, crowds. Each is refused in words, and quickly by construction."""

from __future__ import annotations

from pathlib import Path

import pytest

from vxsetup.config.document import read_document
from vxsetup.config.files import FileProblem
from vxsetup.config.load import MAX_FINDINGS, Loaded, load

HEAD = "version: 1\nproject: {id: acme-ai-prod}\n"


def loaded(text: str, **others: str) -> Loaded:
    files = {"vxsetup.yaml": text, **{name.replace("__", "."): other for name, other in others.items()}}

    def read(path: Path) -> bytes | FileProblem:
        found = files.get(path.as_posix())
        return FileProblem(str(path), "it does not exist") if found is None else found.encode()

    return load(Path("vxsetup.yaml"), read)


@pytest.mark.parametrize("depth", [33, 1000, 200_000])
@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_depth_is_a_finding_and_not_a_crash(depth: int, opening: str) -> None:
    document = read_document((opening * depth).encode(), "vxsetup.yaml")
    assert document.root is None
    assert [finding.rule for finding in document.findings] in (["VX108"], ["VX115"], ["VX101"])


def test_an_alias_bomb_is_never_expanded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 60)]
    document = read_document("\n".join(lines).encode(), "vxsetup.yaml")
    assert document.root is None
    assert [finding.rule for finding in document.findings] == ["VX106"] * 59


def test_numbers_of_any_length_are_text() -> None:
    result = loaded(HEAD + f"logging: {{request_response: {{dataset: d, retention_days: {'9' * 100_000}}}}}\n")
    assert [finding.rule for finding in result.findings] == ["VX111"]
    assert len(result.findings[0].message) < 300


def test_too_many_values() -> None:
    result = loaded(HEAD + "clients:\n" + "- python\n" * 21_000)
    assert [finding.rule for finding in result.findings] == ["VX108"]


def test_too_many_values_after_merging() -> None:
    models = "".join(f"- {{id: claude-{n}}}\n" for n in range(1000))
    result = loaded(HEAD + f"models:\n{models}environments:\n" + "".join(f"  e{n}: {{}}\n" for n in range(99)))
    assert [finding.rule for finding in result.findings] == ["VX108"]
    assert result.projects == ()


def test_a_long_list_of_repeated_values_is_judged_once() -> None:
    result = loaded(HEAD + "clients:\n" + "- python\n" * 2000)
    assert {finding.rule for finding in result.findings} == {"VX113"}


def test_faults_beyond_the_limit_are_counted() -> None:
    result = loaded(HEAD + "".join(f"key{n}: 1\n" for n in range(MAX_FINDINGS + 50)))
    assert len(result.findings) == MAX_FINDINGS
    assert result.findings[-1].rule == "VX108"
    assert "51 more" in result.findings[-1].message


def test_a_long_chain_of_files() -> None:
    files = {f"f{n}.yaml": f"version: 1\nextends: f{n + 1}.yaml\n" for n in range(40)}
    result = loaded("version: 1\nextends: f0.yaml\n", **files)
    assert [finding.rule for finding in result.findings] == ["VX108"]
    assert len(result.sources) == 16


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\nproject: {id: " + "a" * 100_000 + "}\n",
        "version: 1\nproject: {id: " + "a-" * 50_000 + "}\n",
        "version: 1\nproject: {id: '" + "a." * 50_000 + ":x'}\n",
        HEAD + "quota: {justification: '" + " " * 200_000 + "', contact: '" + "a" * 100_000 + "'}\n",
        HEAD + "models: [{id: '" + "a/" * 50_000 + "'}]\n",
        HEAD + "access: [{member: 'user:" + "a@" * 50_000 + "', can: [invoke]}]\n",
        HEAD + "ci: {gitlab: {project: '" + "a/" * 50_000 + "', service_account: app}}\n",
        HEAD + "ci: {github: {repository: '" + "a-" * 50_000 + "/b', service_account: app, refs: ['refs/heads/" + "." * 9999 + "']}}\n",
        HEAD + "suppress: [{rule: '" + "a-" * 50_000 + "', reason: x}]\n",
        "%TAG !a! x\n" * 100_000 + "---\n" + HEAD,
        HEAD + "&" * 100_000,
        "a: " + "'" * 100_001,
        "# " + "x" * 500_000,
        HEAD + "x" * 100_000 + ": 1\n",
    ],
    ids=range(14),
)  # fmt: skip
def test_long_texts_end_in_findings_of_readable_length(text: str) -> None:
    result = loaded(text)
    assert result.findings
    for finding in result.findings:
        assert len(finding.message) < 600
        assert finding.fix is None or len(finding.fix.summary) < 400
