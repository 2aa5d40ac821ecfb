"""`codemiectl integrations requirements`: what people should have ready."""

import json
from pathlib import Path

from codemie.integrations.catalogue import TYPES
from tests.cli.installation import ctl, environment


def test_a_type_tells_its_fields_rights_and_firewalls(tmp_path: Path) -> None:
    env = environment(tmp_path, CODEMIE_INTEGRATIONS_EGRESS_IP="192.0.2.7")
    answer = ctl("integrations", "requirements", "--type", "azuredevops", env=env)
    assert answer.returncode == 0
    said = " ".join(answer.stdout.split())
    assert said.startswith("AzureDevOps: Repositories, work items")
    assert "url URL · required · https://dev.azure.com" in said
    assert "token Personal access token · required · secret · User settings" in said
    assert "Read & write of Code" in said
    assert "from here to the host of url, at its port" in said
    assert "over there, from 192.0.2.7" in said


def test_what_depends_on_another_field_says_so(tmp_path: Path) -> None:
    said = " ".join(ctl("integrations", "requirements", "--type", "Git", env=environment(tmp_path)).stdout.split())
    assert "private_key Private key of the GitHub App · required if auth_type is github_app · secret" in said
    assert "one of auto, gitlab, github, bitbucket" in said


def test_all_types_are_told_for_programs(tmp_path: Path) -> None:
    answer = ctl("integrations", "requirements", "--json", env=environment(tmp_path))
    told = {item["type"]: item for item in json.loads(answer.stdout)}
    assert {"Git", "Jira", "AWS", "MCP"} < told.keys() < TYPES.keys()
    assert "Webhook" not in told
    secrets = [key["name"] for key in told["AWS"]["keys"] if key["secret"]]
    assert secrets == ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"]
    assert told["AWS"]["rights"][0].startswith("S3: s3:ListAllMyBuckets")
    assert told["MCP"]["hosts"] == []


def test_every_secret_that_is_required_says_where_it_is_found() -> None:
    silent = [(kind.name, key.name) for kind in TYPES.values() for key in kind.keys if key.secret and key.required]
    hints = {(kind.name, key.name): key.hint for kind in TYPES.values() for key in kind.keys}
    assert [place for place in silent if not hints[place]] == []


def test_an_unknown_type_is_wrong_usage_and_lists_the_known(tmp_path: Path) -> None:
    answer = ctl("integrations", "requirements", "--type", "S3", env=environment(tmp_path))
    assert answer.returncode == 2
    assert "there is no type 'S3'" in answer.stderr
    assert "AWS" in answer.stderr
