"""`codemie.yaml` of a deployment: what an installation is to be, as far as people have to decide it."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from codemie.kernel.documents import DocumentError, Problem, read_document

_HOST = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$"
_NAME = r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"
_GUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_REALM = "/realms/codemie-prod"


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise ValueError("must be a network such as 10.0.0.0/16, written with its first address") from None


Network = Annotated[str, AfterValidator(_network)]
Name = Annotated[str, Field(pattern=_NAME)]
Guid = Annotated[str, Field(pattern=_GUID)]


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
        if self.provider == "keycloak" and self.issuer and not self.issuer.endswith(_REALM):
            raise ValueError(f"issuer must end with {_REALM}, the realm we ship; for another realm say provider: oidc")
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


class Azure(Part):
    """What Terraform needs to know of the subscription, and what it then tells: the client ids."""

    subscription_id: Guid
    location: str = Field(default="westeurope", pattern=r"^[a-z]+[0-9]?$")
    network_cidr: Network = "10.0.0.0/16"
    allowed_cidrs: tuple[Network, ...] = Field(min_length=1)
    api_allowed_cidrs: tuple[Network, ...] = Field(min_length=1)
    admin_group_object_ids: tuple[Guid, ...] = Field(min_length=1)
    openai_account_ids: tuple[str, ...] = ()
    client_ids: dict[Literal["api", "worker"], Guid] = {}
    variables: dict[str, Any] = {}


class Gcp(Part):
    """What Terraform needs to know of the project."""

    project_id: str = Field(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")
    region: str = Field(default="europe-west3", pattern=r"^[a-z]+-[a-z]+[0-9]{1,2}$")
    zone_name: str = Field(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")
    network_cidr: Network = "10.0.0.0/16"
    pods_cidr: Network = "10.64.0.0/16"
    allowed_cidrs: tuple[Network, ...] = Field(min_length=1)
    api_allowed_cidrs: tuple[Network, ...] = Field(min_length=1)
    uses_vertex_models: bool = False
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
    azure: Azure | None = None
    gcp: Gcp | None = None
    settings: dict[str, dict[str, Any]] = {}

    @model_validator(mode="after")
    def _fits_its_stack(self) -> Self:
        stack, sign_in = self.stack, self.sign_in
        if isinstance(stack, Aws | Gcp) and sign_in.oauth2_proxy:
            raise ValueError(
                f"sign_in.oauth2_proxy needs ingress-nginx, and the load balancers of the section {self.cloud} lead "
                "past it: nobody could sign in. Leave out oauth2_proxy; the platform signs people in itself"
            )
        if isinstance(stack, Aws) and sign_in.provider == "keycloak" and not sign_in.issuer:
            raise ValueError(
                f"the stack for AWS makes neither name, certificate nor load balancer for {self.keycloak_host}: give "
                f"sign_in.issuer, https://HOST{_REALM}, of a Keycloak that you publish yourself"
            )
        if isinstance(stack, Azure) and self.agents.networks:
            raise ValueError(
                "on Azure agents come from azure.allowed_cidrs, since one rule stands in front of all nodes: add their "
                "networks there, and leave out agents.networks"
            )
        return self

    @property
    def stack(self) -> Aws | Azure | Gcp | None:
        """The section that describes the Terraform stack of the cloud, if there is one."""
        sections: dict[str, Aws | Azure | Gcp | None] = {"aws": self.aws, "azure": self.azure, "gcp": self.gcp}
        return sections.get(self.cloud)

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
        own = f"https://{self.keycloak_host}{_REALM}" if self.sign_in.provider == "keycloak" else ""
        return self.sign_in.issuer or own

    @property
    def keycloak_url(self) -> str:
        """Where Keycloak's own interface is, where the realm we ship is in it."""
        return self.issuer.removesuffix(_REALM) if self.sign_in.provider == "keycloak" else ""


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
