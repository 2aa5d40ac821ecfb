"""How much of attached files a run takes: text up to what a model reads, pictures up to what a call carries."""

import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path

import pytest

from codemie.conversations import file_tools
from codemie.conversations.attachment_store import AttachmentStore
from codemie.conversations.file_tools import FileReader
from codemie.identity.caller import Caller
from codemie.kernel.database import Database
from codemie.knowledge.office import OfficeParser
from codemie.knowledge.uploads import ReceivedFile
from codemie.models.entries import ModelEntry

SEEING = ModelEntry(base_name="seeing", multimodal=True)


class CountingStore(AttachmentStore):
    """Remembers what was read."""

    reads: list[str] = []  # noqa: RUF012 - emptied by the fixture

    async def read(self, owner: str, name: str) -> bytes | None:
        self.reads.append(name)
        return await super().read(owner, name)


@pytest.fixture
def reader(database: Database) -> FileReader:
    CountingStore.reads.clear()
    owner = uuid.uuid4().hex
    return FileReader(CountingStore(database, 2**30), OfficeParser(), Caller(owner, "me", "Me", "me@x.y"), 1000)


async def kept(reader: FileReader, files: Mapping[str, bytes]) -> list[str]:
    tokens: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            file = ReceivedFile(name, Path(folder) / uuid.uuid4().hex)
            with file.path.open("wb") as target:
                file.add(target, content)
            file.size_bytes = len(content)
            tokens.append(await reader.store.keep(file, reader.caller.id))
    return tokens


async def test_text_is_collected_up_to_what_the_model_reads(reader: FileReader) -> None:
    tokens = await kept(reader, {"a.txt": b"a" * 600, "b.txt": b"b" * 50_000, "c.txt": b"c"})
    (tool,) = (await reader.attach(tokens, (), SEEING)).tools
    text = (await tool.call({})).text
    assert 1000 < len(text) < 1100
    assert ("a" * 600 in text, "bbb" in text) == (True, True)
    assert CountingStore.reads == ["a.txt", "b.txt"]


async def test_one_file_can_be_asked_for(reader: FileReader) -> None:
    tokens = await kept(reader, {"a.txt": b"first", "b.txt": b"second"})
    (tool,) = (await reader.attach(tokens, (), SEEING)).tools
    assert (await tool.call({"file_name": "b.txt"})).text == "# b.txt\n\nsecond"


async def test_the_newest_pictures_are_shown_up_to_a_number(
    reader: FileReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_tools, "_MOST_IMAGES", 3)
    earlier = await kept(reader, {f"{number}.png": b"x" for number in range(5)})
    fresh = await kept(reader, {"fresh.png": b"x"})
    attached = await reader.attach(fresh, earlier, SEEING)
    assert [image.label for image in attached.images] == ["Picture fresh.png:", "Picture 4.png:", "Picture 3.png:"]
    assert "0.png (a picture, left out" in attached.note
    assert CountingStore.reads == ["fresh.png", "4.png", "3.png"]


async def test_pictures_are_shown_up_to_a_size_together(reader: FileReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_tools, "_MOST_IMAGE_BYTES", 10)
    tokens = await kept(reader, {"a.png": b"x" * 6, "b.png": b"x" * 6, "c.png": b"x" * 4})
    attached = await reader.attach(tokens, (), SEEING)
    assert [len(image.content) for image in attached.images] == [6, 4]
    assert CountingStore.reads == ["a.png", "c.png"]
