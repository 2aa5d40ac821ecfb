variable "name" {
  type        = string
  description = "Name of the cluster, and prefix of all names."
}

variable "kubernetes_version" {
  type        = string
  description = "Version of Kubernetes, major.minor."
}

variable "vpc_id" {
  type        = string
  description = "The VPC."
}

variable "subnet_ids" {
  type        = list(string)
  description = "Private subnets of the control plane, in two zones at least."
}

variable "node_subnet_ids" {
  type        = list(string)
  description = "Private subnets of the nodes."
}

variable "kms_key_arn" {
  type        = string
  description = "Key that encrypts Kubernetes secrets, volumes of nodes and logs."
}

variable "api_allowed_cidrs" {
  type        = list(string)
  description = "Networks that may reach the Kubernetes API from outside; none: only the VPC may."
}

variable "admin_principal_arns" {
  type        = list(string)
  description = "IAM roles and users that administer the cluster."
}

variable "addon_versions" {
  type        = map(string)
  description = "Add-on => its exact version."
}

variable "addon_role_arns" {
  type        = map(string)
  description = "Add-on => the role of its service account, for those that need one."
}

variable "node_groups" {
  type = map(object({
    instance_types = list(string)
    min            = number
    desired        = number
    max            = number
    disk_gb        = number
    capacity_type  = string
    ami_type       = string
    labels         = map(string)
  }))
  description = "Name => machines of a group of nodes."
}

variable "log_retention_days" {
  type        = number
  description = "Days for which logs of the control plane are kept."
}

variable "permissions_boundary_arn" {
  type        = string
  description = "Boundary of all roles, or null."
}

variable "tags" {
  type        = map(string)
  description = "Tags of instances and volumes, which the provider's default tags do not reach."
}
