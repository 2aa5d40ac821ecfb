output "cluster_name" {
  description = "The GKE cluster."
  value       = module.cluster.name
}

output "kubeconfig_command" {
  description = "Lets kubectl and helm reach the cluster."
  value       = "gcloud container clusters get-credentials ${var.name} --location ${module.cluster.location} --project ${var.project_id}"
}

output "account_emails" {
  description = "Workload => account, for the annotation iam.gke.io/gcp-service-account of its service account."
  value       = module.identity.account_emails
}

output "bucket" {
  description = "Bucket of files and backups."
  value       = module.storage.bucket
}

output "database_address" {
  description = "Private address of PostgreSQL; its user is codemie."
  value       = module.database.address
}

output "database_name" {
  description = "Name of the database."
  value       = module.database.database_name
}

output "address_names" {
  description = "Names of the reserved addresses: web for ingress.gce.addressName, nats for the service of agents."
  value       = module.dns.address_names
}

output "security_policy" {
  description = "Policy of Cloud Armor, for ingress.gce.securityPolicy: who may connect."
  value       = module.dns.security_policy
}

output "web_url" {
  description = "Address of the platform."
  value       = "https://${local.hosts.web}"
}

output "nats_urls" {
  description = "Addresses for agents of the plugin engine; the first is what people are told."
  value       = [for port in var.nats_ports : "tls://${local.hosts.nats}:${port}"]
}

output "nats_source_ranges" {
  description = "loadBalancerSourceRanges of the service for agents: who may connect, and pods by the public name."
  value       = concat(var.allowed_cidrs, [for address in module.network.nat_public_ips : "${address}/32"])
}

output "nat_public_ips" {
  description = "Addresses under which the platform appears to others: for allow lists."
  value       = module.network.nat_public_ips
}

output "helm_values" {
  description = "What only this stack knows of the chart's values: terraform output -raw helm_values > gcp.yaml"
  value = yamlencode({
    settings = { CODEMIE_INTEGRATIONS_EGRESS_IP = join(",", module.network.nat_public_ips) }
    # Google's load balancer names its own address last in X-Forwarded-For.
    identity = { trustedProxies = ["130.211.0.0/22", "35.191.0.0/16", "${module.dns.addresses.web}/32"] }
    plugins = {
      loadBalancer = {
        sourceRanges = concat(var.allowed_cidrs, [for address in module.network.nat_public_ips : "${address}/32"])
      }
    }
  })
}
