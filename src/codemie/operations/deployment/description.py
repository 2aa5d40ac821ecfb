"""`codemie.yaml` of a deployment: what an installation is to be, as far as people have to decide it."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from codemie.kernel.documents import DocumentError, Problem, read_document

_HOST = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$"
_NAME = r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise ValueError("must be a network such as 10.0.0.0/16, written with its first address") from None


Network = Annotated[str, AfterValidator(_network)]
Name = Annotated[str, Field(pattern=_NAME)]


class Part(BaseModel):
    """A section of the file: what nobody knows is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Image(Part):
    """Where the platform's image is."""

    registry: str = "docker.io"
    repository: str = "codemie/codemie"
    tag: str = ""
    digest: str = Field(default="", pattern=r"^(sha256:[0-9a-f]{64})?$")

    @model_validator(mode="after")
    def _versioned(self) -> Self:
        if self.tag == "latest":
            raise ValueError("tag: latest says nothing about what runs; name a version")
        return self


class SignIn(Part):
    """Who people are."""

    provider: Literal["local", "keycloak", "oidc"] = "local"
    issuer: str = Field(default="", pattern=r"^(https://\S+)?$")
    client_id: str = "codemie"
    label: str = Field(default="", max_length=40)
    oauth2_proxy: bool = False
    admin_email: str = Field(default="admin@codemie.ai", pattern=r"^[^@\s]+@[^@\s]+$")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.provider == "oidc" and not self.issuer:
            raise ValueError("provider: oidc needs issuer, exactly as the provider's discovery document says")
        if self.oauth2_proxy and self.provider == "local":
            raise ValueError("oauth2_proxy: true needs provider: keycloak or oidc")
        return self


class Database(Part):
    """Where PostgreSQL is, on Kubernetes. Compose brings its own."""

    trial: bool = False
    secret: Name | None = None
    networks: tuple[Network, ...] = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.trial and self.secret:
            raise ValueError("trial: true brings a database of its own; leave out secret, or trial")
        return self


class Tls(Part):
    """Certificates: from an authority by ACME, or yours."""

    email: str = Field(default="", pattern=r"^([^@\s]+@[^@\s]+)?$")
    certificate: Path | None = None
    key: Path | None = None
    authority: Path | None = None
    secret: Name = "codemie-tls"  # noqa: S105 - the name of one
    cluster_issuer: str = ""

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if (self.certificate is None) is not (self.key is None):
            raise ValueError("certificate and key belong together")
        if self.email and self.certificate:
            raise ValueError("email asks an authority for a certificate; leave it out where you give one")
        return self


class Agents(Part):
    """Agents of the plugin engine; the WebSocket is always there."""

    load_balancer: bool = False
    networks: tuple[Network, ...] = ()
    tls_secret: Name = "codemie-nats-tls"  # noqa: S105 - the name of one


class Size(Part):
    """How many replicas on Kubernetes."""

    api: int = Field(default=2, ge=1, le=1000)
    api_most: int = Field(default=6, ge=1, le=1000)
    workers: int = Field(default=1, ge=1, le=1000)
    workers_most: int = Field(default=4, ge=1, le=1000)
    nats: Literal[1, 3, 5] = 1

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for name in ("api", "workers"):
            if getattr(self, name) > getattr(self, f"{name}_most"):
                raise ValueError(f"{name} must not be more than {name}_most")
        return self


class Aws(Part):
    """What Terraform needs to know of the account."""

    account_id: str = Field(pattern=r"^[0-9]{12}$")
    region: str = Field(default="eu-central-1", pattern=r"^[a-z]{2}-[a-z]+-[1-9]$")
    vpc_cidr: Network = "10.0.0.0/16"
    allowed_cidrs: tuple[Network, ...] = Field(min_length=1)
    api_allowed_cidrs: tuple[Network, ...] = ()
    admin_principal_arns: tuple[str, ...] = Field(min_length=1)
    bedrock_model_arns: tuple[str, ...] = ()
    variables: dict[str, Any] = {}


class Deployment(Part):
    """The whole file."""

    version: Literal[1]
    name: str = Field(default="codemie", pattern=r"^[a-z][a-z0-9-]{0,13}[a-z0-9]$")
    domain: str = Field(pattern=_HOST)
    cloud: Literal["aws", "azure", "gcp", "none"] = "none"
    profile: Literal["prod", "dev"] = "prod"
    namespace: Name = "codemie"
    image: Image = Image()
    mirror: str = Field(default="", pattern=r"^([^/:\s]+(:[0-9]+)?(/[^/\s]+)*)?$")
    pull_secrets: tuple[Name, ...] = ()
    sign_in: SignIn = SignIn()
    database: Database = Database()
    tls: Tls = Tls()
    agents: Agents = Agents()
    size: Size = Size()
    aws: Aws | None = None
    settings: dict[str, dict[str, Any]] = {}

    @property
    def host(self) -> str:
        """Where people go; the same name on every cloud and on one host."""
        return f"codemie.{self.domain}"

    @property
    def agents_host(self) -> str:
        """Where agents go that do not use the WebSocket."""
        return f"codemie-nats.{self.domain}"

    @property
    def keycloak_host(self) -> str:
        """Where Keycloak is, where it is ours."""
        return f"keycloak.{self.domain}"

    @property
    def issuer(self) -> str:
        """The issuer of people's tokens; empty with local accounts."""
        own = f"https://{self.keycloak_host}/realms/codemie-prod" if self.sign_in.provider == "keycloak" else ""
        return self.sign_in.issuer or own


def read(text: str, file: str) -> Deployment:
    """The deployment that a file describes.

    Args:
        text: of the file.
        file: its name, for messages.

    Raises:
        DocumentError: not YAML, or a value that does not fit; names line, column and key of each.
    """
    document = read_document(text, file)
    if not isinstance(document.data, dict):
        raise DocumentError([Problem(file, 1, 1, "", "must hold a mapping; 'codemiectl deploy init' writes a sample")])
    return document.validated(Deployment)
