"""What a plan opens to the whole internet."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import ip_network
from typing import Any, cast

from codemie.operations.terraform.plan import Change

MEANT = {80, 443, 4222, 30422}
"""Pages and agents: what may be open to everybody."""

_ALL_PORTS = range(65536)
_SWITCHES = {
    "aws_db_instance": ("publicly_accessible", "The database gets a public address"),
    "aws_rds_cluster_instance": ("publicly_accessible", "The database gets a public address"),
    "azurerm_postgresql_flexible_server": ("public_network_access_enabled", "The database gets a public address"),
    "azurerm_storage_account": ("allow_nested_items_to_be_public", "Files may be made public"),
    "azurerm_container_registry": ("anonymous_pull_enabled", "Anybody may pull images"),
}
_BLOCKS_OF_BUCKETS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
_EVERYBODY = {"allUsers", "allAuthenticatedUsers"}


def openings(change: Change) -> Iterator[str]:
    """What the resource lets everybody do afterwards."""
    if change.kind in _SWITCHES:
        attribute, text = _SWITCHES[change.kind]
        if change.is_on(attribute):
            yield text
    for ports, networks in _admitted(change):
        strange = [port for port in ports if port not in MEANT]
        if strange and any(map(_is_everybody, networks)):
            yield f"Everybody reaches {_named(ports)}"
    if change.kind.endswith(("_iam_member", "_iam_binding")):
        yield from _roles(change)
    if change.kind in _OTHERS:
        yield from _OTHERS[change.kind](change)


def _buckets(change: Change) -> Iterator[str]:
    off = [name for name in _BLOCKS_OF_BUCKETS if change.is_on(name) is False]
    if off and change.after:
        yield f"The bucket may be made public: {', '.join(off)} off"


def _eks(change: Change) -> Iterator[str]:
    for access in _blocks(change.after, "vpc_config"):
        networks = _list(access, "public_access_cidrs")
        # None at all means everybody to AWS.
        if access.get("endpoint_public_access") and (not networks or any(map(_is_everybody, networks))):
            yield "The Kubernetes API answers everybody"


def _cloud_sql(change: Change) -> Iterator[str]:
    networks = _blocks(change.after, "settings", "ip_configuration", "authorized_networks")
    if any(_is_everybody(each.get("value")) for each in networks):
        yield "The database answers everybody"


def _gke(change: Change) -> Iterator[str]:
    limits = _blocks(change.after, "master_authorized_networks_config")
    networks = _blocks(change.after, "master_authorized_networks_config", "cidr_blocks")
    inside = any(each.get("enable_private_endpoint") for each in _blocks(change.after, "private_cluster_config"))
    if any(_is_everybody(each.get("cidr_block")) for each in networks) or (change.after and not limits and not inside):
        yield "The Kubernetes API answers everybody"


def _aks(change: Change) -> Iterator[str]:
    inside = change.is_on("private_cluster_enabled")
    profiles = _blocks(change.after, "api_server_access_profile")
    networks = [network for each in profiles for network in _list(each, "authorized_ip_ranges")]
    if change.after and not inside and (not networks or any(map(_is_everybody, networks))):
        yield "The Kubernetes API answers everybody"


def _roles(change: Change) -> Iterator[str]:
    if {change.after.get("member"), *_list(change.after, "members")} & _EVERYBODY:
        yield "Everybody gets the role"


_OTHERS: dict[str, Callable[[Change], Iterator[str]]] = {
    "aws_s3_bucket_public_access_block": _buckets,
    "aws_eks_cluster": _eks,
    "google_sql_database_instance": _cloud_sql,
    "google_container_cluster": _gke,
    "azurerm_kubernetes_cluster": _aks,
}


def _admitted(change: Change) -> Iterator[tuple[Iterable[int], list[Any]]]:
    """Ports and networks of each rule that lets in."""
    after = change.after
    match change.kind:
        case "aws_security_group" | "aws_default_security_group":
            for rule in _blocks(after, "ingress"):
                yield _aws_ports(rule, "protocol"), [*_list(rule, "cidr_blocks"), *_list(rule, "ipv6_cidr_blocks")]
        case "aws_security_group_rule" if after.get("type") == "ingress":
            yield _aws_ports(after, "protocol"), [*_list(after, "cidr_blocks"), *_list(after, "ipv6_cidr_blocks")]
        case "aws_vpc_security_group_ingress_rule":
            yield _aws_ports(after, "ip_protocol"), [after.get("cidr_ipv4"), after.get("cidr_ipv6")]
        case "azurerm_network_security_rule":
            yield from _azure(after)
        case "azurerm_network_security_group":
            for rule in _blocks(after, "security_rule"):
                yield from _azure(rule)
        case "google_compute_firewall" if after.get("direction") in {None, "INGRESS"}:
            for rule in _blocks(after, "allow"):
                yield _ports(_list(rule, "ports")), _list(after, "source_ranges")
        case _:
            return


def _azure(rule: Mapping[str, Any]) -> Iterator[tuple[Iterable[int], list[Any]]]:
    if rule.get("direction") == "Inbound" and rule.get("access") == "Allow":
        ports = [rule.get("destination_port_range"), *_list(rule, "destination_port_ranges")]
        networks = [rule.get("source_address_prefix"), *_list(rule, "source_address_prefixes")]
        yield _ports([port for port in ports if port]), networks


def _aws_ports(rule: Mapping[str, Any], protocol: str) -> Iterable[int]:
    if str(rule.get(protocol)) in {"-1", "all"} or rule.get("from_port") is None:
        return _ALL_PORTS
    return range(int(rule["from_port"]), int(rule.get("to_port") or rule["from_port"]) + 1)


def _ports(texts: list[Any]) -> Iterable[int]:
    """Of texts such as `443` or `8000-8100`; none is all."""
    found: set[int] = set()
    for text in texts or ["*"]:
        first, _, last = str(text).partition("-")
        if not first.isdigit():
            return _ALL_PORTS
        found |= set(range(int(first), int(last or first) + 1))
    return sorted(found)


def _named(ports: Iterable[int]) -> str:
    numbers = list(ports)
    if len(numbers) >= len(_ALL_PORTS) - 1:
        return "every port"
    return f"port {numbers[0]}" if len(numbers) == 1 else f"ports {numbers[0]} to {numbers[-1]}"


def _is_everybody(network: Any) -> bool:
    if network in {"*", "Internet", "Any"}:
        return True
    try:
        return ip_network(str(network), strict=False).prefixlen == 0
    except ValueError:
        return False


def _list(rule: Mapping[str, Any], name: str) -> list[Any]:
    return list(cast("list[Any]", rule.get(name) or []))


def _blocks(inside: Mapping[str, Any], *path: str) -> list[Mapping[str, Any]]:
    """All blocks at a path of names."""
    found = [inside]
    for name in path:
        found = [block for each in found for block in _list(each, name) if isinstance(block, Mapping)]
    return found
