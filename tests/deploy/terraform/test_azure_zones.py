"""No zone of Azure is a part that all depend on; read from the files, for no provider reads them here."""

import re

import hcl2
import pytest

from tests.deploy.terraform.workbench import CLOUDS

MODULES = CLOUDS / "azure" / "modules"


def body(module: str, kind: str, name: str) -> str:
    """The text of one resource."""
    found = re.search(rf'(?ms)^resource "{kind}" "{name}" \{{(.*?)^\}}', (MODULES / module / "main.tf").read_text())
    assert found, f"{kind}.{name}"
    return found[1]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("azurerm_subnet", "nodes"),
        ("azurerm_public_ip", "nat"),
        ("azurerm_nat_gateway", "this"),
        ("azurerm_nat_gateway_public_ip_association", "this"),
        ("azurerm_subnet_nat_gateway_association", "nodes"),
        ("azurerm_subnet_network_security_group_association", "nodes"),
    ],
)
def test_each_zone_has_its_own_way_out(kind: str, name: str) -> None:
    text = body("network", kind, name)

    assert re.search(r"for_each\s+= toset\(var\.zones\)", text)
    assert "each.key" in text
    assert '["1"]' not in text


def test_nodes_of_a_zone_leave_by_its_own_gateway() -> None:
    assert 'var.node_subnet_ids["1"]' in body("cluster", "azurerm_kubernetes_cluster", "this")
    further = body("cluster", "azurerm_kubernetes_cluster_node_pool", "zone")

    assert re.search(r"zones\s+= \[each\.key\]", further)
    assert re.search(r"vnet_subnet_id\s+= each\.value", further)


def test_production_has_three_zones() -> None:
    platform = hcl2.loads((CLOUDS / "azure" / "platform" / "main.tf").read_text())

    assert 'local.prod ? ["1", "2", "3"] : ["1"]' in str(platform["locals"][0]["zones"])
