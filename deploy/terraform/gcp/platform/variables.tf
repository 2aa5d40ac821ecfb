variable "name" {
  type        = string
  default     = "codemie"
  nullable    = false
  description = "Prefix of all names."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,18}[a-z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "name must have 2 to 20 lower-case letters, digits and single hyphens, begin with a letter and not end with a hyphen: names of accounts are made of it, and Google cuts those at 30."
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

variable "project_id" {
  type        = string
  nullable    = false
  description = "The project to work in."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id)) && !contains(["my-project", "your-project", "my-project-id"], var.project_id)
    error_message = "project_id must be the id of your project, which `gcloud config get project` tells: neither its number nor its title."
  }
}

variable "region" {
  type        = string
  default     = "europe-west3"
  nullable    = false
  description = "The Google Cloud region."

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.region))
    error_message = "region must be a region such as europe-west3, without a zone's letter."
  }
}

variable "labels" {
  type        = map(string)
  default     = {}
  nullable    = false
  description = "Further labels of everything."

  validation {
    condition     = length(var.labels) <= 50 && alltrue([for key, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "labels: keys and values have at most 63 lower-case letters, digits, _ and -; keys begin with a letter."
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
  nullable    = false
  description = "Name of the managed zone in Cloud DNS that holds the domain; it must be there already."

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", var.zone_name))
    error_message = "zone_name must be the name of the zone, such as ai-your-company-com, not its domain."
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

variable "pods_cidr" {
  type        = string
  default     = "10.64.0.0/16"
  nullable    = false
  description = "Addresses of pods, outside network_cidr."

  validation {
    condition     = try(cidrhost(var.pods_cidr, 0) == split("/", var.pods_cidr)[0], false) && can(regex("/1[4-9]$", var.pods_cidr))
    error_message = "pods_cidr must be a network of size /14 to /19, written with its first address."
  }

  validation {
    condition = try(
      cidrhost("${cidrhost(var.pods_cidr, 0)}/${min(split("/", var.pods_cidr)[1], split("/", var.network_cidr)[1])}", 0) !=
    cidrhost("${cidrhost(var.network_cidr, 0)}/${min(split("/", var.pods_cidr)[1], split("/", var.network_cidr)[1])}", 0), false)
    error_message = "pods_cidr must not overlap with network_cidr."
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
  description = "Networks from which the Kubernetes API is reached."

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

variable "machine_type" {
  type        = string
  default     = null
  description = "Type of a node. Default: e2-standard-4, for dev e2-standard-2."

  validation {
    condition     = var.machine_type == null || can(regex("^[a-z][a-z0-9]*-[a-z]+-[0-9]+[a-z]*$", var.machine_type))
    error_message = "machine_type must be a type of Google Cloud, such as e2-standard-4."
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
  description = "Workload => service account in the namespace that gets an account."

  validation {
    condition     = length(var.service_accounts) > 0 && alltrue([for name in values(var.service_accounts) : can(regex("^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", name))])
    error_message = "service_accounts must be exact names; * is refused."
  }
}

variable "uses_vertex_models" {
  type        = bool
  default     = false
  nullable    = false
  description = "Let the platform call models of Vertex AI."
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

variable "database_tier" {
  type        = string
  default     = null
  description = "Machine of the database. Default: db-custom-2-8192, for dev db-g1-small."

  validation {
    condition     = var.database_tier == null || (can(regex("^db-", var.database_tier)) && !(var.profile == "prod" && can(regex("^db-(f1-micro|g1-small)$", var.database_tier))))
    error_message = "database_tier must be a machine of Cloud SQL, such as db-custom-2-8192; those with a shared core are for dev."
  }
}

variable "database_password" {
  type        = string
  nullable    = false
  sensitive   = true
  ephemeral   = true
  description = "Password of the platform's database user, by TF_VAR_database_password. It is written to the server and kept in no state."

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
