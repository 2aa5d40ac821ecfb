variable "domain" {
  type        = string
  nullable    = false
  description = "Domain below which codemie.DOMAIN and codemie-nats.DOMAIN are made."

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain)) && !can(regex("(^|\\.)example\\.(com|org|net)$", var.domain)) && length(var.domain) <= 240
    error_message = "domain must be a domain of yours in lower-case letters, such as ai.your-company.com, without a dot at its end; example.com is nobody's."
  }
}

variable "zone_name" {
  type        = string
  default     = null
  description = "Public hosted zone in Route 53 that holds the domain; it must be there already. Default: the domain itself."

  validation {
    condition     = var.zone_name == null || var.zone_name == var.domain || endswith(var.domain, ".${coalesce(var.zone_name, "-")}")
    error_message = "zone_name must be the domain or one above it, without a dot at its end."
  }
}

variable "availability_zones" {
  type        = list(string)
  default     = null
  description = "Zones to use. Default: a, b and c of the region, a and b for dev."

  validation {
    condition     = var.availability_zones == null || (length(distinct(coalesce(var.availability_zones, []))) == length(coalesce(var.availability_zones, [])) && length(coalesce(var.availability_zones, [])) >= 2 && length(coalesce(var.availability_zones, [])) <= 6)
    error_message = "availability_zones must be 2 to 6 different zones: EKS, RDS and load balancers want two at least."
  }

  validation {
    condition     = alltrue([for zone in coalesce(var.availability_zones, []) : can(regex("^${var.region}[a-z]$", zone))])
    error_message = "availability_zones must be zones of the region ${var.region}, such as ${var.region}a."
  }
}

variable "vpc_cidr" {
  type        = string
  default     = "10.0.0.0/16"
  nullable    = false
  description = "Addresses of the VPC. They must not overlap with networks you connect it to."

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && try(cidrhost(var.vpc_cidr, 0) == split("/", var.vpc_cidr)[0], false) && can(regex("/1[6-9]$", var.vpc_cidr))
    error_message = "vpc_cidr must be a network such as 10.0.0.0/16, of size /16 to /19, written with its first address."
  }

  validation {
    condition     = can(regex("^(10\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.|100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\\.)", var.vpc_cidr))
    error_message = "vpc_cidr must be private addresses: of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10."
  }
}

variable "private_cidrs" {
  type        = list(string)
  default     = null
  description = "Addresses of the private subnets, one a zone. Default: sixteenths of the VPC."

  validation {
    condition     = var.private_cidrs == null || length(coalesce(var.private_cidrs, [])) == (var.availability_zones != null ? length(coalesce(var.availability_zones, [])) : var.profile == "prod" ? 3 : 2)
    error_message = "private_cidrs must have one network for each availability zone."
  }

  validation {
    condition = alltrue([for cidr in coalesce(var.private_cidrs, []) : try(
      tonumber(split("/", cidr)[1]) > tonumber(split("/", var.vpc_cidr)[1]) && tonumber(split("/", cidr)[1]) <= 26 &&
    cidrhost("${cidrhost(cidr, 0)}/${split("/", var.vpc_cidr)[1]}", 0) == cidrhost(var.vpc_cidr, 0), false)])
    error_message = "private_cidrs must lie inside vpc_cidr and be /26 or larger: each pod takes an address."
  }

  validation {
    condition = alltrue(flatten([for i, a in concat(coalesce(var.private_cidrs, []), coalesce(var.public_cidrs, [])) : [
      for j, b in concat(coalesce(var.private_cidrs, []), coalesce(var.public_cidrs, [])) : try(
        cidrhost("${cidrhost(a, 0)}/${min(split("/", a)[1], split("/", b)[1])}", 0) !=
      cidrhost("${cidrhost(b, 0)}/${min(split("/", a)[1], split("/", b)[1])}", 0), false) if i < j
    ]]))
    error_message = "private_cidrs and public_cidrs must not overlap."
  }

  validation {
    condition     = (var.public_cidrs == null) == (var.private_cidrs == null)
    error_message = "private_cidrs and public_cidrs must be given together, or neither."
  }
}

variable "public_cidrs" {
  type        = list(string)
  default     = null
  description = "Addresses of the public subnets, one a zone. Default: the last 256ths of the VPC."

  validation {
    condition     = var.public_cidrs == null || length(coalesce(var.public_cidrs, [])) == (var.availability_zones != null ? length(coalesce(var.availability_zones, [])) : var.profile == "prod" ? 3 : 2)
    error_message = "public_cidrs must have one network for each availability zone."
  }

  validation {
    condition = alltrue([for cidr in coalesce(var.public_cidrs, []) : try(
      tonumber(split("/", cidr)[1]) > tonumber(split("/", var.vpc_cidr)[1]) && tonumber(split("/", cidr)[1]) <= 27 &&
    cidrhost("${cidrhost(cidr, 0)}/${split("/", var.vpc_cidr)[1]}", 0) == cidrhost(var.vpc_cidr, 0), false)])
    error_message = "public_cidrs must lie inside vpc_cidr and be /27 or larger, which a load balancer asks for."
  }
}

variable "allowed_cidrs" {
  type        = list(string)
  nullable    = false
  description = "Networks of the people: they reach the web UI and the API. The platform's own addresses are added."

  validation {
    condition     = length(var.allowed_cidrs) > 0
    error_message = "allowed_cidrs must name a network at least: without one nobody reaches the platform."
  }

  validation {
    condition     = alltrue([for cidr in var.allowed_cidrs : can(cidrhost(cidr, 0)) && can(regex("^[0-9.]+/[0-9]+$", cidr))])
    error_message = "allowed_cidrs must be IPv4 networks such as 198.51.100.0/24; one address is 198.51.100.7/32."
  }
}

variable "nats_allowed_cidrs" {
  type        = list(string)
  default     = null
  description = "Networks of agents of the plugin engine. Default: allowed_cidrs."

  validation {
    condition     = var.nats_allowed_cidrs == null || (length(coalesce(var.nats_allowed_cidrs, [])) > 0 && alltrue([for cidr in coalesce(var.nats_allowed_cidrs, []) : can(cidrhost(cidr, 0)) && can(regex("^[0-9.]+/[0-9]+$", cidr))]))
    error_message = "nats_allowed_cidrs must be IPv4 networks such as 198.51.100.0/24."
  }
}

variable "ssl_policy" {
  type        = string
  default     = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  nullable    = false
  description = "Policy of the load balancers: versions and ciphers of TLS."

  validation {
    condition     = can(regex("^ELBSecurityPolicy-TLS13-1-[23]-", var.ssl_policy))
    error_message = "ssl_policy must be one that knows TLS 1.3 and nothing older than TLS 1.2, such as ELBSecurityPolicy-TLS13-1-2-2021-06."
  }
}

variable "nats_ports" {
  type        = list(number)
  default     = [443]
  nullable    = false
  description = "Public ports for agents: 443, which company networks let pass, 4222, which NATS is known by, or both."

  validation {
    condition     = length(var.nats_ports) > 0 && length(distinct(var.nats_ports)) == length(var.nats_ports) && length(setsubtract(var.nats_ports, [443, 4222, 30422])) == 0
    error_message = "nats_ports must be 443, 4222 or both; 30422 is taken for agents that know it from before."
  }
}

variable "nats_tls" {
  type        = string
  default     = "load_balancer"
  nullable    = false
  description = "Where TLS of agents ends: load_balancer (certificate of AWS, agents use tls://) or server (TCP is passed on to the API, which has a certificate of its own)."

  validation {
    condition     = contains(["load_balancer", "server"], var.nats_tls)
    error_message = "nats_tls must be load_balancer or server."
  }
}

variable "node_ports" {
  type        = object({ web = number, nats = number })
  default     = { web = 32080, nats = 30422 }
  nullable    = false
  description = "Ports of the services on the nodes, as in the chart's values."

  validation {
    condition     = alltrue([for port in values(var.node_ports) : port >= 30000 && port <= 32767]) && var.node_ports.web != var.node_ports.nats
    error_message = "node_ports must be two different ports of Kubernetes' range, 30000 to 32767."
  }
}

variable "target_binding" {
  type        = string
  default     = "nodes"
  nullable    = false
  description = "Who tells the load balancers their targets: nodes (the Auto Scaling groups) or controller (the AWS Load Balancer Controller, by a TargetGroupBinding)."

  validation {
    condition     = contains(["nodes", "controller"], var.target_binding)
    error_message = "target_binding must be nodes or controller."
  }
}
