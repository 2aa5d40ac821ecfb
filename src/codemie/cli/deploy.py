"""What `deploy init` and `deploy render` do: read one file, write what others read."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from codemie.cli.exits import Refused
from codemie.kernel.documents import Document, read_document
from codemie.kernel.errors import ConfigurationError
from codemie.kernel.settings import load_section, read_file, refuse_unknown_rooms
from codemie.operations.deployment import compose, helm_values, shipped, tfvars
from codemie.operations.deployment.description import Deployment, read
from codemie.operations.deployment.sample import SAMPLE
from codemie.operations.deployment.secret_values import completed
from codemie.operations.preflight.placeholders import examples
from codemie.operations.registry.names import Image
from codemie.settings import SECTIONS

_HEAD = "# By codemiectl deploy render, from {file}. Change that file, not this one.\n"
_NEXT = {
    "helm-values": "Look before you install: codemiectl preflight --cluster --values {out}/values.yaml. Then: helm"
    " upgrade --install codemie deploy/helm/codemie --namespace codemie --create-namespace --values {out}/values.yaml",
    "tfvars": "Look before you apply: codemiectl preflight --cloud {cloud} --tfvars {out}. Then: codemiectl tf plan"
    " --directory deploy/terraform/{cloud}/platform --var-file {out}/terraform.tfvars.json",
    "compose": "Start it: docker compose --project-directory {out} up --detach --wait",
}
"""What whoever has rendered does next, by target."""
_COPIED = {
    "compose.yaml": "docker/compose.yaml",
    "Caddyfile": "docker/Caddyfile",
    "sites/keycloak.caddy": "docker/keycloak.caddy",
    "oauth2-proxy.cfg": "oauth2-proxy/oauth2-proxy.cfg",
}


def init(file: Path, *, force: bool) -> None:
    """Write the sample.

    Raises:
        Refused: the file is there.
    """
    if file.exists() and not force:
        raise Refused(f"{file} is there already. Name another with --file, or write over it with --force.")
    file.write_text(SAMPLE, encoding="utf-8")
    print(f"Wrote {file}. Set its domain, then: codemiectl deploy render --file {file} --target … --out …")


def render(file: Path, target: str, out: Path, registry: str | None = None) -> None:
    """Render one target into a folder.

    Args:
        file: the description.
        target: who is to read it.
        out: the folder.
        registry: that has every image, in the place of the file's mirror.

    Raises:
        ConfigurationError: the file cannot be read, or says what cannot be.
    """
    deployment = described(file, registry)
    _look_for_examples(deployment, file)
    if target == "helm-values" and not deployment.mirror and "registry" not in deployment.image.model_fields_set:
        image = f"{deployment.image.registry}/{deployment.image.repository}"
        print(
            f"Warning: {file}, image.registry: nobody publishes {image}; build it, push it to a registry of yours,"
            " and write that there",
            file=sys.stderr,
        )
    variables = _variables(deployment, file)
    writers: dict[str, Callable[[], list[str]]] = {
        "helm-values": lambda: _helm(deployment, variables, file, out),
        "tfvars": lambda: _terraform(deployment, out),
        "compose": lambda: _compose(deployment, file, out),
    }
    written = writers[target]()
    print(f"Wrote {', '.join(written)} in {out}. {_NEXT[target].format(out=out, cloud=deployment.cloud)}")


def described(file: Path, registry: str | None = None) -> Deployment:
    """What a file describes, with another mirror where one is named.

    Raises:
        ConfigurationError: the file cannot be read, or says what cannot be.
        InvalidInput: that is no registry.
    """
    deployment = _read(file)
    if registry is None:
        return deployment
    Image(registry, deployment.image.repository, "any").at(registry)
    return deployment.model_copy(update={"mirror": registry})


def helm_values_of(file: Path) -> dict[str, Any]:
    """The values for Helm of what a file describes.

    Raises:
        ConfigurationError: as above.
    """
    deployment = described(file)
    return helm_values.values(deployment, _variables(deployment, file))


def as_text(values: dict[str, Any], file: Path) -> str:
    """Values as a file, which says where they come from."""
    import yaml

    return _HEAD.format(file=file.name) + yaml.safe_dump(values, sort_keys=False)


def _read(file: Path) -> Deployment:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            "The description cannot be read",
            details=f"{file}: {error}",
            help="'codemiectl deploy init' writes a sample; another place is named with --file",
        ) from error
    return read(text, str(file))


def _look_for_examples(deployment: Deployment, file: Path) -> None:
    """Refuse a domain of an example, by which nothing would be reached; name what else is left of one."""
    found = dict(examples(deployment.model_dump(mode="json", exclude_unset=True)))
    if reason := found.get("domain"):
        raise ConfigurationError(
            "The domain is that of an example",
            details=f"{file}, domain: {reason}",
            help="Write a domain of yours there: people open codemie.DOMAIN",
        )
    for key, reason in found.items():
        print(f"Warning: {file}, {key}: {reason}", file=sys.stderr)


def _variables(deployment: Deployment, file: Path) -> dict[str, Any]:
    """The settings by their variables; refuses what no room knows, what a room refuses, and what is secret."""
    document = Document(f"{file}, section settings", deployment.settings, None)
    refuse_unknown_rooms(document, list(SECTIONS))
    found: dict[str, Any] = {}
    for room, given in deployment.settings.items():
        for origin in load_section(SECTIONS[room], room, {}, document)[1]:
            value = given.get(origin.key.partition(".")[2])
            if value is None:
                continue
            if origin.secret:
                raise ConfigurationError(
                    f"{origin.key} is a secret, and this file holds none",
                    details=f"It stands in {file}, section settings",
                    help="On Kubernetes give it with extraEnv from a secret, for Compose in secrets/own.yaml",
                )
            found[origin.env] = ",".join(map(str, cast("list[Any]", value))) if isinstance(value, list) else value
    return found


def _helm(deployment: Deployment, variables: dict[str, Any], file: Path, out: Path) -> list[str]:
    _write(out / "values.yaml", as_text(helm_values.values(deployment, variables), file))
    return ["values.yaml"]


def _terraform(deployment: Deployment, out: Path) -> list[str]:
    _write(out / "terraform.tfvars.json", json.dumps(tfvars.variables(deployment), indent=2) + "\n")
    return ["terraform.tfvars.json"]


def _compose(deployment: Deployment, file: Path, out: Path) -> list[str]:
    compose.refuse_unfit(deployment)
    wanted = dict(_COPIED)
    if deployment.sign_in.provider != "keycloak":
        del wanted["sites/keycloak.caddy"]
        (out / "sites" / "keycloak.caddy").unlink(missing_ok=True)
    secrets = out / "secrets"
    certificates = _certificates(deployment, file.parent)
    secrets.mkdir(parents=True, exist_ok=True)
    # The folder keeps others of this host out; the files must be readable to whatever user a container has.
    secrets.chmod(0o700)
    (out / "sites").mkdir(exist_ok=True)
    texts = {name: (shipped.folder() / source).read_text(encoding="utf-8") for name, source in wanted.items()}
    for name, text in texts.items():
        _write(out / name, text)
    _write(out / ".env", compose.environment(deployment, texts["compose.yaml"]))
    kept = completed(_kept(secrets / "generated.json"))
    _write(secrets / "generated.json", json.dumps(kept, indent=2) + "\n", mode=0o600)
    own = read_file(secrets / "own.yaml").data
    for name, text in (compose.secret_files(deployment, kept, own) | certificates).items():
        _write(secrets / name, text, mode=0o444)
    return [*wanted, ".env", "secrets/"]


def _kept(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        return cast("dict[str, str]", read_document(path.read_text(encoding="utf-8"), str(path)).data)
    except OSError as error:
        raise ConfigurationError("The secrets made before cannot be read", details=f"{path}: {error}") from error


def _certificates(deployment: Deployment, folder: Path) -> dict[str, str]:
    """Every file that Compose wants, empty where there is none: a missing one would stop it."""
    import certifi

    tls = deployment.tls
    found = {
        name: "" if path is None else _pem(folder / path, key)
        for name, key, path in (
            ("tls.crt", "tls.certificate", tls.certificate),
            ("tls.key", "tls.key", tls.key),
            ("ca.crt", "tls.authority", tls.authority),
        )
    }
    if found["ca.crt"]:
        # Who names authorities of his own replaces all others, and models are asked by public names.
        found["ca.crt"] += "\n" + Path(certifi.where()).read_text(encoding="utf-8")
    return found


def _pem(path: Path, key: str) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{key} cannot be read", details=f"{path}: {error}") from error
    if "-----BEGIN " not in text:
        raise ConfigurationError(f"{key} is no PEM file", details=str(path))
    return text


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    """Write at once or not at all: half a secret would be a lost one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.chmod(mode)
    fresh.replace(path)
