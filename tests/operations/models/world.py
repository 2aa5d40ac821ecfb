"""A model endpoint that is well, a file that names its models, and a database of its own."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from codemie.assistants.tables import Assistant
from codemie.checks.report import Report
from codemie.checks.run import Options
from codemie.kernel.database import Database
from codemie.kernel.row_security import SYSTEM
from codemie.knowledge.tables import DataSource, Generation
from codemie.models.catalogue import Catalogue
from codemie.operations.models.examination import Subject, examine
from tests.databases import EMPTY_SCHEMA, create_database, drop_database
from tests.fakes.openai_server import FakeEndpoint, fake_endpoint

KEY = "planted-key-of-a-provider"
FILE = """\
endpoints:
  llm: {{base_url: "{url}", api_key_file: "{key}"}}
llm_models:
  - {{base_name: real, deployment_name: vendor-real, provider: openai, endpoint: llm,
     default_for_categories: [global]}}
embeddings_models:
  - {{base_name: vectors, deployment_name: vendor-vectors, provider: openai, endpoint: llm, dimensions: 3,
     default_for_categories: [global]}}
"""


@dataclass
class World:
    """What is examined; tests break one thing at a time."""

    endpoint: FakeEndpoint
    file: Path
    database: Database

    @property
    def text(self) -> str:
        """The file where all is well."""
        return FILE.format(url=self.endpoint.url, key=self.file.with_name("key"))

    async def examined(self, former: Path | None = None, timeout: float = 5, *only: str) -> Report:
        """What the checks say of the file, which may take the place of another."""
        subject = Subject("llm verify", Catalogue(former or self.file), Catalogue(self.file), database=self.database)
        return await examine(subject, Options(only=only, timeout=timeout))


def well(endpoint: FakeEndpoint) -> None:
    """Let the endpoint know its key and its models, and call tools."""
    endpoint.key, endpoint.calls_tools = KEY, True
    endpoint.models = frozenset(("vendor-real", "vendor-vectors"))
    endpoint.otherwise = lambda _body: None


@asynccontextmanager
async def world(postgres_url: str, folder: Path) -> AsyncGenerator[World]:
    """A world where all is well."""
    name = f"models_{uuid.uuid4().hex[:8]}"
    database = Database(create_database(postgres_url, name, template=EMPTY_SCHEMA), pool_size=3, unbound=SYSTEM)
    async with fake_endpoint() as endpoint:
        well(endpoint)
        made = World(endpoint, folder / "models.yaml", database)
        made.file.write_text(made.text)
        made.file.with_name("key").write_text(KEY)
        made.file.with_name("wrong-key").write_text("planted-wrong-key")
        yield made
    await database.close()
    drop_database(postgres_url, name)


@asynccontextmanager
async def indexed(database: Database, identity: str, *, name: str = "handbook") -> AsyncGenerator[DataSource]:
    """A data source whose index was made with an embedding model."""
    source = DataSource(
        name=name, project="demo", type="file", owner_id="somebody", created_by={}, embeddings_model="vectors"
    )
    async with database.session() as session:
        session.add(source)
        await session.flush()
        made = Generation(data_source_id=source.id, static_identity="static@1", dense_identity=identity)
        session.add(made)
        await session.flush()
        source.live_generation = made.id
    yield source
    async with database.session() as session:
        await session.delete(source)


@asynccontextmanager
async def assistant(database: Database, model: str, *, name: str = "helper") -> AsyncGenerator[Assistant]:
    """An assistant that names a model."""
    row = Assistant(name=name, slug=name, project="demo", llm_model_type=model)
    async with database.session() as session:
        session.add(row)
    yield row
    async with database.session() as session:
        await session.delete(row)
