"""Plans of Terraform: read, and judged resource by resource."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codemie.checks.report import Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.kernel.errors import ConfigurationError
from codemie.operations.preflight.checks import PLAN
from codemie.operations.preflight.openings import openings
from codemie.operations.preflight.plan_checks import CHECKS, JudgedPlan, judged
from codemie.operations.terraform.plan import Change, plan_of, read_plan
from tests.operations.preflight.world import World

KUBERNETES = "The Kubernetes API answers everybody"


async def report_of(judging: JudgedPlan) -> Report:
    return await run("preflight", CHECKS, Sources().offer(JudgedPlan, judging), Options())


@pytest.mark.parametrize(
    ("kind", "after", "text"),
    [
        (
            "aws_security_group",
            {"ingress": [{"from_port": 5432, "to_port": 5432, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}]},
            "Everybody reaches port 5432",
        ),
        (
            "aws_security_group_rule",
            {"type": "ingress", "from_port": 0, "to_port": 65535, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]},
            "Everybody reaches every port",
        ),
        ("aws_security_group_rule", {"type": "egress", "protocol": "-1", "cidr_blocks": ["0.0.0.0/0"]}, ""),
        (
            "aws_vpc_security_group_ingress_rule",
            {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "0.0.0.0/0"},
            "",
        ),
        (
            "azurerm_network_security_group",
            {
                "security_rule": [
                    {
                        "direction": "Inbound",
                        "access": "Allow",
                        "source_address_prefix": "*",
                        "destination_port_ranges": ["443", "8000-8100"],
                    }
                ]
            },
            "Everybody reaches ports 443 to 8100",
        ),
        (
            "azurerm_network_security_rule",
            {"direction": "Inbound", "access": "Deny", "source_address_prefix": "*", "destination_port_range": "*"},
            "",
        ),
        (
            "google_compute_firewall",
            {"direction": "INGRESS", "source_ranges": ["0.0.0.0/0"], "allow": [{"protocol": "tcp", "ports": ["22"]}]},
            "Everybody reaches port 22",
        ),
        ("google_storage_bucket_iam_member", {"member": "allUsers"}, "Everybody gets the role"),
        (
            "google_sql_database_instance",
            {"settings": [{"ip_configuration": [{"authorized_networks": [{"value": "0.0.0.0/0"}]}]}]},
            "The database answers everybody",
        ),
        ("aws_eks_cluster", {"vpc_config": [{"endpoint_public_access": True, "public_access_cidrs": []}]}, KUBERNETES),
        ("aws_eks_cluster", {"vpc_config": [{"endpoint_public_access": False, "public_access_cidrs": []}]}, ""),
        ("google_container_cluster", {"name": "codemie"}, KUBERNETES),
        ("google_container_cluster", {"private_cluster_config": [{"enable_private_endpoint": True}]}, ""),
        (
            "google_container_cluster",
            {"master_authorized_networks_config": [{"cidr_blocks": [{"cidr_block": "81.2.69.0/24"}]}]},
            "",
        ),
        ("azurerm_kubernetes_cluster", {"name": "codemie"}, KUBERNETES),
        ("azurerm_kubernetes_cluster", {"private_cluster_enabled": True}, ""),
        (
            "azurerm_kubernetes_cluster",
            {"api_server_access_profile": [{"authorized_ip_ranges": ["81.2.69.0/24"]}]},
            "",
        ),
        (
            "azurerm_kubernetes_cluster",
            {"api_server_access_profile": [{"authorized_ip_ranges": ["0.0.0.0/0"]}]},
            KUBERNETES,
        ),
    ],
)
def test_what_is_opened_is_seen_on_every_cloud(kind: str, after: dict[str, Any], text: str) -> None:
    assert "; ".join(openings(Change("x", ("create",), after, kind))) == text


def test_what_only_the_apply_will_tell_is_not_taken_for_open() -> None:
    change = Change("x", ("create",), {}, "aws_s3_bucket_public_access_block", unknown={"block_public_acls": True})

    assert "block_public_acls" not in "; ".join(openings(change))


async def test_a_loss_that_is_accepted_by_name_is_only_a_warning(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.change("aws_db_instance").update(actions=["delete", "create"])
    world.change("aws_kms_key").update(actions=["delete", "create"])
    plan = judged(plan_of(world.plan, "plan"), None)
    addresses = [change.address for change in plan.plan.changes if change.is_loss]

    one = await report_of(replace(plan, accepted=frozenset(addresses[:1])))
    both = await report_of(replace(plan, accepted=frozenset(addresses)))

    found = [check.status for report in (one, both) for check in report.checks if check.id == "tf.plan.stateful"]
    assert found == ["fail", "warn"]


async def test_a_trial_needs_no_protection(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.change("aws_db_instance")["after"]["deletion_protection"] = False
    world.plan["variables"]["profile"]["value"] = "dev"

    found = {check.id: check.status for check in (await report_of(judged(plan_of(world.plan, "plan"), None))).checks}

    assert found["tf.plan.protection"] == "skip"


@pytest.mark.parametrize(
    ("kind", "after", "text"),
    [
        ("aws_lb_listener", {"protocol": "TLS", "port": 4222, "certificate_arn": "arn:aws:acm:x"}, "pass"),
        ("aws_lb_listener", {"protocol": "TCP", "port": 4222}, "pass"),
        ("aws_lb_listener", {"protocol": "HTTPS", "port": 8443}, "skip"),
        ("aws_lb_target_group", {"protocol": "TCP", "port": 4222, "target_type": "instance"}, "fail"),
        ("aws_lb_target_group", {"protocol": "TCP", "port": 4222, "target_type": "ip"}, "pass"),
        ("aws_lb", {"load_balancer_type": "application", "internal": True}, "skip"),
        ("azurerm_lb", {"sku": "Standard"}, "skip"),
    ],
)
async def test_only_what_agents_use_is_judged_and_by_what_is_known(kind: str, after: dict[str, Any], text: str) -> None:
    change = {"actions": ["update"], "before": {}, "after": after, "after_unknown": {}}
    document = {"format_version": "1.2", "resource_changes": [{"address": f"{kind}.a", "type": kind, "change": change}]}

    report = await run("preflight", PLAN, Sources().offer(JudgedPlan, judged(plan_of(document, "p"), None)), Options())

    assert {check.id: check.status.value for check in report.checks}["nats.lb.plan"] == text


async def test_values_of_resources_are_never_shown(tmp_path: Path) -> None:
    world = World(tmp_path)
    change = world.change("aws_db_instance")
    change["after"] |= {"password": "planted", "storage_encrypted": False, "publicly_accessible": True}
    change.update(actions=["delete", "create"], before={"password": "planted"}, replace_paths=[["password"]])

    report = await report_of(judged(plan_of(world.plan, "plan"), None))

    assert "planted" not in json.dumps(report.as_document())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04", "Terraform's own form"),
        (b"{", "is no plan"),
        (b'{"format_version": "1.0", "values": {}}', "is no plan"),
        (b'{"format_version": "1.2", "resource_changes": [{"address": "a"}]}', "is no plan"),
        (b'{"format_version": "2.0", "resource_changes": []}', "which is not known here"),
    ],
)
def test_what_is_no_plan_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "plan"
    file.write_bytes(content)

    with pytest.raises(ConfigurationError, match=said):
        read_plan(file)
