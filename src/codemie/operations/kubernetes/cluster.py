"""What the checks of one run see of a cluster: each kind is read once, when the first check asks for it."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable

from codemie.checks.sources import Unobservable
from codemie.operations.kubernetes.client import Absent, Api, ApiFailed, Forbidden
from codemie.operations.kubernetes.kinds import EVENTS, PODS, SECRETS, Kind, Manifest, Right
from codemie.operations.kubernetes.manifest import namespace_of

ROLE_FILE = "deploy/kubernetes/reader.yaml"
WINDOW = dt.timedelta(hours=1)
"""What was said before says nothing of now, if nobody asks; the API server itself keeps events for this long."""
READ_WHOLE = frozenset({PODS, EVENTS})
"""Read once for all namespaces, since some checks need those of others too; ours alone where that is not allowed."""


class Cluster:
    """One cluster, and the namespaces of the installation in it.

    Args:
        api: how to read.
        namespaces: where the installation is, the platform's own first.
        window: how long ago what happened still counts.
        now: tells the time; for tests.
    """

    def __init__(
        self,
        api: Api,
        namespaces: tuple[str, ...] = ("codemie",),
        *,
        window: dt.timedelta = WINDOW,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self.api = api
        self.namespaces = namespaces
        self.window = window
        self.now = now
        self._read: dict[object, asyncio.Future[list[Manifest]]] = {}

    async def everywhere(self, kind: Kind) -> list[Manifest]:
        """All objects of a kind.

        Raises:
            Unobservable: we may not, or the cluster does not answer; says which right is missing.
        """
        return await self._once((kind, None), Right("list", kind, everywhere=True), lambda: self.api.items(kind))

    async def ours(self, kind: Kind) -> list[Manifest]:
        """All objects of a kind in the namespaces of the installation.

        Raises:
            Unobservable: as above.
        """
        if kind in READ_WHOLE:
            try:
                return [each for each in await self.everywhere(kind) if namespace_of(each) in self.namespaces]
            except Unobservable as hidden:
                if not isinstance(hidden.__cause__, Forbidden):
                    raise
        found = await asyncio.gather(*(self.within(kind, namespace) for namespace in self.namespaces))
        return [each for part in found for each in part]

    async def within(self, kind: Kind, namespace: str) -> list[Manifest]:
        """All objects of a kind in one namespace.

        Raises:
            Unobservable: as above.
        """
        right = Right("list", kind)
        return await self._once((kind, namespace), right, lambda: self.api.items(kind, namespace), namespace)

    async def offered(self, kind: Kind) -> list[Manifest] | None:
        """The same of a kind that a cluster need not have; None where it has not."""
        try:
            return await self.ours(kind) if kind.namespaced else await self.everywhere(kind)
        except Unobservable as hidden:
            if isinstance(hidden.__cause__, Absent):
                return None
            raise

    async def knows(self, *versions: str) -> bool:
        """Whether the cluster has one of these API versions.

        Raises:
            Unobservable: it does not say.
        """
        for version in versions:
            try:
                if await self.api.resources(version):
                    return True
            except Absent:
                continue
            except ApiFailed as error:
                raise Unobservable(
                    f"The cluster does not say whether it has {version}: {error}", "Run again"
                ) from error
        return False

    async def secret(self, namespace: str, name: str) -> Manifest | None:
        """A secret; None where there is none.

        Raises:
            Unobservable: we may not read it.
        """

        async def read() -> list[Manifest]:
            try:
                return [await self.api.one(SECRETS, namespace, name)]
            except Absent:
                return []

        found = await self._once((SECRETS, namespace, name), Right("get", SECRETS), read, namespace)
        return found[0] if found else None

    async def log(self, namespace: str, pod: str, container: str, *, lines: int = 40) -> list[str]:
        """What a container wrote last before it ended, else what it writes; nothing where it cannot be read."""
        for previous in (True, False):
            try:
                text = await self.api.log(namespace, pod, container, previous=previous, lines=lines)
            except ApiFailed:
                continue
            if text.strip():
                return text.splitlines()
        return []

    async def _once(
        self, key: object, right: Right, read: Callable[[], Awaitable[list[Manifest]]], namespace: str = ""
    ) -> list[Manifest]:
        if key not in self._read:
            # A task of its own: a check that runs out of time must not take the answer from the others.
            self._read[key] = asyncio.ensure_future(read())
        try:
            return await asyncio.shield(self._read[key])
        except Forbidden as error:
            raise Unobservable(
                f"The reader may not {right.verb} {right.kind.full_name}{f' in {namespace}' if namespace else ''}",
                right.question(namespace or self.namespaces[0]),
                f"Add to its role: {right.rule}",
                f"Or apply {ROLE_FILE}",
            ) from error
        except ApiFailed as error:
            raise Unobservable(f"{right.kind.full_name} cannot be read: {error}", "Run again") from error
