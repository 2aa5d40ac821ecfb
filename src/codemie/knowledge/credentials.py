"""Stored credentials for the sources that are read with one."""

from dataclasses import dataclass

from codemie.identity.caller import Caller
from codemie.integrations.git_access import GIT_TYPES, GitAccess, accessing
from codemie.integrations.lending import Borrower, lend
from codemie.integrations.settings import IntegrationsSettings
from codemie.integrations.vault import Vault
from codemie.kernel.database import Database

_PURPOSE = "read a repository"


@dataclass(frozen=True, slots=True)
class Chosen:
    """An integration chosen for a data source.

    Args:
        setting_id: of the integration.
        borrower: the data source.
        caller: who chooses it; None when that was done before.
    """

    setting_id: str
    borrower: Borrower
    caller: Caller | None = None


@dataclass(frozen=True, slots=True)
class SourceCredentials:
    """Takes credentials out for data sources.

    Args:
        database: of the process.
        vault: of this installation.
        settings: where integrations may lead.
    """

    database: Database
    vault: Vault
    settings: IntegrationsSettings

    async def access(self, chosen: Chosen, url: str) -> GitAccess:
        """The credential, ready for the repository at an address.

        Raises:
            NotFound, AccessDenied, NotLent: see `integrations.lending.lend`.
            CredentialElsewhere, CredentialUnusable, UpstreamFailed: see `integrations.git_access.accessing`.
        """
        credential = await lend(
            self.database,
            self.vault,
            chosen.borrower,
            chosen.setting_id,
            types=GIT_TYPES,
            purpose=_PURPOSE,
            caller=chosen.caller,
        )
        return await accessing(credential, url, self.settings)
