"""PHP and Ruby sources, read and run by their real interpreters with a stand-in for the SDK that says what it was given.

More than a golden file, as the language itself reads every literal; less than a run, as no request is made. The values
include those that break out of careless quotes. Left out, with the reason, where an interpreter is not installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "emit"))
from emit_runs import emitted
from test_emit_hostile import NASTY, hostile

pytestmark = pytest.mark.clients

PHP = """<?php
namespace Anthropic\\Vertex;
class Client {
    public static ?array $given = null;
    public function __construct(public Messages $messages) {}
    public static function fromEnvironment(string $location, string $projectId): self {
        return new self(new Messages($location, $projectId));
    }
}
class Messages {
    public function __construct(private string $location, private string $projectId) {}
    public function create(string $model, int $maxTokens, array $messages): object {
        fwrite(STDERR, implode(' ', array_map('bin2hex', [$this->projectId, $model, $this->location])) . "\\n");
        return (object) ['content' => [(object) ['text' => 'hello']]];
    }
}
"""
RUBY = """
module Anthropic
  Said = Struct.new(:text)
  Answer = Struct.new(:content)
  class VertexClient
    def initialize(region:, project_id:) = (@region, @project = region, project_id)
    def messages = self
    def create(model:, max_tokens:, messages:)
      warn [@project, model, @region].map { |word| word.unpack1("H*") }.join(" ")
      Answer.new([Said.new("hello")])
    end
  end
end
"""
CASES = {"php": ("php/client.php", ("-n",), "-l"), "ruby": ("ruby/client.rb", ("--disable-gems", "-I."), "-c")}


def interpreter(name: str) -> str:
    """The path of an interpreter; the test is left out where there is none."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed, so the sources of emit {name} were compared with a kept copy alone")
    return path


@pytest.mark.parametrize("name", CASES)
def test_the_interpreter_reads_every_value_as_it_was_written(name: str, tmp_path: Path) -> None:
    program = interpreter(name)
    file, flags, check = CASES[name]
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "autoload.php").write_text(PHP)
    (tmp_path / "anthropic.rb").write_text(RUBY)
    source = tmp_path / Path(file).name
    variables = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(tmp_path)}
    variables |= {key: value for key, value in os.environ.items() if key in ("LD_LIBRARY_PATH", "RUBYLIB")}
    count = 0
    for number, word in enumerate(("acme-ai-prod", *NASTY)):
        values = word, NASTY[number % len(NASTY)], NASTY[-1 - number % len(NASTY)]
        made = emitted(name, hostile(*values))
        if made.refusal is not None:
            continue
        count += 1
        source.write_text(next(one.text for one in made.files if one.path == file), encoding="utf-8")
        command = [program, *flags]
        done = subprocess.run(
            [*command, source.name],
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        told = " ".join(value.encode().hex() for value in values)
        assert (done.returncode, done.stderr.strip()) == (0, told), f"{values!r}: {done.stdout[-500:]}"
    assert count > len(NASTY) // 2
    assert sorted(one.name for one in tmp_path.iterdir() if one.name == "owned") == []
    read = subprocess.run(
        [program, *flags, check, source.name], cwd=tmp_path, env=variables, capture_output=True, timeout=60
    )
    assert read.returncode == 0
