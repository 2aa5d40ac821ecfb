"""What a plan loses, and what it leaves unencrypted or unprotected."""

from collections.abc import Callable, Iterator
from typing import Any, cast

from codemie.operations.terraform.plan import Change

VALUED = {
    "aws_db_instance": "the database",
    "aws_rds_cluster": "the database",
    "aws_s3_bucket": "a bucket and what is in it",
    "aws_kms_key": "a key, and with it all that it encrypts",
    "aws_eks_cluster": "the cluster and what runs in it",
    "aws_ebs_volume": "a disk",
    "aws_efs_file_system": "a file system",
    "aws_elasticache_replication_group": "a store of keys and values",
    "aws_dynamodb_table": "a table",
    "aws_route53_zone": "a zone, whose name servers change with it",
    "aws_secretsmanager_secret": "a secret",
    "aws_ecr_repository": "images",
    "aws_eip": "a public address that others may know",
    "azurerm_postgresql_flexible_server": "the database",
    "azurerm_postgresql_flexible_server_database": "the database",
    "azurerm_storage_account": "files",
    "azurerm_storage_container": "files",
    "azurerm_key_vault": "keys, and with them all that they encrypt",
    "azurerm_key_vault_key": "a key, and with it all that it encrypts",
    "azurerm_kubernetes_cluster": "the cluster and what runs in it",
    "azurerm_managed_disk": "a disk",
    "azurerm_dns_zone": "a zone, whose name servers change with it",
    "azurerm_public_ip": "a public address that others may know",
    "azurerm_resource_group": "everything in the group",
    "google_sql_database_instance": "the database",
    "google_sql_database": "the database",
    "google_storage_bucket": "a bucket and what is in it",
    "google_kms_key_ring": "keys, and with them all that they encrypt",
    "google_kms_crypto_key": "a key, and with it all that it encrypts",
    "google_container_cluster": "the cluster and what runs in it",
    "google_compute_disk": "a disk",
    "google_dns_managed_zone": "a zone, whose name servers change with it",
    "google_secret_manager_secret": "a secret",
    "google_compute_address": "a public address that others may know",
}
"""What cannot simply be made again → what goes with it."""

_ENCRYPTED = {
    "aws_db_instance": ("storage_encrypted",),
    "aws_rds_cluster": ("storage_encrypted",),
    "aws_ebs_volume": ("encrypted",),
    "aws_efs_file_system": ("encrypted",),
    "aws_elasticache_replication_group": ("at_rest_encryption_enabled", "transit_encryption_enabled"),
}
_BACKUP_DAYS = 7


def loss(change: Change) -> str | None:
    """What goes for good; None where nothing does."""
    if not change.is_loss or change.kind not in VALUED:
        return None
    because = f", because of {', '.join(change.because)}" if change.because else ""
    return f"{VALUED[change.kind]}: {change.word}{because}"


def unencrypted(change: Change) -> Iterator[str]:
    """What lies open for whoever gets hold of the disk."""
    if not change.after:
        return
    for attribute in _ENCRYPTED.get(change.kind, ()):
        if change.is_on(attribute) is False:
            yield f"{attribute} is off"
    if change.kind == "aws_eks_cluster" and not _says("encryption_config", change):
        yield "Secrets of Kubernetes are not encrypted with a key of yours"
    if change.kind == "aws_launch_template":
        for disk in _disks(change.after):
            if str(disk.get("encrypted")).lower() != "true":
                yield "Disks of nodes are not encrypted"


def _says(attribute: str, change: Change) -> bool:
    return bool(change.after.get(attribute) or change.unknown.get(attribute))


def _disks(after: Any) -> Iterator[dict[str, Any]]:
    for mapping in cast("list[dict[str, Any]]", after.get("block_device_mappings") or []):
        yield from mapping.get("ebs") or []


def unprotected(change: Change) -> Iterator[str]:
    """What a production should not be without."""
    for kind, attribute, is_well, text in _PROTECTION:
        if change.kind != kind or change.unknown.get(attribute) is True or not change.after:
            continue
        if not is_well(change.after.get(attribute)):
            yield text


def _on(value: Any) -> bool:
    return value is True


def _off(value: Any) -> bool:
    return value is not True


def _kept(value: Any) -> bool:
    return isinstance(value, (int, float)) and value >= _BACKUP_DAYS


_PROTECTION: tuple[tuple[str, str, Callable[[Any], bool], str], ...] = (
    ("aws_db_instance", "deletion_protection", _on, "anybody may delete it: deletion_protection is off"),
    ("aws_db_instance", "skip_final_snapshot", _off, "no last snapshot is taken when it is deleted"),
    ("aws_db_instance", "backup_retention_period", _kept, f"backups are kept for less than {_BACKUP_DAYS} days"),
    ("aws_db_instance", "multi_az", _on, "it has no standby in another zone"),
    ("aws_s3_bucket", "force_destroy", _off, "it is deleted with everything in it: force_destroy is on"),
    ("aws_lb", "enable_deletion_protection", _on, "anybody may delete it: enable_deletion_protection is off"),
    ("aws_kms_key", "enable_key_rotation", _on, "the key is never rotated"),
    ("azurerm_key_vault", "purge_protection_enabled", _on, "keys may be purged at once"),
    ("azurerm_postgresql_flexible_server", "backup_retention_days", _kept, "backups are kept for less than a week"),
    ("google_sql_database_instance", "deletion_protection", _on, "anybody may delete it: deletion_protection is off"),
    ("google_container_cluster", "deletion_protection", _on, "anybody may delete it: deletion_protection is off"),
    ("google_storage_bucket", "force_destroy", _off, "it is deleted with everything in it: force_destroy is on"),
)
