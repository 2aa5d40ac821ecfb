output "public_ip_names" {
  description = "Entry => public address, for the annotation service.beta.kubernetes.io/azure-pip-name of its service."
  value       = { for name, address in azurerm_public_ip.entry : name => address.name }
}
