variable "name" {
  type        = string
  description = "Prefix of all names."
}

variable "location" {
  type        = string
  description = "Azure region."
}

variable "resource_group_name" {
  type        = string
  description = "Resource group of everything."
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything."
}

variable "network_id" {
  type        = string
  description = "The network."
}

variable "node_subnet_ids" {
  type        = map(string)
  description = "Zone => subnet of its nodes; zone 1 is always one."
}

variable "kubernetes_version" {
  type        = string
  description = "Version of Kubernetes, major.minor."
}

variable "guaranteed" {
  type        = bool
  description = "A control plane with a guarantee."
}

variable "vm_size" {
  type        = string
  description = "Size of a node."
}

variable "min_nodes" {
  type        = number
  description = "Nodes there always are in each zone."
}

variable "max_nodes" {
  type        = number
  description = "Nodes there may be in each zone."
}

variable "api_allowed_cidrs" {
  type        = list(string)
  description = "Networks that reach the Kubernetes API."
}

variable "admin_group_object_ids" {
  type        = list(string)
  description = "Groups of Entra ID that administer the cluster."
}

variable "log_retention_days" {
  type        = number
  description = "Days for which logs of the control plane are kept."
}
