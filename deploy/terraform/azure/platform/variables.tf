variable "name" {
  type        = string
  default     = "codemie"
  nullable    = false
  description = "Prefix of all names."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,10}[a-z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "name must have 2 to 12 lower-case letters, digits and single hyphens, begin with a letter and not end with a hyphen: names of key vaults are made of it, and Azure cuts those at 24."
  }
}

variable "profile" {
  type        = string
  default     = "prod"
  nullable    = false
  description = "prod: three zones, a standby of the database, protected from deletion. dev: cheap, in one zone, gone with one command."

  validation {
    condition     = contains(["prod", "dev"], var.profile)
    error_message = "profile must be prod or dev."
  }
}

variable "subscription_id" {
  type        = string
  nullable    = false
  description = "The subscription to work in."

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.subscription_id)) && var.subscription_id != "00000000-0000-0000-0000-000000000000"
    error_message = "subscription_id must be the id of your subscription, which `az account show` tells."
  }
}

variable "location" {
  type        = string
  default     = "westeurope"
  nullable    = false
  description = "The Azure region; one with three availability zones."

  validation {
    condition     = can(regex("^[a-z]+[0-9]?$", var.location))
    error_message = "location must be the short name of a region, such as westeurope: lower-case, without spaces."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  nullable    = false
  description = "Further tags of everything."

  validation {
    condition     = length(var.tags) <= 40 && alltrue([for key, value in var.tags : length(key) <= 128 && length(value) <= 256 && !can(regex("[<>%&\\\\?/]", key))])
    error_message = "tags may hold at most 40 tags; keys have at most 128 letters and none of < > % & \\ ? /, values have at most 256."
  }
}

variable "domain" {
  type        = string
  nullable    = false
  description = "Domain below which codemie.DOMAIN and codemie-nats.DOMAIN are made."

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain)) && !can(regex("(^|\\.)example\\.(com|org|net)$", var.domain))
    error_message = "domain must be a domain of yours in lower-case letters, without a dot at its end; example.com is nobody's."
  }
}

variable "zone_name" {
  type        = string
  default     = null
  description = "Public zone in Azure DNS that holds the domain; it must be there already. Default: the domain itself."

  validation {
    condition     = var.zone_name == null || var.zone_name == var.domain || endswith(var.domain, ".${coalesce(var.zone_name, "-")}")
    error_message = "zone_name must be the domain or one above it, without a dot at its end."
  }
}

variable "network_cidr" {
  type        = string
  default     = "10.0.0.0/16"
  nullable    = false
  description = "Addresses of the network. They must not overlap with networks you connect it to."

  validation {
    condition     = try(cidrhost(var.network_cidr, 0) == split("/", var.network_cidr)[0], false) && can(regex("^10\\..*/1[6-9]$", var.network_cidr))
    error_message = "network_cidr must be a network of 10.0.0.0/8, of size /16 to /19, written with its first address."
  }
}

variable "allowed_cidrs" {
  type        = list(string)
  nullable    = false
  description = "Networks of people and agents. The platform's own address is added."

  validation {
    condition     = length(var.allowed_cidrs) > 0 && alltrue([for cidr in var.allowed_cidrs : can(cidrhost(cidr, 0)) && can(regex("^[0-9.]+/[0-9]+$", cidr))])
    error_message = "allowed_cidrs must name a network at least, such as 198.51.100.0/24: without one nobody reaches the platform."
  }
}

variable "api_allowed_cidrs" {
  type        = list(string)
  nullable    = false
  description = "Networks from which Kubernetes API, key vault and storage are administered."

  validation {
    condition     = length(var.api_allowed_cidrs) > 0 && alltrue([for cidr in var.api_allowed_cidrs : can(cidrhost(cidr, 0)) && can(regex("^[0-9.]+/([89]|[1-3][0-9])$", cidr))])
    error_message = "api_allowed_cidrs must be IPv4 networks of /8 or smaller, such as 198.51.100.0/24: the Kubernetes API is not for everybody."
  }
}

variable "nats_ports" {
  type        = list(number)
  default     = [443]
  nullable    = false
  description = "Public ports for agents: 443, 4222, or both."

  validation {
    condition     = length(var.nats_ports) > 0 && length(distinct(var.nats_ports)) == length(var.nats_ports) && length(setsubtract(var.nats_ports, [443, 4222])) == 0
    error_message = "nats_ports must be 443, 4222 or both."
  }
}

variable "kubernetes_version" {
  type        = string
  default     = "1.35"
  nullable    = false
  description = "Version of Kubernetes. The chart is tested with 1.34 to 1.37."

  validation {
    condition     = can(regex("^1\\.3[4-7]$", var.kubernetes_version))
    error_message = "kubernetes_version must be 1.34, 1.35, 1.36 or 1.37: what the chart is tested with."
  }
}

variable "vm_size" {
  type        = string
  default     = null
  description = "Size of a node. Default: Standard_D4s_v5, for dev Standard_D2s_v5."

  validation {
    condition     = var.vm_size == null || can(regex("^Standard_[A-Z][A-Za-z0-9_-]+$", var.vm_size))
    error_message = "vm_size must be a size of Azure, such as Standard_D4s_v5."
  }
}

variable "admin_group_object_ids" {
  type        = list(string)
  nullable    = false
  description = "Groups of Entra ID that administer the cluster."

  validation {
    condition     = length(var.admin_group_object_ids) > 0 && alltrue([for id in var.admin_group_object_ids : can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", id))])
    error_message = "admin_group_object_ids must name a group at least, by its object id."
  }
}

variable "log_retention_days" {
  type        = number
  default     = 90
  nullable    = false
  description = "Days for which logs of the control plane are kept."

  validation {
    condition     = var.log_retention_days >= 30 && var.log_retention_days <= 730 && floor(var.log_retention_days) == var.log_retention_days
    error_message = "log_retention_days must be a whole number from 30 to 730."
  }
}

variable "namespace" {
  type        = string
  default     = "codemie"
  nullable    = false
  description = "Kubernetes namespace that the chart is installed into."

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.namespace)) && !startswith(var.namespace, "kube-")
    error_message = "namespace must be a Kubernetes name: lower-case letters, digits and hyphens, at most 63, and not one of Kubernetes' own."
  }
}

variable "service_accounts" {
  type        = map(string)
  default     = { api = "codemie-api", worker = "codemie-worker" }
  nullable    = false
  description = "Workload => service account in the namespace that gets an identity."

  validation {
    condition     = length(var.service_accounts) > 0 && alltrue([for name in values(var.service_accounts) : can(regex("^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", name))])
    error_message = "service_accounts must be exact names; * is refused."
  }
}

variable "openai_account_ids" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Azure OpenAI accounts that the platform may call, by their resource ids."

  validation {
    condition     = alltrue([for id in var.openai_account_ids : can(regex("^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.CognitiveServices/accounts/[^/]+$", id))])
    error_message = "openai_account_ids must be resource ids of accounts, /subscriptions/…/providers/Microsoft.CognitiveServices/accounts/NAME."
  }
}

variable "database_version" {
  type        = string
  default     = "17"
  nullable    = false
  description = "Major version of PostgreSQL."

  validation {
    condition     = contains(["16", "17"], var.database_version)
    error_message = "database_version must be 16 or 17."
  }
}

variable "database_sku_name" {
  type        = string
  default     = null
  description = "Size of the database server. Default: GP_Standard_D2ds_v5, for dev B_Standard_B2s."

  validation {
    condition     = var.database_sku_name == null || (can(regex("^(B|GP|MO)_Standard_", var.database_sku_name)) && !(var.profile == "prod" && startswith(coalesce(var.database_sku_name, "-"), "B_")))
    error_message = "database_sku_name must be a size such as GP_Standard_D2ds_v5; those that begin with B_ have no standby and are for dev."
  }
}

variable "database_storage_gb" {
  type        = number
  default     = null
  description = "Storage to begin with, in GiB. Default: 128, for dev 32."

  validation {
    condition     = var.database_storage_gb == null || contains([32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384], coalesce(var.database_storage_gb, 32))
    error_message = "database_storage_gb must be a size of Azure: 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192 or 16384."
  }
}

variable "database_password" {
  type        = string
  nullable    = false
  sensitive   = true
  ephemeral   = true
  description = "Password of the database's administrator, by TF_VAR_database_password. It is written to the server and kept in no state."

  validation {
    condition     = length(var.database_password) >= 24 && length(var.database_password) <= 128 && can(regex("^[A-Za-z0-9]+$", var.database_password))
    error_message = "database_password must have 24 to 128 letters and digits: `openssl rand -hex 24` makes one that needs no escaping in an URL."
  }
}

variable "database_password_version" {
  type        = number
  default     = 1
  nullable    = false
  description = "Raise it to have a new password written."

  validation {
    condition     = var.database_password_version >= 1 && floor(var.database_password_version) == var.database_password_version
    error_message = "database_password_version must be a whole number from 1."
  }
}
