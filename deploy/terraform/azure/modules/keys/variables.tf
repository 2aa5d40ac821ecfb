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

variable "node_subnet_ids" {
  type        = list(string)
  description = "Subnets of the nodes, which may reach the vault."
}

variable "admin_cidrs" {
  type        = list(string)
  description = "Networks from which the vault is administered."
}

variable "protected" {
  type        = bool
  description = "Refuse to purge the vault before its time."
}
