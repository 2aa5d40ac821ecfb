# The platform on Google Cloud: everything that the Helm chart needs to be there. What costs money or protects data
# follows from the profile; `prod` is the default.

locals {
  prod  = var.profile == "prod"
  hosts = { web = "codemie.${var.domain}", nats = "codemie-nats.${var.domain}" }

  # Names of buckets are taken in the whole world: the project tells ours from others.
  suffix = substr(sha256(var.project_id), 0, 6)

  # Read by `codemiectl preflight` as well, which holds them against the quotas of the project.
  machine_type  = coalesce(var.machine_type, local.prod ? "e2-standard-4" : "e2-standard-2")
  max_nodes     = local.prod ? 2 : 3
  nat_addresses = local.prod ? 2 : 1
}

resource "google_project_service" "needed" {
  for_each = toset([
    "aiplatform.googleapis.com",
    "cloudkms.googleapis.com",
    "compute.googleapis.com",
    "container.googleapis.com",
    "dns.googleapis.com",
    "servicenetworking.googleapis.com",
    "sqladmin.googleapis.com",
  ])

  service            = each.key
  disable_on_destroy = false
}

module "network" {
  source     = "../modules/network"
  depends_on = [google_project_service.needed]

  name          = var.name
  region        = var.region
  cidr          = var.network_cidr
  pods_cidr     = var.pods_cidr
  nat_addresses = local.nat_addresses
}

module "keys" {
  source     = "../modules/keys"
  depends_on = [google_project_service.needed]

  name   = var.name
  region = var.region
}

module "storage" {
  source = "../modules/storage"

  name                 = var.name
  region               = var.region
  suffix               = local.suffix
  kms_key_id           = module.keys.data_key_id
  force_destroy        = !local.prod
  former_versions_days = local.prod ? 90 : 7
}

module "cluster" {
  source = "../modules/cluster"

  name               = var.name
  region             = var.region
  project_id         = var.project_id
  network_id         = module.network.network_id
  subnetwork_id      = module.network.subnetwork_id
  kubernetes_version = var.kubernetes_version
  regional           = local.prod
  protected          = local.prod
  kms_key_id         = module.keys.data_key_id
  api_allowed_cidrs  = var.api_allowed_cidrs
  machine_type       = local.machine_type
  min_nodes          = 1
  max_nodes          = local.max_nodes
}

module "database" {
  source = "../modules/database"

  name             = var.name
  region           = var.region
  suffix           = local.suffix
  network_id       = module.network.network_id
  engine_version   = var.database_version
  tier             = coalesce(var.database_tier, local.prod ? "db-custom-2-8192" : "db-g1-small")
  storage_gb       = local.prod ? 100 : 20
  backup_days      = local.prod ? 14 : 2
  protected        = local.prod
  password         = var.database_password
  password_version = var.database_password_version
}

module "identity" {
  source = "../modules/identity"

  name             = var.name
  project_id       = var.project_id
  namespace        = var.namespace
  service_accounts = var.service_accounts
  bucket           = module.storage.bucket
  uses_models      = var.uses_vertex_models

  # The pool of identities comes with the first cluster of a project.
  depends_on = [module.cluster]
}

module "dns" {
  source = "../modules/dns"

  name           = var.name
  region         = var.region
  zone_name      = var.zone_name
  hosts          = local.hosts
  allowed_cidrs  = var.allowed_cidrs
  nat_public_ips = module.network.nat_public_ips
}
