"""Images on their way: out of one registry, through a bundle, into another."""

import json
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest

from codemie.kernel.errors import InvalidInput, Unavailable, Unprocessable
from codemie.operations.offline import archive, pushing
from codemie.operations.offline.images import pull
from codemie.operations.offline.manifest import Manifest, Packed, blob
from codemie.operations.registry.client import opened
from codemie.operations.registry.names import Image
from tests.fakes.registry import FakeRegistry, digest_of, serving

LAYER = bytes(range(256)) * 4096
BOTH = ("linux/amd64", "linux/arm64")


@pytest.fixture
def source() -> FakeRegistry:
    registry = FakeRegistry()
    registry.put("acme/codemie", "0.1.0", BOTH, [LAYER])
    registry.put("library/nats", "2", layers=[b"nats"])
    return registry


@pytest.fixture
async def host(source: FakeRegistry) -> AsyncGenerator[str]:
    async with serving(source) as served:
        yield served


async def pulled(
    folder: Path, host: str, *names: str, kinds: Sequence[str] = BOTH[:1], login: str = ""
) -> tuple[Packed, ...]:
    wanted = [("", Image.named(f"{host}/{name}")) for name in names]
    async with opened({host: login} if login else {}) as registries:
        return await pull(registries, wanted, kinds, folder / "images", lambda _: None)


def bundled(folder: Path, images: tuple[Packed, ...]) -> Path:
    out = folder.with_suffix(".tar")
    archive.write(out, Manifest(version="1", created="now", images=images, parts=archive.parts_in(folder)), folder)
    return out


async def pushed(path: Path, registry: FakeRegistry, login: str = "pusher:right", below: str = "") -> str:
    async with serving(registry) as host, opened({host: login}) as registries:
        await pushing.push(registries, path, f"{host}{below}", lambda _: None)
        return host


async def test_an_image_arrives_as_it_was_and_only_what_the_platform_needs(
    tmp_path: Path, host: str, source: FakeRegistry
) -> None:
    packed = await pulled(tmp_path / "b", host, "acme/codemie:0.1.0", "library/nats:2")
    target = FakeRegistry(login="pusher:right")

    await pushed(bundled(tmp_path / "b", packed), target, below="/dock")

    ours, nats = target.repositories["dock/acme/codemie"], target.repositories["dock/library/nats"]
    assert [one.platforms for one in packed] == [("linux/amd64",), ("linux/amd64",)]
    assert digest_of(ours.manifests["0.1.0"][0]) == packed[0].digest
    assert nats.manifests["2"] == source.repositories["library/nats"].manifests["2"]
    assert ours.blobs[digest_of(LAYER)] == LAYER
    assert digest_of(b"linux/arm64") not in ours.blobs
    assert packed[0].bytes == sum(map(len, ours.blobs.values())) + len(ours.manifests["0.1.0"][0])


async def test_several_platforms_become_an_index_of_exactly_these(tmp_path: Path, host: str) -> None:
    packed = await pulled(tmp_path / "b", host, "acme/codemie:0.1.0", kinds=BOTH)
    target = FakeRegistry(login="pusher:right")

    await pushed(bundled(tmp_path / "b", packed), target)

    kept = target.repositories["acme/codemie"].manifests
    index = json.loads(kept["0.1.0"][0])
    assert [each["platform"]["architecture"] for each in index["manifests"]] == ["amd64", "arm64"]
    assert {each["digest"] for each in index["manifests"]} <= set(kept)


async def test_a_layer_goes_on_where_the_connection_broke(tmp_path: Path, host: str, source: FakeRegistry) -> None:
    source.cuts[digest_of(LAYER)] = 700_000
    await pulled(tmp_path / "b", host, "acme/codemie:0.1.0")

    asked = [each for each in source.asked if digest_of(LAYER) in each]
    assert (len(asked), digest_of((tmp_path / "b" / blob(digest_of(LAYER))).read_bytes())) == (2, digest_of(LAYER))


@pytest.mark.parametrize("continues", [True, False], ids=["from the middle", "from the start"])
async def test_a_second_attempt_fetches_only_what_is_missing(
    *, continues: bool, tmp_path: Path, host: str, source: FakeRegistry
) -> None:
    source.continues = continues
    kept = source.repositories.pop("library/nats")
    with pytest.raises(Unavailable, match="library/nats"):
        await pulled(tmp_path / "b", host, "acme/codemie:0.1.0", "library/nats:2")
    source.repositories["library/nats"] = kept
    partial = tmp_path / "b" / blob(digest_of(b"nats"))
    partial.with_suffix(".part").write_bytes(b"na")
    source.asked.clear()

    await pulled(tmp_path / "b", host, "acme/codemie:0.1.0", "library/nats:2")

    assert not [each for each in source.asked if digest_of(LAYER) in each]
    assert partial.read_bytes() == b"nats"


async def test_what_belongs_to_no_image_any_more_is_taken_away(tmp_path: Path, host: str) -> None:
    await pulled(tmp_path / "b", host, "acme/codemie:0.1.0", "library/nats:2")
    packed = await pulled(tmp_path / "b", host, "library/nats:2")

    names = {path.name for path in (tmp_path / "b" / "images" / "blobs" / "sha256").iterdir()}
    assert digest_of(LAYER)[7:] not in names
    assert packed[0].digest[7:] in names


@pytest.mark.parametrize("sent", [b"evil", b"natsnats", b"nat"], ids=["another", "too much", "too little"])
async def test_a_layer_that_is_not_what_its_digest_says_is_refused(
    sent: bytes, tmp_path: Path, host: str, source: FakeRegistry
) -> None:
    source.lies[digest_of(b"nats")] = sent

    with pytest.raises(Unavailable):
        await pulled(tmp_path / "b", host, "library/nats:2")

    assert not (tmp_path / "b" / blob(digest_of(b"nats"))).exists()


async def test_an_image_for_other_machines_is_refused_with_those_it_is_for(tmp_path: Path, host: str) -> None:
    for name, there in (("acme/codemie:0.1.0", "linux/arm64"), ("library/nats:2", "linux/amd64")):
        with pytest.raises(Unavailable) as refused:
            await pulled(tmp_path / "b", host, name, kinds=("linux/s390x",))

        assert there in str(refused.value)
        assert "linux/s390x" in str(refused.value)


async def test_a_registry_that_wants_a_login_says_how_to_sign_in(
    tmp_path: Path, host: str, source: FakeRegistry
) -> None:
    source.is_open, source.login = False, "puller:right"

    for login in ("", "puller:wrong"):
        with pytest.raises(Unavailable, match="docker login"):
            await pulled(tmp_path / "b", host, "library/nats:2", login=login)
    assert await pulled(tmp_path / "b", host, "library/nats:2", login="puller:right")


async def test_what_the_registry_has_is_not_sent_again(tmp_path: Path, host: str) -> None:
    packed = await pulled(tmp_path / "b", host, "acme/codemie:0.1.0")
    path, target = bundled(tmp_path / "b", packed), FakeRegistry(login="pusher:right")
    await pushed(path, target)
    target.asked.clear()

    await pushed(path, target)

    assert not [each for each in target.asked if each.startswith("POST")]


@pytest.mark.parametrize(("login", "forbids"), [("pusher:wrong", False), ("pusher:right", True)], ids=["401", "403"])
async def test_a_registry_that_takes_nothing_says_how_to_sign_in(
    login: str, *, forbids: bool, tmp_path: Path, host: str
) -> None:
    packed = await pulled(tmp_path / "b", host, "library/nats:2")

    with pytest.raises(Unavailable, match="by an account that may write"):
        await pushed(bundled(tmp_path / "b", packed), FakeRegistry(login="pusher:right", forbids=forbids), login)


async def test_an_image_that_lacks_a_layer_is_found_before_anything_is_pushed(tmp_path: Path, host: str) -> None:
    packed = await pulled(tmp_path / "b", host, "acme/codemie:0.1.0")
    (tmp_path / "b" / blob(digest_of(LAYER))).unlink()

    with pytest.raises(Unprocessable, match="is not whole"):
        archive.verify(bundled(tmp_path / "b", packed))


@pytest.mark.parametrize("registry", ["https://a.test", "a.test/../b", "a b", ""])
async def test_what_is_no_registry_is_refused(registry: str) -> None:
    with pytest.raises(InvalidInput):
        Image("", "acme/codemie", "1").at(registry)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nats:2", "docker.io/library/nats:2"),
        ("acme/codemie", "docker.io/acme/codemie:latest"),
        ("localhost:5000/a/b@sha256:" + "0" * 64, "localhost:5000/a/b@sha256:" + "0" * 64),
    ],
)
def test_names_are_read_as_a_runtime_reads_them(name: str, said: str) -> None:
    assert Image.named(name).name == said


@pytest.mark.parametrize("name", ["", "a/../b:1", "a.test/b:1:2", "a.test/b@sha256:0", "A/B"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        Image.named(name)


def test_an_image_is_asked_for_where_its_registry_keeps_it() -> None:
    hub, mirror = Image.named("codemie/codemie:0.1.0"), Image("mirror.acme.test/dock", "codemie/codemie", "1")

    assert hub.address == "https://registry-1.docker.io/v2/codemie/codemie/manifests/0.1.0"
    assert mirror.address == "https://mirror.acme.test/v2/dock/codemie/codemie/manifests/1"
