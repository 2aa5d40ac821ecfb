output "network_id" {
  description = "The network."
  value       = azurerm_virtual_network.this.id
}

output "node_subnet_ids" {
  description = "Zone => subnet of its nodes, once it leaves by the NAT gateway of the zone."
  value       = { for zone, association in azurerm_subnet_nat_gateway_association.nodes : zone => association.subnet_id }
}

output "database_subnet_id" {
  description = "Subnet of the database."
  value       = azurerm_subnet.database.id
}

output "nat_public_ips" {
  description = "Fixed addresses under which the platform appears to others."
  value       = [for address in azurerm_public_ip.nat : address.ip_address]
}
