# The platform on AWS: everything that the Helm chart needs to be there. What costs money or protects data follows
# from the profile; `prod` is the default.

locals {
  prod = var.profile == "prod"

  zones         = coalesce(var.availability_zones, [for letter in slice(["a", "b", "c"], 0, local.prod ? 3 : 2) : "${var.region}${letter}"])
  private_cidrs = coalesce(var.private_cidrs, [for index in range(length(local.zones)) : cidrsubnet(var.vpc_cidr, 4, index)])
  public_cidrs  = coalesce(var.public_cidrs, [for index in range(length(local.zones)) : cidrsubnet(var.vpc_cidr, 8, 240 + index)])

  hosts = {
    web  = "codemie.${var.domain}"
    nats = "codemie-nats.${var.domain}"
  }

  node_groups = coalesce(var.node_groups, {
    default = {
      instance_types = [local.prod ? "m7i.xlarge" : "t3.large"]
      min            = local.prod ? 3 : 1
      desired        = local.prod ? 3 : 2
      max            = local.prod ? 6 : 3
      disk_gb        = local.prod ? 100 : 50
      capacity_type  = "ON_DEMAND"
      ami_type       = "AL2023_x86_64_STANDARD"
      labels         = {}
    }
  })

  database = {
    instance_class = coalesce(var.database_instance_class, local.prod ? "db.m7g.large" : "db.t4g.medium")
    storage_gb     = coalesce(var.database_storage_gb, local.prod ? 100 : 20)
    max_storage_gb = coalesce(var.database_max_storage_gb, local.prod ? 1000 : 100)
  }

  log_bucket              = var.access_logs ? module.logs[0].bucket : null
  autoscaling_group_names = var.target_binding == "nodes" ? module.cluster.autoscaling_group_names : {}

  tags = merge({ Application = "codemie", Platform = var.name, Profile = var.profile, ManagedBy = "terraform" }, var.tags)
}

module "network" {
  source = "../modules/network"

  name               = var.name
  cidr               = var.vpc_cidr
  availability_zones = local.zones
  private_cidrs      = local.private_cidrs
  public_cidrs       = local.public_cidrs
  single_nat         = !local.prod
}

module "keys" {
  source = "../modules/keys"

  name                 = var.name
  deletion_window_days = local.prod ? 30 : 7
}

module "storage" {
  source = "../modules/storage"

  name                 = var.name
  kms_key_arn          = module.keys.data_key_arn
  force_destroy        = !local.prod
  former_versions_days = local.prod ? 90 : 7
}

module "logs" {
  source = "../modules/logs"
  count  = var.access_logs ? 1 : 0

  name           = var.name
  force_destroy  = !local.prod
  retention_days = var.log_retention_days
}

module "cluster" {
  source = "../modules/cluster"

  name                     = var.name
  kubernetes_version       = var.kubernetes_version
  vpc_id                   = module.network.vpc_id
  subnet_ids               = module.network.private_subnet_ids
  node_subnet_ids          = local.prod ? module.network.private_subnet_ids : slice(module.network.private_subnet_ids, 0, 1)
  kms_key_arn              = module.keys.data_key_arn
  api_allowed_cidrs        = var.api_allowed_cidrs
  admin_principal_arns     = var.admin_principal_arns
  addon_versions           = var.addon_versions
  addon_role_arns          = module.identity.addon_role_arns
  node_groups              = local.node_groups
  log_retention_days       = var.log_retention_days
  permissions_boundary_arn = var.permissions_boundary_arn
  tags                     = local.tags
}

module "database" {
  source = "../modules/database"

  name                     = var.name
  vpc_id                   = module.network.vpc_id
  subnet_ids               = module.network.private_subnet_ids
  client_security_group_id = module.cluster.cluster_security_group_id
  kms_key_arn              = module.keys.data_key_arn
  engine_version           = var.database_version
  instance_class           = local.database.instance_class
  storage_gb               = local.database.storage_gb
  max_storage_gb           = local.database.max_storage_gb
  maintenance_work_mem_kb  = local.prod ? 1048576 : 262144
  multi_az                 = local.prod
  backup_days              = local.prod ? 14 : 1
  protected                = local.prod
}

module "identity" {
  source = "../modules/identity"

  name                     = var.name
  cluster_name             = module.cluster.name
  issuer_url               = module.cluster.issuer_url
  namespace                = var.namespace
  service_accounts         = var.service_accounts
  application_key_arn      = module.keys.application_key_arn
  data_key_arn             = module.keys.data_key_arn
  bucket_arn               = module.storage.bucket_arn
  database_secret_arn      = module.database.secret_arn
  bedrock_model_arns       = var.bedrock_model_arns
  permissions_boundary_arn = var.permissions_boundary_arn
}

module "dns" {
  source = "../modules/dns"

  zone_name = coalesce(var.zone_name, var.domain)
  hosts     = [local.hosts.web, local.hosts.nats]
}

module "web_lb" {
  source = "../modules/web_lb"

  name                    = var.name
  vpc_id                  = module.network.vpc_id
  subnet_ids              = module.network.public_subnet_ids
  host                    = local.hosts.web
  zone_id                 = module.dns.zone_id
  certificate_arn         = module.dns.certificate_arn
  ssl_policy              = var.ssl_policy
  allowed_cidrs           = var.allowed_cidrs
  nat_public_ips          = module.network.nat_public_ips
  node_security_group_id  = module.cluster.node_security_group_id
  node_port               = var.node_ports.web
  health_path             = "/health/ready"
  autoscaling_group_names = local.autoscaling_group_names
  protected               = local.prod
  log_bucket              = local.log_bucket
}

module "nats_lb" {
  source = "../modules/nats_lb"

  name                    = var.name
  vpc_id                  = module.network.vpc_id
  subnet_ids              = module.network.public_subnet_ids
  host                    = local.hosts.nats
  zone_id                 = module.dns.zone_id
  certificate_arn         = module.dns.certificate_arn
  ssl_policy              = var.ssl_policy
  allowed_cidrs           = coalesce(var.nats_allowed_cidrs, var.allowed_cidrs)
  nat_public_ips          = module.network.nat_public_ips
  node_security_group_id  = module.cluster.node_security_group_id
  node_port               = var.node_ports.nats
  ports                   = var.nats_ports
  tls                     = var.nats_tls
  autoscaling_group_names = local.autoscaling_group_names
  protected               = local.prod
  log_bucket              = local.log_bucket
}
