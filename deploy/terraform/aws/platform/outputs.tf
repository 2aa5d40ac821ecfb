output "region" {
  description = "The AWS region."
  value       = var.region
}

output "cluster_name" {
  description = "Name of the EKS cluster."
  value       = module.cluster.name
}

output "kubeconfig_command" {
  description = "Lets kubectl and helm reach the cluster, for one of admin_principal_arns."
  value       = "aws eks update-kubeconfig --region ${var.region} --name ${module.cluster.name}"
}

output "role_arns" {
  description = "Workload => role, for the annotation eks.amazonaws.com/role-arn of its service account."
  value       = module.identity.role_arns
}

output "bucket" {
  description = "Bucket of files and backups."
  value       = module.storage.bucket
}

output "log_bucket" {
  description = "Bucket of the load balancers' access logs; null where access_logs is false."
  value       = local.log_bucket
}

output "data_key_arn" {
  description = "KMS key under which AWS services encrypt."
  value       = module.keys.data_key_arn
}

output "application_key_arn" {
  description = "KMS key for `codemiectl secrets wrap --provider aws-kms`."
  value       = module.keys.application_key_arn
}

output "database_address" {
  description = "Host name of PostgreSQL."
  value       = module.database.address
}

output "database_port" {
  description = "Port of PostgreSQL."
  value       = module.database.port
}

output "database_name" {
  description = "Name of the database."
  value       = module.database.database_name
}

output "database_secret_arn" {
  description = "Secret in Secrets Manager with the administrator's username and password."
  value       = module.database.secret_arn
}

output "certificate_arn" {
  description = "The ACM certificate."
  value       = module.dns.certificate_arn
}

output "name_servers" {
  description = "Name servers that the parent zone must delegate to."
  value       = module.dns.name_servers
}

output "web_url" {
  description = "Address of the platform."
  value       = "https://${local.hosts.web}"
}

output "nats_urls" {
  description = "Addresses for agents of the plugin engine; the first is what people are told."
  value       = [for port in var.nats_ports : "tls://${local.hosts.nats}:${port}"]
}

output "target_group_arns" {
  description = "Target groups, for TargetGroupBindings."
  value       = { web = module.web_lb.target_group_arn, nats = module.nats_lb.target_group_arn }
}

output "nat_public_ips" {
  description = "Addresses under which the platform appears to others: for allow lists of Jira, GitLab, an LLM provider."
  value       = sort(values(module.network.nat_public_ips))
}

output "helm_values" {
  description = "Values for the chart: terraform output -raw helm_values > aws.yaml"
  value = yamlencode({
    url   = "https://${local.hosts.web}"
    cloud = "aws"
    database = {
      existingSecret = "codemie-database"
      port           = module.database.port
      cidrs          = local.private_cidrs
    }
    settings  = { CODEMIE_INTEGRATIONS_EGRESS_IP = join(",", sort(values(module.network.nat_public_ips))) }
    ingress   = { enabled = false }
    aws       = { logBucket = local.log_bucket == null ? "" : local.log_bucket }
    nodePorts = { enabled = true, web = var.node_ports.web, agents = var.node_ports.nats }
    plugins = {
      loadBalancer = {
        enabled      = true
        target       = var.nats_tls == "load_balancer" ? "nats" : "api"
        hostname     = local.hosts.nats
        port         = var.nats_ports[0]
        sourceRanges = coalesce(var.nats_allowed_cidrs, var.allowed_cidrs)
        probeRanges  = [var.vpc_cidr]
        tls = {
          endsAt     = var.nats_tls == "load_balancer" ? "loadBalancer" : "platform"
          secretName = var.nats_tls == "load_balancer" ? "" : "codemie-nats-tls"
        }
      }
    }
    api           = { serviceAccountAnnotations = { "eks.amazonaws.com/role-arn" = module.identity.role_arns.api } }
    worker        = { serviceAccountAnnotations = { "eks.amazonaws.com/role-arn" = module.identity.role_arns.worker } }
    identity      = { trustedProxies = [var.vpc_cidr] }
    networkPolicy = { ingressFrom = [{ ipBlock = { cidr = var.vpc_cidr } }] }
  })
}
