"""Mermaid diagrams drawn by the platform: as files and as bytes, safely, and not for ever."""

import importlib.util
import io
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from codemie.conversations import diagrams
from tests.conftest import MakeUser
from tests.support import require

FLOW = "flowchart TD\n  A[Hello wörld] --> B{Ready?}\n  B -->|yes| C(Done)"
DIAGRAMS = [
    FLOW,
    "graph TD; A-->B",
    "sequenceDiagram\n  Ada->>Bob: Hi\n  Bob-->>Ada: Ho",
    "classDiagram\n  Animal <|-- Dog",
    "stateDiagram-v2\n  [*] --> Open",
    "erDiagram\n  PERSON ||--o{ BOOK : reads",
    'pie\n  "a": 3\n  "b": 5',
]
PATH = "/v1/files/diagram/mermaid"


@pytest.fixture(autouse=True)
def renderer() -> None:
    require(importlib.util.find_spec("merman") and importlib.util.find_spec("resvg_py"), "the extra 'diagrams'")


@pytest.fixture
async def owner(make_user: MakeUser) -> Any:
    return await make_user("owner")


async def draw(client: Any, code: str, **query: str) -> Any:
    answer = await client.post(PATH, json={"code": code}, params={"response_type": "raw", **query})
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("code", DIAGRAMS, ids=[code.split()[0] for code in DIAGRAMS])
async def test_kinds_of_diagrams_are_drawn(owner: Any, code: str) -> None:
    drawn = await draw(owner, code)
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert drawn.text.startswith("<svg")
    assert "foreignObject" not in drawn.text, "many viewers show none"


async def test_words_stand_in_the_picture_and_png_is_a_picture_of_use(owner: Any) -> None:
    assert "Hello" in (await draw(owner, FLOW)).text
    answer = await draw(owner, FLOW, content_type="png")
    assert answer.headers["content-type"] == "image/png"
    picture = Image.open(io.BytesIO(answer.content))
    assert min(picture.size) > 100
    assert len(picture.convert("L").getcolors() or ()) > 10, "something is drawn"


async def test_a_file_is_the_callers_own(owner: Any, make_user: MakeUser) -> None:
    answer = await owner.post(PATH, json={"code": FLOW}, params={"content_type": "png"})
    assert list(answer.json()) == ["file_url"]
    address = urlsplit(answer.json()["file_url"])
    assert address.scheme == "http"
    opened = await owner.get(address.path)
    assert (opened.status_code, opened.headers["content-type"]) == (200, "image/png")
    assert (await (await make_user("stranger")).get(address.path)).status_code == 404


@pytest.mark.parametrize("code", ["", "hello", "flowchart TD\nA[", "sequenceDiagram\nA->>", "\x00"])
async def test_what_is_no_diagram_is_told(owner: Any, code: str) -> None:
    answer = await owner.post(PATH, json={"code": code})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "Mermaid diagram configuration error"
    assert answer.json()["error"]["details"]


async def test_hostile_diagrams_do_nothing(owner: Any) -> None:
    code = (
        'flowchart TD\n  A["<img src=x onerror=alert(1)><script>alert(1)</script>"]\n'
        '  click A href "javascript:alert(1)"\n  B@{ img: "file:///etc/passwd", label: "x" }\n'
        '  C@{ img: "http://127.0.0.1:1/x.png" }\n'
    )
    answer = await draw(owner, code)
    for forbidden in ("<script", "onerror=", "javascript:", "file://", "127.0.0.1", "<image", "<img"):
        assert forbidden not in answer.text
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_a_diagram_that_takes_too_much_is_given_up(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    huge = "flowchart TD\n" + "\n".join(f"N{n} --> N{n * 7 % 3001}" for n in range(3000))
    answer = await owner.post(PATH, json={"code": huge})
    assert answer.status_code == 400
    assert (await owner.post(PATH, json={"code": "x" * 100_001})).status_code == 422
    monkeypatch.setattr(diagrams, "_SECONDS", 0.01)
    answer = await owner.post(PATH, json={"code": FLOW})
    assert "too long" in answer.json()["error"]["details"]


async def test_without_the_renderer_that_is_said(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagrams, "_RENDERER", ("no_such_module",))
    answer = await owner.post(PATH, json={"code": FLOW})
    assert answer.status_code == 503
    assert "diagrams" in answer.json()["error"]["help"]
    assert (await owner.post(PATH, json={})).status_code == 422
