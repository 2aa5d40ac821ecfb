# Fixed public addresses of the two load balancers that the cluster makes, and the names that lead to them.

data "azurerm_dns_zone" "this" {
  name = var.zone_name
}

resource "azurerm_public_ip" "entry" {
  for_each = var.hosts

  name                = "${var.name}-${each.key}"
  location            = var.location
  resource_group_name = var.resource_group_name
  allocation_method   = "Static"
  sku                 = "Standard"
  zones               = ["1", "2", "3"]
  tags                = var.tags
}

resource "azurerm_dns_a_record" "entry" {
  for_each = var.hosts

  name                = trimsuffix(each.value, ".${var.zone_name}")
  zone_name           = data.azurerm_dns_zone.this.name
  resource_group_name = data.azurerm_dns_zone.this.resource_group_name
  ttl                 = 300
  records             = [azurerm_public_ip.entry[each.key].ip_address]
}
