"""The synthesized template, once per session; without the bundle, validated in one test only."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.node import use_supported_node

use_supported_node()  # before anything imports aws_cdk, which starts Node

ROOT = Path(__file__).resolve().parent.parent.parent
os.environ["CDK_VALIDATION"] = "false"


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, Any]]:
    """Makes the template for a context, with the flags of cdk.json."""
    from aws_cdk import App, assertions
    from aws_cdk.aws_lambda import Code

    from infra.app import add_stack

    code = tmp_path_factory.mktemp("code")
    (code / "handler.py").touch()
    page = tmp_path_factory.mktemp("page")
    (page / "index.html").write_text("<title>Campaigns</title>")
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]

    def make(**context: str) -> dict[str, Any]:
        app = App(context=flags | context, outdir=str(tmp_path_factory.mktemp("cdk.out")))
        stack = add_stack(app, Code.from_asset(str(code)), page)
        template: dict[str, Any] = assertions.Template.from_stack(stack).to_json()
        return template

    return make


@pytest.fixture(scope="session")
def template(synthesize: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """The dev stage."""
    return synthesize()


@pytest.fixture(scope="session")
def prod(synthesize: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return synthesize(stage="prod", alarmEmail="ops@example.com")


@pytest.fixture(scope="session")
def http_api(template: dict[str, Any]) -> Callable[[str], dict[str, dict[str, Any]]]:
    """As `of_type`, but only what belongs to the HTTP API."""

    def find(kind: str) -> dict[str, dict[str, Any]]:
        return {
            name: resource["Properties"]
            for name, resource in template["Resources"].items()
            if resource["Type"] == kind and name.startswith("Ingress")
        }

    return find


@pytest.fixture(scope="session")
def of_type(template: dict[str, Any]) -> Callable[[str], dict[str, dict[str, Any]]]:
    """Properties by logical id, of the dev stage's resources of one type."""

    def find(kind: str) -> dict[str, dict[str, Any]]:
        found = {
            name: resource["Properties"]
            for name, resource in template["Resources"].items()
            if resource["Type"] == kind
        }
        assert found, f"no {kind} in the template"
        return found

    return find
