output "cluster_name" {
  description = "Name of the AKS cluster."
  value       = module.cluster.name
}

output "kubeconfig_command" {
  description = "Lets kubectl and helm reach the cluster, for a member of admin_group_object_ids."
  value       = "az aks get-credentials --resource-group ${azurerm_resource_group.this.name} --name ${module.cluster.name}"
}

output "client_ids" {
  description = "Workload => client id, for the annotation azure.workload.identity/client-id of its service account."
  value       = module.identity.client_ids
}

output "application_key_id" {
  description = "Key for `codemiectl secrets wrap --provider azure-keyvault`."
  value       = module.keys.application_key_id
}

output "storage_account" {
  description = "Storage account of files and backups; its container is data."
  value       = module.storage.account_name
}

output "database_address" {
  description = "Host name of PostgreSQL."
  value       = module.database.address
}

output "database_name" {
  description = "Name of the database."
  value       = module.database.database_name
}

output "public_ip_names" {
  description = "Entry => public address, for the annotation service.beta.kubernetes.io/azure-pip-name of its service."
  value       = module.dns.public_ip_names
}

output "web_url" {
  description = "Address of the platform."
  value       = "https://${local.hosts.web}"
}

output "nats_urls" {
  description = "Addresses for agents of the plugin engine; the first is what people are told."
  value       = [for port in var.nats_ports : "tls://${local.hosts.nats}:${port}"]
}

output "nat_public_ips" {
  description = "Addresses under which the platform appears to others: for allow lists."
  value       = module.network.nat_public_ips
}

output "helm_values" {
  description = "What only this stack knows of the chart's values: terraform output -raw helm_values > azure.yaml"
  value = yamlencode(merge(
    { settings = { CODEMIE_INTEGRATIONS_EGRESS_IP = join(",", module.network.nat_public_ips) } },
    {
      for workload, id in module.identity.client_ids : workload => {
        serviceAccountAnnotations = { "azure.workload.identity/client-id" = id }
      }
    }
  ))
}

output "resource_group" {
  description = "Resource group of the addresses, for the annotation service.beta.kubernetes.io/azure-load-balancer-resource-group."
  value       = azurerm_resource_group.this.name
}
