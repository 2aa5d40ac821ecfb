"""Data sources over HTTP: create, list, read, edit, re-index, cancel, delete, and who may."""

import json

import httpx2

from tests.conftest import MakeUser
from tests.knowledge.sources import fresh_name, indexed, named, own_project, settled, upload


async def test_an_uploaded_file_becomes_searchable(client: httpx2.AsyncClient) -> None:
    name = fresh_name()
    answer = await upload(client, [("guide.md", b"# Turbine\n\nThe turbine spins at 3000 rpm.")], name=name)
    assert answer.status_code == 200, answer.text
    assert answer.json()["message"] == f"Indexing of datasource {name} has been started in the background"

    detail = await indexed(client, name)

    assert detail["processed_files"] == ["guide.md"]
    assert detail["uploaded_files"] == ["guide.md"]
    assert detail["processing_info"]["documents_count_key"] == 1
    assert detail["current_state"] == detail["complete_state"] == 1
    found = await client.get(f"/v1/index/{detail['id']}/search", params={"query": "how fast is the turbine"})
    assert "3000 rpm" in found.json()["data"][0]["text"]
