"""Which credential a tool of a run works with: what was chosen for it, or the best of what is there."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from codemie.identity.caller import Caller
from codemie.integrations import repository as integrations
from codemie.integrations.credential_values import complete
from codemie.integrations.origins import origin_of
from codemie.integrations.plugin_key import PLUGIN, PLUGIN_KEY, lookup_hash
from codemie.integrations.resolution import Lender, NoCredential, Wanted, lent
from codemie.integrations.vault import Credential, Vault
from codemie.kernel import row_security
from codemie.kernel.database import Database
from codemie.toolkits.connection import Repository
from codemie.toolkits.toolkit import Offer


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for one tool.

    Args:
        named: id of an integration that the request names.
        pinned: id of the one that the assistant names.
        alias: of one the request names by it.
        values: given with the request, instead of any integration.
        stated: what the assistant states beside its integration, such as which agents it means; never in its place.
    """

    named: str | None = None
    pinned: str | None = None
    alias: str | None = None
    values: Mapping[str, Any] | None = field(default=None, repr=False)
    stated: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class PersonalChoice:
    """What the person set up for the assistant's tools: ids in order of preference.

    Args:
        ids: of integrations.
        declined: whether they want none used.
        automatic: whether the assistant's own choice is passed over.
    """

    ids: tuple[str, ...] = ()
    declined: bool = False
    automatic: bool = False


Mapped = Callable[[Offer], Awaitable[PersonalChoice]]


@dataclass(frozen=True, slots=True)
class Purse:
    """Finds and opens credentials for the tools of one run, anew for each call.

    Args:
        database: of the process.
        vault: of this installation.
        caller: in whose name.
        project: where.
        purpose: of the calls, for the audit log.
        choices: by tool name.
        lender: the stored assistant whose pinned integrations count.
        mapped: what the person set up.
        repository: that the run works in.
    """

    database: Database
    vault: Vault
    caller: Caller
    project: str
    purpose: str
    choices: Mapping[str, Choice] = field(default_factory=dict[str, Choice])
    lender: Lender | None = None
    mapped: Mapped | None = None
    repository: Repository | None = None

    @asynccontextmanager
    async def __call__(self, offer: Offer) -> AsyncGenerator[Credential]:
        """The credential for a tool, for the time of the block.

        Raises:
            NoCredential, NotFound, AccessDenied: see `integrations.resolution.lent`.
        """
        kind = offer.toolkit.credential or ""
        choice = self.choices.get(offer.name) or self.choices.get(offer.chosen_as) or Choice()
        if choice.values is not None and kind == PLUGIN:
            # What else it says, such as the label of the agents that are meant, stands beside the integration.
            said = {key: str(value) for key, value in choice.values.items() if key != PLUGIN_KEY and value}
            choice = Choice(named=await self._holding(choice.values), stated={**choice.stated, **said})
        if choice.values is not None:
            yield Credential("", "given with the request", kind, _completed(kind, choice.values))
            return
        mapping = await self.mapped(offer) if self.mapped else PersonalChoice()
        if mapping.declined:
            raise NoCredential(
                details=f"You chose to use no integration for {offer.name} of this assistant.",
                help="Change it in your own settings of the assistant.",
            )
        wanted = Wanted(
            kind,
            self.project,
            also=offer.toolkit.also,
            tool=offer.name,
            purpose=self.purpose,
            mapped=mapping.ids,
            named=choice.named,
            pinned=None if mapping.automatic else choice.pinned or self._of_repository(offer),
            alias=choice.alias,
            lender=self.lender,
            fit=self._fit(offer),
        )
        async with lent(self.database, self.vault, self.caller, wanted) as credential:
            yield replace(credential, values={**choice.stated, **credential.values}) if choice.stated else credential

    async def _holding(self, values: Mapping[str, Any]) -> str:
        """The integration of the caller's that holds a plugin key which the request brings along.

        A key opens nothing unless somebody keeps it here: what was decided for it there counts, however it comes.
        """
        key = str(values.get(PLUGIN_KEY) or "")
        with row_security.system("use a credential"):
            async with self.database.session() as session:
                found = await integrations.usable_with_hashes(session, self.caller, PLUGIN, [lookup_hash(key)])
        if not found:
            raise NoCredential(
                details="The plugin key that came with the request is none that you may use.",
                help="Name an integration with a plugin key, or create one on the page Plugins.",
            )
        return found[-1].id

    def _of_repository(self, offer: Offer) -> str | None:
        """The integration that the data source of the repository names."""
        return self.repository.setting_id if self.repository and offer.toolkit.works_in else None

    def _fit(self, offer: Offer) -> Callable[[dict[str, Any]], int] | None:
        repository = self.repository
        if repository is None or offer.toolkit.works_in is None:
            return offer.toolkit.fit
        fits = offer.toolkit.fits_repository or fits_by_origin
        return lambda values: fits(values, repository)


def fits_by_origin(values: Mapping[str, Any], repository: Repository) -> int:
    """Prefer the credential of exactly this repository, then one of its origin; others do not fit."""
    url = str(values.get("url") or "")
    if origin_of(url) != origin_of(repository.url):
        return 0
    return 3 if _address(url) == _address(repository.url) else 2


def _address(url: str) -> str:
    parts = urlsplit(url.strip())
    return f"{parts.netloc.rpartition('@')[2].lower()}{parts.path.removesuffix('/').removesuffix('.git')}"


def _completed(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return complete(kind, [{"key": key, "value": value} for key, value in values.items()], {})
