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

variable "addon_versions" {
  type = map(string)
  default = {
    "vpc-cni"            = "v1.21.1-eksbuild.3"
    "kube-proxy"         = "v1.35.0-eksbuild.2"
    "coredns"            = "v1.13.2-eksbuild.1"
    "aws-ebs-csi-driver" = "v1.57.1-eksbuild.1"
    "metrics-server"     = "v0.8.1-eksbuild.6"
  }
  nullable    = false
  description = "Exact versions of the add-ons, which go with kubernetes_version: `aws eks describe-addon-versions --kubernetes-version 1.35` lists them. By metrics-server the chart's workloads scale: leave it out only where you install it yourself."

  validation {
    condition     = length(setsubtract(["vpc-cni", "kube-proxy", "coredns", "aws-ebs-csi-driver"], keys(var.addon_versions))) == 0 && alltrue([for version in values(var.addon_versions) : can(regex("^v[0-9]+\\.[0-9]+\\.[0-9]+-eksbuild\\.[0-9]+$", version))])
    error_message = "addon_versions must give vpc-cni, kube-proxy, coredns and aws-ebs-csi-driver a version such as v1.35.0-eksbuild.2."
  }

  validation {
    condition     = startswith(lookup(var.addon_versions, "kube-proxy", ""), "v${var.kubernetes_version}.")
    error_message = "addon_versions: kube-proxy must be of the version of Kubernetes, ${var.kubernetes_version}."
  }
}

variable "node_groups" {
  type = map(object({
    instance_types = list(string)
    min            = number
    desired        = number
    max            = number
    disk_gb        = optional(number, 100)
    capacity_type  = optional(string, "ON_DEMAND")
    ami_type       = optional(string, "AL2023_x86_64_STANDARD")
    labels         = optional(map(string), {})
  }))
  default     = null
  description = "Groups of nodes. Default: three m7i.xlarge, up to six; for dev two t3.large, up to three."

  validation {
    condition     = alltrue([for group in values(coalesce(var.node_groups, {})) : group.min <= group.desired && group.desired <= group.max && group.min >= 0 && group.max >= 1])
    error_message = "node_groups: min must not be greater than desired, nor desired than max; max is 1 at least."
  }

  validation {
    condition     = alltrue([for group in values(coalesce(var.node_groups, {})) : length(group.instance_types) > 0 && alltrue([for type in group.instance_types : can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", type))])])
    error_message = "node_groups: instance_types must name a type at least, such as m7i.xlarge."
  }

  validation {
    condition     = alltrue([for group in values(coalesce(var.node_groups, {})) : group.disk_gb >= 20 && group.disk_gb <= 16384 && contains(["ON_DEMAND", "SPOT"], group.capacity_type) && contains(["AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD"], group.ami_type)])
    error_message = "node_groups: disk_gb is 20 to 16384, capacity_type ON_DEMAND or SPOT, ami_type AL2023_x86_64_STANDARD or AL2023_ARM_64_STANDARD."
  }

  validation {
    condition     = var.node_groups == null || alltrue([for name in keys(coalesce(var.node_groups, {})) : can(regex("^[a-z][a-z0-9-]{0,30}$", name))])
    error_message = "node_groups: a name has at most 31 lower-case letters, digits and hyphens."
  }

  validation {
    condition     = var.node_groups == null || length(coalesce(var.node_groups, {})) > 0
    error_message = "node_groups must hold a group at least: without nodes nothing runs."
  }
}

variable "api_allowed_cidrs" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Networks from which the Kubernetes API is reached besides the VPC, such as that of whoever installs the chart. None: only from within the VPC."

  validation {
    condition     = alltrue([for cidr in var.api_allowed_cidrs : can(cidrhost(cidr, 0)) && can(regex("^[0-9.]+/([89]|[1-3][0-9])$", cidr))])
    error_message = "api_allowed_cidrs must be IPv4 networks of /8 or smaller, such as 198.51.100.7/32: the Kubernetes API is not for everybody."
  }
}

variable "admin_principal_arns" {
  type        = list(string)
  nullable    = false
  description = "IAM roles and users that administer the cluster with kubectl and helm. Whoever runs Terraform does not by that alone."

  validation {
    condition     = length(var.admin_principal_arns) > 0
    error_message = "admin_principal_arns must name a role or user at least: without one nobody could install anything."
  }

  validation {
    condition     = alltrue([for arn in var.admin_principal_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/.+$", arn))])
    error_message = "admin_principal_arns must be ARNs of IAM roles or users, arn:aws:iam::ACCOUNT:role/NAME. A session (arn:aws:sts::…:assumed-role/…) is none: give the role behind it."
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
  type = object({
    api     = string
    worker  = string
    secrets = string
  })
  default     = { api = "codemie-api", worker = "codemie-worker", secrets = "external-secrets:external-secrets" }
  nullable    = false
  description = "Service accounts that get a role: of the API and the workers in the namespace, and, as namespace:name, of what copies the database's password into the cluster."

  validation {
    condition     = alltrue([for name in [var.service_accounts.api, var.service_accounts.worker] : can(regex("^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", name))]) && can(regex("^[a-z0-9-]+:[a-z0-9.-]+$", var.service_accounts.secrets))
    error_message = "service_accounts must be exact names, secrets with its namespace before a colon; * is refused."
  }
}

variable "bedrock_model_arns" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Models and inference profiles of Bedrock that the platform may call. None: it gets no right to Bedrock."

  validation {
    condition     = alltrue([for arn in var.bedrock_model_arns : can(regex("^arn:aws[a-z-]*:bedrock:[a-z0-9-]*:[0-9]*:(foundation-model|inference-profile|application-inference-profile)/[a-zA-Z0-9.:_-]+$", arn))])
    error_message = "bedrock_model_arns must be exact ARNs of models or inference profiles, such as arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0."
  }
}
