"""What may be wrong with what codemie.yaml names: each turns exactly its own check red."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codemie.checks.report import Status
from tests.operations.injection import Fault
from tests.operations.preflight.described.world import HOST, NATS, OURS, DescribedWorld
from tests.plugins.diagnosis.certificates import DAY, issued


@dataclass(frozen=True)
class DescribedFault(Fault):
    """A fault of the registry or the certificate."""

    inject: Callable[[DescribedWorld], object] = lambda _: None


def _being(**facts: Any) -> Callable[[DescribedWorld], None]:
    return lambda world: vars(world).update(facts)


def _registry(**facts: Any) -> Callable[[DescribedWorld], None]:
    return lambda world: vars(world.registry).update(facts)


def _login(login: str, **facts: Any) -> Callable[[DescribedWorld], None]:
    def inject(world: DescribedWorld) -> None:
        world.login = login
        vars(world.registry).update(facts)

    return inject


def _without(path: str) -> Callable[[DescribedWorld], object]:
    return lambda world: world.registry.repositories.pop(path)


def _for_arm(world: DescribedWorld) -> None:
    world.registry.put(NATS, "2.15.1-alpine", ("linux/arm64",))


def _certificate(**facts: Any) -> Callable[[DescribedWorld], None]:
    def inject(world: DescribedWorld) -> None:
        world.certificate = issued(HOST, **{"names": (HOST,), **facts})

    return inject


def _other_key(world: DescribedWorld) -> None:
    world.key = issued(HOST, names=(HOST,))


FAULTS: tuple[DescribedFault, ...] = (
    DescribedFault("images.auth", "the registry wants a login that nobody names", inject=_registry(is_open=False)),
    DescribedFault("images.auth", "the registry refuses the login: 401", inject=_login("puller:wrong")),
    DescribedFault("images.auth", "the login may not read the image: 403", inject=_login("puller:right", forbids=True)),
    DescribedFault("images.found", "the tag of our image was never pushed", inject=_without(OURS)),
    DescribedFault("images.found", "the mirror lacks the image of NATS", inject=_without(NATS)),
    DescribedFault("images.platform", "an image is for Arm only", inject=_for_arm),
    DescribedFault(
        "images.platform",
        "one group of nodes is of Arm, and an image is not",
        inject=_being(
            values={"node_groups": {"a": {"instance_types": ["m7i.large"]}, "b": {"instance_types": ["m7g.large"]}}}
        ),
    ),
    DescribedFault(
        "description.placeholders",
        "the network of the agents is that of the sample",
        inject=_being(lines="agents: {load_balancer: true, networks: [203.0.113.0/24]}\n"),
    ),
    DescribedFault("tls.files", "the certificate is for other names", inject=_certificate(names=("x.test",))),
    DescribedFault("tls.files", "the certificate has ended", inject=_certificate(ends=-DAY)),
    DescribedFault("tls.files", "the certificate ends in a week", Status.WARN, _certificate(ends=dt.timedelta(days=7))),
    DescribedFault("tls.files", "the key is another one's", inject=_other_key),
    DescribedFault(
        "tls.files",
        "the certificate does not cover our Keycloak",
        inject=_being(lines="sign_in: {provider: keycloak}\n"),
    ),
)
