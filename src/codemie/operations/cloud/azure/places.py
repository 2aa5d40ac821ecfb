"""Where Azure is: the public cloud, one of the sovereign ones, or what the environment says."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx2


@dataclass(frozen=True)
class Places:
    """Addresses of one cloud, without a closing slash.

    Attributes:
        manager: of the Azure Resource Manager.
        authority: of Entra ID, which signs in.
        audience: for whom a token of the manager is; some clouds have another one than the manager's address.
        storage: audience of blobs.
        metadata: of the identity of this machine.
    """

    manager: str
    authority: str
    audience: str
    storage: str = "https://storage.azure.com"
    metadata: str = "http://169.254.169.254/metadata/identity/oauth2/token"

    def manages(self, url: str) -> bool:
        """Whether an address is one of the manager, which may be given its token.

        Some resource providers write the usual port, or capitals, into the address of a next page; both are the same.

        Args:
            url: such as Azure names for a next page.
        """
        try:
            own, other = httpx2.URL(self.manager), httpx2.URL(url)
        except httpx2.InvalidURL:
            return False
        # A name and password in it would be sent in place of the token.
        is_there = (own.scheme, own.host, own.port) == (other.scheme, other.host, other.port) and not other.userinfo
        return is_there and other.path.startswith(f"{own.path.rstrip('/')}/")


# https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure and
# https://learn.microsoft.com/azure/china/resources-developer-guide
_CLOUDS: Mapping[str, tuple[str, str]] = {
    "public": ("https://management.azure.com", "https://login.microsoftonline.com"),
    "usgovernment": ("https://management.usgovcloudapi.net", "https://login.microsoftonline.us"),
    "china": ("https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn"),
}


def places_of(environment: Mapping[str, str]) -> Places:
    """The cloud that the environment means.

    ARM_ENVIRONMENT names it, as for Terraform; ARM_ENDPOINT and AZURE_AUTHORITY_HOST give addresses one by one.

    Args:
        environment: variables of this process.
    """
    named = environment.get("ARM_ENVIRONMENT", "public").lower()
    manager, authority = _CLOUDS.get(named, _CLOUDS["public"])
    return Places(
        manager=(environment.get("ARM_ENDPOINT") or manager).rstrip("/"),
        authority=(environment.get("AZURE_AUTHORITY_HOST") or authority).rstrip("/"),
        audience=manager,
        metadata=environment.get("ARM_MSI_ENDPOINT") or Places.metadata,
    )
