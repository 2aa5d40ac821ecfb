"""The routes of the models room: rows as the clients read them, and what administrators see."""

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from codemie.kernel.database import utcnow
from codemie.models.versions import Exchange, Versions
from tests.conftest import MakeUser
from tests.support import Platform

MOMENTS = itertools.count(1)
OFFICIAL_PROVIDERS = {None, "azure_openai", "aws_bedrock", "google_vertexai", "vertex_ai-anthropic_models", "anthropic"}
ROWS = """\
llm_models:
  - {base_name: first, label: First, provider: mock, default_for_categories: [global]}
  - {base_name: hidden, label: Hidden, provider: azure_openai, forbidden_for_web: true, is_premium: true,
     react_agent: false, max_output_tokens: 9, cost: {input: 0.1, output: 0.2},
     endpoint: {base_url: "https://secret.example", api_key: s3cret}}
  - {base_name: painter, label: Painter, provider: openai, supports_image_generation: true,
     default_for_categories: [code]}
  - {base_name: unused, label: Unused, provider: mock, enabled: false}
embeddings_models:
  - {base_name: vectors, label: Vectors, provider: mock, dimensions: 8, default_for_categories: [global]}
"""


def edit(path: Path, text: str) -> None:
    path.write_text(text)
    os.utime(path, (1, next(MOMENTS)))  # two writes within one tick of the file system must differ


@pytest.fixture
def models_file(platform: Platform) -> Iterator[Path]:
    """The platform's catalogue, replaced for one test."""
    path = platform.home / "models.yaml"
    path.write_text(ROWS)
    yield path
    path.unlink()
    platform.resources.models.catalogue._file._from_path = False  # back to the packaged models, as at the start


async def test_the_default_models_are_listed_for_everybody_signed_in(client: httpx2.AsyncClient) -> None:
    rows = (await client.get("/v1/llm_models")).json()

    assert {row["is_premium"] for row in rows} == {True, False}
    assert sum(row["default"] for row in rows) == 1
    assert all(row.get("provider") in OFFICIAL_PROVIDERS for row in rows)
    assert all(row["is_mock"] and row["runs_on"] == "mock" for row in rows)
    assert [row["base_name"] for row in (await client.get("/v1/embeddings_models")).json() if row["default"]]


@pytest.mark.usefixtures("models_file")
async def test_rows_follow_the_contract_and_keep_endpoints_to_themselves(client: httpx2.AsyncClient) -> None:
    shown = await client.get("/v1/llm_models")
    everything = await client.get("/v1/llm_models", params={"include_all": "true"})

    assert [row["base_name"] for row in shown.json()] == ["first", "painter"]
    assert [row["base_name"] for row in everything.json()] == ["first", "hidden", "painter"]
    hidden = everything.json()[1]
    assert (hidden["provider"], hidden["max_output_tokens"], hidden["react_agent"]) == ("azure_openai", 9, False)
    assert hidden["cost"] == {"input": 0.1, "output": 0.2}
    assert hidden["features"]["parallel_tool_calls"] is False
    assert None not in hidden.values()
    assert "secret" not in everything.text
    assert "s3cret" not in everything.text


@pytest.mark.usefixtures("models_file")
async def test_models_for_pictures_and_defaults_by_category(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    assert [row["base_name"] for row in (await client.get("/v1/llm_models/image_generation")).json()] == ["painter"]
    assert "knowledge_base" in (await anonymous.get("/v1/categories")).json()
    defaults = (await anonymous.get("/v1/default_models")).json()
    assert {category: row["base_name"] for category, row in defaults.items()} == {"global": "first", "code": "painter"}
    assert (await client.get("/v1/default_models/code")).json()["base_name"] == "painter"
    assert (await client.get("/v1/default_models/planning")).json()["base_name"] == "first"
    unknown = await client.get("/v1/default_models/poetry")
    assert (unknown.status_code, "poetry" in unknown.json()["error"]["details"]) == (422, True)


async def test_a_broken_file_is_told_to_administrators_and_changes_nothing(
    client: httpx2.AsyncClient, models_file: Path
) -> None:
    before = (await client.get("/v1/llm_models")).json()
    edit(models_file, ROWS.replace("dimensions: 8", "dimensions: many"))

    assert (await client.get("/v1/llm_models")).json() == before
    status = (await client.get("/v1/admin/llm/status")).json()
    refused = await client.post("/v1/admin/llm/reload")

    assert "models.yaml:10:" in status["problem"]
    assert "embeddings_models[0].dimensions" in status["problem"]
    assert status["mock_active"] is True
    assert (refused.status_code, "dimensions" in refused.json()["error"]["details"]) == (422, True)

    edit(models_file, ROWS)
    for method in ("GET", "POST"):
        answer = await client.request(method, "/v1/admin/llm/reload")
        assert answer.json() == {"message": "Models reloaded"}


async def test_looking_after_the_models_is_for_administrators(
    make_user: MakeUser, anonymous: httpx2.AsyncClient
) -> None:
    person = await make_user()

    for method, path in [("POST", "reload"), ("GET", "reload"), ("GET", "status"), ("POST", "check")]:
        assert (await person.request(method, f"/v1/admin/llm/{path}")).status_code == 403
        assert (await anonymous.request(method, f"/v1/admin/llm/{path}")).status_code == 401
    for path in ("/v1/llm_models", "/v1/embeddings_models", "/v1/llm_models/image_generation", "/mock/v1/models"):
        assert (await anonymous.get(path)).status_code == 401


async def test_administrators_can_have_every_model_checked(client: httpx2.AsyncClient) -> None:
    reports = (await client.post("/v1/admin/llm/check")).json()

    assert {report["base_name"] for report in reports} >= {"mock-chat", "embedded-static", "mock-embedding"}
    assert all(report["ok"] for report in reports)


async def test_administrators_see_which_version_is_in_use_and_who_brought_it(
    client: httpx2.AsyncClient, models_file: Path
) -> None:
    edit(models_file, ROWS)
    versions = Versions(models_file)
    former = versions.adopt()
    wanted = versions.keep(f"{ROWS}# another\n".encode(), "ops@here")
    exchange = Exchange(operation="1", kind="switch", former=1, wanted=2, date=utcnow(), by="ops@here")
    before = (await client.get("/v1/admin/llm/status")).json()

    versions.begin(exchange, wanted)
    versions.swap(exchange)
    versions.end(exchange)
    after = (await client.get("/v1/admin/llm/status")).json()
    (versions.folder / "versions.json").write_text("{")
    broken = (await client.get("/v1/admin/llm/status")).json()

    assert (before["version"], before["last_switch"]) == (former.number, None)
    assert after["version"] == 2
    assert (after["last_switch"]["from_version"], after["last_switch"]["by"]) == (1, "ops@here")
    assert "versions.json" in broken["problem"]
    shutil.rmtree(versions.folder)
