variable "name" {
  type        = string
  description = "Prefix of all names."
}

variable "region" {
  type        = string
  description = "Google Cloud region."
}

variable "project_id" {
  type        = string
  description = "The project."
}

variable "network_id" {
  type        = string
  description = "The network."
}

variable "subnetwork_id" {
  type        = string
  description = "Subnetwork of the nodes."
}

variable "kubernetes_version" {
  type        = string
  description = "Version of Kubernetes, major.minor."
}

variable "regional" {
  type        = bool
  description = "Control plane and nodes in three zones."
}

variable "protected" {
  type        = bool
  description = "Refuse to delete it."
}

variable "kms_key_id" {
  type        = string
  description = "Key that encrypts Kubernetes secrets and disks."
}

variable "api_allowed_cidrs" {
  type        = list(string)
  description = "Networks that reach the Kubernetes API."
}

variable "machine_type" {
  type        = string
  description = "Type of a node."
}

variable "min_nodes" {
  type        = number
  description = "Nodes there always are, of each zone."
}

variable "max_nodes" {
  type        = number
  description = "Nodes there may be, of each zone."
}
