"""Programs for SDKs and frameworks, with the files that pin their packages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree

from vxsetup.clients import Target
from vxsetup.emit.formats import json_file, shell_file, xml_file
from vxsetup.emit.parts import File
from vxsetup.emit.programs import program
from vxsetup.emit.settings import Settings
from vxsetup.emit.writers.common import claude_code_variables, package_json, range_of, requirements

if TYPE_CHECKING:
    from vxsetup.emit.writers import Writer

BODY_VERSION = "vertex-2023-10-16"
"""``anthropic_version`` of raw requests (SEED)."""


def _python(name: str, file: str) -> Writer:
    def write(settings: Settings, target: Target) -> tuple[File, ...]:
        return (
            program(f"{name}/{file}", name, name, settings),
            requirements(f"{name}/requirements.txt", target, settings),
        )

    return write


def _node(name: str, file: str) -> Writer:
    def write(settings: Settings, target: Target) -> tuple[File, ...]:
        return (
            program(f"{name}/{file}", name, name, settings),
            package_json(f"{name}/package.json", target, settings, file),
        )

    return write


def _go(settings: Settings, target: Target) -> tuple[File, ...]:
    package = target.packages[0]
    least, _ = range_of(target, package, settings)
    return (
        program("go/main.go", "go", "go", settings),
        program("go/go.mod", "go", "go.mod", settings, module=package.name, version=least),
    )


def _element(parent: Any, name: str, text: str | None = None) -> Any:
    made = ElementTree.SubElement(parent, name)
    made.text = text
    return made


MAVEN_PLUGINS = (
    ("org.apache.maven.plugins", "maven-compiler-plugin", "3.13.0"),
    ("org.codehaus.mojo", "exec-maven-plugin", "3.5.0"),
)
"""Named with their versions: Maven 3.8 and earlier bring a compiler plugin that does not know ``maven.compiler.release``."""


def _java(settings: Settings, target: Target) -> tuple[File, ...]:
    project = ElementTree.Element("project", {"xmlns": "http://maven.apache.org/POM/4.0.0"})
    for name, value in (("modelVersion", "4.0.0"), ("groupId", "claude"), ("artifactId", "claude"), ("version", "1")):
        _element(project, name, value)
    properties = _element(project, "properties")
    for name, value in (
        ("maven.compiler.release", "17"),
        ("project.build.sourceEncoding", "UTF-8"),
        ("exec.mainClass", "Claude"),
        # Else the plugin waits 15 seconds for the idle connections of the HTTP client before it ends.
        ("exec.cleanupDaemonThreads", "false"),
    ):
        _element(properties, name, value)
    dependencies = _element(project, "dependencies")
    for package in target.packages:
        dependency = _element(dependencies, "dependency")
        group, _, artifact = package.name.partition(":")
        _element(dependency, "groupId", group)
        _element(dependency, "artifactId", artifact)
        _element(dependency, "version", range_of(target, package, settings)[0])
    plugins = _element(_element(project, "build"), "plugins")
    for group, artifact, version in MAVEN_PLUGINS:
        plugin = _element(plugins, "plugin")
        for name, value in (("groupId", group), ("artifactId", artifact), ("version", version)):
            _element(plugin, name, value)
    return (
        program("java/src/main/java/Claude.java", "java", "java", settings),
        xml_file("java/pom.xml", "java", project),
    )


def _csharp(settings: Settings, target: Target) -> tuple[File, ...]:
    project = ElementTree.Element("Project", {"Sdk": "Microsoft.NET.Sdk"})
    group = _element(project, "PropertyGroup")
    for name, value in (
        ("OutputType", "Exe"),
        ("TargetFramework", "net8.0"),
        ("Nullable", "enable"),
        ("ImplicitUsings", "enable"),
    ):
        _element(group, name, value)
    items = _element(project, "ItemGroup")
    for package in target.packages:
        least, _ = range_of(target, package, settings)
        ElementTree.SubElement(items, "PackageReference", {"Include": package.name, "Version": least})
    return (
        program("csharp/Program.cs", "csharp", "csharp", settings),
        xml_file("csharp/Claude.csproj", "csharp", project),
    )


def _ruby(settings: Settings, target: Target) -> tuple[File, ...]:
    packages = [(package.name, *range_of(target, package, settings)) for package in target.packages]
    return (
        program("ruby/client.rb", "ruby", "ruby", settings),
        program("ruby/Gemfile", "ruby", "gemfile", settings, packages=packages),
    )


def _php(settings: Settings, target: Target) -> tuple[File, ...]:
    ranges = {}
    for package in target.packages:
        least, below = range_of(target, package, settings)
        ranges[package.name] = f">={least}" + (f" <{below}" if below else "")
    value = {"description": "Written by vxsetup emit php", "require": {"php": ">=8.1", **ranges}}
    return program("php/client.php", "php", "php", settings), json_file("php/composer.json", value)


def _curl(settings: Settings, target: Target) -> tuple[File, ...]:
    body = {
        "anthropic_version": BODY_VERSION,
        "max_tokens": 64,
        "messages": [{"role": "user", "content": "Say hello."}],
    }
    asked = []
    for place in settings.places:
        project, location, model = (quote(text, safe=":@") for text in (settings.project, place.location, place.model))
        path = f"/v1/projects/{project}/locations/{location}/publishers/anthropic/models/{model}:rawPredict"
        asked.append((settings.origin(place) + path, json.dumps(body)))
    return (program("curl/request.sh", "curl", "curl", settings, executable=True, requests=asked),)


def _agent_sdk(settings: Settings, target: Target) -> tuple[File, ...]:
    variables = list(claude_code_variables(settings, target).items())
    return (
        program("agent-sdk/agent.py", "agent-sdk", "agent-sdk-python", settings, variables=variables),
        requirements("agent-sdk/requirements.txt", target, settings),
        program("agent-sdk/agent.ts", "agent-sdk", "agent-sdk-typescript", settings, variables=variables),
        package_json("agent-sdk/package.json", target, settings, "agent.ts"),
    )


def _google_adk(settings: Settings, target: Target) -> tuple[File, ...]:
    values: dict[str, str] = {}
    for variable in target.variables:
        if variable.holds in ("project", "location"):
            values[variable.name] = settings.project if variable.holds == "project" else settings.location
        elif variable.holds == "switch" and variable.value:
            values[variable.name] = variable.value
        elif variable.holds == "base_url" and settings.endpoint:
            values[variable.name] = settings.base_url(settings.places[0], "v1")
    more = ("GOOGLE_CLOUD_LOCATION is shared with Gemini. The agents name their own locations.",)
    return (
        *_python("google-adk", "agent.py")(settings, target),
        shell_file("google-adk/env.sh", "google-adk", values, more=more),
    )


_PYTHON: Mapping[str, str] = {
    "python": "client.py",
    "langchain": "chat.py",
    "llamaindex": "chat.py",
    "pydantic-ai": "agent.py",
    "dspy": "program.py",
    "instructor": "extract.py",
}
_NODE: Mapping[str, str] = {"typescript": "client.ts", "vercel-ai": "chat.ts", "genkit": "chat.ts"}

LIBRARIES: Mapping[str, Callable[[Settings, Target], tuple[File, ...]]] = {
    **{name: _python(name, file) for name, file in _PYTHON.items()},
    **{name: _node(name, file) for name, file in _NODE.items()},
    "go": _go,
    "java": _java,
    "csharp": _csharp,
    "ruby": _ruby,
    "php": _php,
    "curl": _curl,
    "agent-sdk": _agent_sdk,
    "google-adk": _google_adk,
}
"""Writers by the client's name."""
