"""`codemiectl bundle` as people use it: made where the internet is, pushed and installed where it is not."""

import base64
import json
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.cli.test_preflight import ran
from tests.deploy.chart import CHART, NAMESPACE, helm, manifests, rendered
from tests.fakes.registry import FakeRegistry, digest_of, serving

ROOT = Path(__file__).parents[2]
LEFT_OUT = ("--no-packages", "--no-docs", "--checkout", ROOT)
OURS, NATS = "acme/codemie", "library/nats"


def filled() -> FakeRegistry:
    registry = FakeRegistry()
    registry.put(f"mirror/{OURS}", "0.1.0", ("linux/amd64", "linux/arm64"), [b"of ours"])
    registry.put(f"mirror/{NATS}", "2.15.1-alpine", layers=[b"of nats"])
    return registry


def described(folder: Path, host: str, digest: str = "") -> Path:
    file = folder / "codemie.yaml"
    file.write_text(
        f"version: 1\ndomain: ai.acme.test\nmirror: '{host}/mirror'\n"
        f"image: {{repository: {OURS}, tag: 0.1.0, digest: '{digest}'}}\n"
    )
    return file


def signed_in(folder: Path, host: str, login: str) -> dict[str, str]:
    """Variables by which a command finds the login of a registry."""
    kept = {"auths": {host: {"auth": base64.b64encode(login.encode()).decode()}}}
    (folder / "config.json").write_text(json.dumps(kept))
    return {"DOCKER_CONFIG": str(folder)}


def done(*command: str | Path, within: Path) -> str:
    """What a program of the machine prints that has to succeed."""
    return subprocess.run(command, cwd=within, capture_output=True, text=True, check=True).stdout


async def test_a_bundle_brings_an_installation_to_a_registry_and_its_chart_renders_from_it(tmp_path: Path) -> None:
    bundle, inside, client = tmp_path / "b.tar", tmp_path / "codemie-0.1.0", FakeRegistry(login="pusher:right")
    registry = filled()
    async with serving(registry) as host:
        pinned = digest_of(registry.repositories[f"mirror/{OURS}"].manifests["0.1.0"][0])
        file = described(tmp_path, host, pinned)
        made = await ran("bundle", "create", "--out", bundle, "--file", file, *LEFT_OUT)
    verified = await ran("bundle", "verify", bundle)
    async with serving(client) as target:
        variables = signed_in(tmp_path, target, "pusher:right")
        asked = await ran("bundle", "push", bundle, "--registry", f"{target}/dock", variables=variables)
        untouched = dict(client.repositories)
        pushed = await ran(
            "bundle", "push", bundle, "--registry", f"{target}/dock", "--allow-write", variables=variables
        )
    done("tar", "-xf", bundle, within=tmp_path)
    found = manifests(
        helm(
            *("template", "codemie", inside / "chart" / "codemie-0.1.0.tgz", "--set", f"imageRegistry={target}/dock"),
            *("--values", inside / "chart" / "values.yaml", "--values", inside / "chart" / "images.yaml"),
        )
    )

    assert (made[0], verified[0], pushed[0]) == (0, 0, 0), (made, verified, pushed)
    assert (asked[0], "--allow-write" in asked[2], untouched) == (1, True, {}), asked
    assert "b.tar is whole" in verified[1]
    assert "without   docs" in made[1]
    assert f"imageRegistry={target}/dock" in pushed[1]
    named = {each["image"] for one in found for each in _containers(one)}
    assert {name.partition("@")[0] for name in named} == {f"{target}/dock/{OURS}", f"{target}/dock/{NATS}"}
    for name in named:
        path, _, digest = name.removeprefix(f"{target}/").partition("@")
        assert digest in client.repositories[path].manifests, name
    assert not any("arm64" in layer.decode() for layer in client.repositories[f"dock/{OURS}"].blobs.values())


def _containers(manifest: dict[str, dict[str, dict[str, dict[str, list[dict[str, str]]]]]]) -> list[dict[str, str]]:
    pod = manifest.get("spec", {}).get("template", {}).get("spec", {})
    return [*pod.get("initContainers", []), *pod.get("containers", [])]


async def test_the_unpacked_folder_is_checked_without_codemiectl_and_holds_the_stacks(tmp_path: Path) -> None:
    further = ("--compose", "--image", "registry.k8s.io/ingress-nginx/controller:v1.13.0")
    made = await ran("bundle", "create", "--out", tmp_path / "b.tar", "--no-images", *further, *LEFT_OUT)
    done("tar", "-xf", "b.tar", within=tmp_path)
    inside = tmp_path / "codemie-0.1.0"

    done("sha256sum", "--check", "--strict", "SHA256SUMS", within=inside)
    listed = {line.split("  ")[1] for line in (inside / "SHA256SUMS").read_text().splitlines()}

    assert made[0] == 0, made
    there = {path.relative_to(inside).as_posix() for path in inside.rglob("*") if path.is_file()}
    assert there - listed == {"manifest.json", "SHA256SUMS"}
    images = (inside / "images.txt").read_text()
    for name in (
        "codemie/codemie:",
        "library/nats:",
        "library/caddy:",
        "pgvector/pgvector:",
        "ingress-nginx/controller:",
    ):
        assert images.count(name) == 1, name
    stacks = done("git", "ls-files", "deploy/terraform", within=ROOT).split()
    assert {each for each in stacks if each.endswith((".tf", ".hcl", ".example", "policy.json"))} <= there
    values = CHART / "ci" / "single-values.yaml"
    packed = helm("template", "codemie", inside / "chart" / "codemie-0.1.0.tgz", "-n", NAMESPACE, "-f", values)
    # The secret is made anew each time.
    assert [one for one in manifests(packed) if one["kind"] != "Secret"] == [
        one for one in rendered("single") if one["kind"] != "Secret"
    ]


async def test_what_was_changed_on_the_way_is_told(tmp_path: Path) -> None:
    bundle = tmp_path / "b.tar"
    made = await ran("bundle", "create", "--out", bundle, "--no-images", *LEFT_OUT)
    told = made[1].rpartition("sha256")[2].strip()
    content = bytearray(bundle.read_bytes())
    content[content.index(b"# CodeMie") + 3] ^= 1
    bundle.write_bytes(content)

    damaged = await ran("bundle", "verify", bundle)
    other = await ran("bundle", "verify", bundle, "--sha256", told)

    assert (damaged[0], "its SHA-256 differs" in damaged[2]) == (4, True), damaged
    assert (other[0], "is another file" in other[2]) == (1, True), other


async def test_an_image_that_cannot_be_had_ends_it_and_the_same_command_goes_on(tmp_path: Path) -> None:
    registry = filled()
    kept = registry.repositories.pop(f"mirror/{NATS}")
    async with serving(registry) as host:
        command = ("bundle", "create", "--out", tmp_path / "b.tar", "--file", described(tmp_path, host), *LEFT_OUT)
        missing = await ran(*command)
        registry.repositories[f"mirror/{NATS}"] = kept
        registry.asked.clear()
        good = await ran(*command)
        again = await ran(*command)

    assert (missing[0], good[0], again[0]) == (4, 0, 4), (missing, good, again)
    assert f"{NATS}:2.15.1-alpine cannot be had" in missing[2]
    assert "--no-images" in missing[2]
    assert not [each for each in registry.asked if digest_of(b"of ours") in each]
    assert "is there already" in again[2]
    assert not (tmp_path / "b.tar.making").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("verify", "/nowhere"), 4, "No such file"),
        (("create", "--file", "/nowhere"), 3, "The description cannot be read"),
        (("create", "--image", "a/../b"), 4, "is no name of an image"),
    ],
)
async def test_what_cannot_be_done_is_one_line(arguments: tuple[str, ...], code: int, said: str) -> None:
    ended, _, errors = await ran("bundle", *arguments)

    assert (ended, said in errors, errors.count("\n")) == (code, True, 1), errors


async def test_a_bundle_without_images_is_not_pushed(tmp_path: Path) -> None:
    await ran("bundle", "create", "--out", tmp_path / "b.tar", "--no-images", *LEFT_OUT)

    code, _, errors = await ran("bundle", "push", tmp_path / "b.tar", "--registry", "127.0.0.1:9")

    assert (code, "There are no images" in errors) == (1, True), errors


async def test_values_and_compose_are_rendered_for_another_registry(tmp_path: Path) -> None:
    file = described(tmp_path, "elsewhere.test")
    asked = ("deploy", "render", "--file", file, "--registry", "registry.acme.test:5000/dock", "--out", tmp_path)

    values = await ran(*asked)
    compose = await ran(*asked, "--target", "compose")
    wrong = await ran(*asked[:-4], "--registry", "https://a.test", "--out", tmp_path)

    assert (values[0], compose[0]) == (0, 0), (values, compose)
    chosen = yaml.safe_load((tmp_path / "values.yaml").read_text())
    assert chosen["imageRegistry"] == "registry.acme.test:5000/dock"
    lines = (tmp_path / ".env").read_text().splitlines()
    images = [line.partition("=")[2].strip('"') for line in lines if "_IMAGE=" in line]
    assert len(images) == 6
    assert all(image.startswith("registry.acme.test:5000/dock/") for image in images)
    assert (wrong[0], "is no registry" in wrong[2]) == (4, True), wrong
