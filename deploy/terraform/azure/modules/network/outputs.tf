output "network_id" {
  description = "The network."
  value       = azurerm_virtual_network.this.id
}

output "node_subnet_id" {
  description = "Subnet of the nodes, once it leaves by the NAT gateway."
  value       = azurerm_subnet_nat_gateway_association.nodes.subnet_id
}

output "database_subnet_id" {
  description = "Subnet of the database."
  value       = azurerm_subnet.database.id
}

output "nat_public_ips" {
  description = "Fixed addresses under which the platform appears to others."
  value       = [azurerm_public_ip.nat.ip_address]
}
