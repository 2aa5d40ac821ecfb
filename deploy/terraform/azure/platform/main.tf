# The platform on Azure: everything that the Helm chart needs to be there. What costs money or protects data follows
# from the profile; `prod` is the default.

locals {
  prod  = var.profile == "prod"
  zone  = coalesce(var.zone_name, var.domain)
  zones = local.prod ? ["1", "2", "3"] : ["1"]
  tags  = merge({ Application = "codemie", Platform = var.name, Profile = var.profile, ManagedBy = "terraform" }, var.tags)
  hosts = { web = "codemie.${var.domain}", nats = "codemie-nats.${var.domain}" }

  # Names of storage accounts and servers are taken in the whole world: the subscription tells ours from others.
  suffix = substr(sha256(var.subscription_id), 0, 6)
}

resource "azurerm_resource_group" "this" {
  name     = "${var.name}-platform"
  location = var.location
  tags     = local.tags
}

module "network" {
  source = "../modules/network"

  name                = var.name
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = local.tags
  cidr                = var.network_cidr
  allowed_cidrs       = var.allowed_cidrs
  zones               = local.zones
  public_ports        = distinct(concat([80, 443], var.nats_ports))
}

module "keys" {
  source = "../modules/keys"

  name                = "${var.name}-${local.suffix}"
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = local.tags
  node_subnet_ids     = values(module.network.node_subnet_ids)
  admin_cidrs         = var.api_allowed_cidrs
  protected           = local.prod
}

module "storage" {
  source = "../modules/storage"

  name                = var.name
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = local.tags
  suffix              = local.suffix
  node_subnet_ids     = values(module.network.node_subnet_ids)
  admin_cidrs         = var.api_allowed_cidrs
  zone_redundant      = local.prod
  retention_days      = local.prod ? 90 : 7
}

module "cluster" {
  source = "../modules/cluster"

  name                   = var.name
  location               = var.location
  resource_group_name    = azurerm_resource_group.this.name
  tags                   = local.tags
  network_id             = module.network.network_id
  node_subnet_ids        = module.network.node_subnet_ids
  kubernetes_version     = var.kubernetes_version
  guaranteed             = local.prod
  vm_size                = coalesce(var.vm_size, local.prod ? "Standard_D4s_v5" : "Standard_D2s_v5")
  min_nodes              = 1
  max_nodes              = local.prod ? 2 : 3
  api_allowed_cidrs      = var.api_allowed_cidrs
  admin_group_object_ids = var.admin_group_object_ids
  log_retention_days     = var.log_retention_days
}

module "database" {
  source = "../modules/database"

  name                = var.name
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = local.tags
  suffix              = local.suffix
  network_id          = module.network.network_id
  subnet_id           = module.network.database_subnet_id
  engine_version      = var.database_version
  sku_name            = coalesce(var.database_sku_name, local.prod ? "GP_Standard_D2ds_v5" : "B_Standard_B2s")
  storage_gb          = coalesce(var.database_storage_gb, local.prod ? 128 : 32)
  backup_days         = local.prod ? 14 : 7
  protected           = local.prod
  password            = var.database_password
  password_version    = var.database_password_version
}

module "identity" {
  source = "../modules/identity"

  name                = var.name
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = local.tags
  issuer_url          = module.cluster.issuer_url
  namespace           = var.namespace
  service_accounts    = var.service_accounts
  vault_id            = module.keys.vault_id
  container_scope     = module.storage.container_scope
  openai_account_ids  = var.openai_account_ids
}

module "dns" {
  source = "../modules/dns"

  name                = var.name
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = local.tags
  zone_name           = local.zone
  hosts               = local.hosts
}

# The control plane binds the fixed addresses to the load balancers it makes.
resource "azurerm_role_assignment" "entry_addresses" {
  scope                = azurerm_resource_group.this.id
  role_definition_name = "Network Contributor"
  principal_id         = module.cluster.control_plane_principal_id
}
