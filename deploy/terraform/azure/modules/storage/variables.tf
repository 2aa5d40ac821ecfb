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

variable "suffix" {
  type        = string
  description = "Letters and digits that make the name unique in the world."
}

variable "node_subnet_ids" {
  type        = list(string)
  description = "Subnets of the nodes, which may reach the account."
}

variable "admin_cidrs" {
  type        = list(string)
  description = "Networks from which the account is administered."
}

variable "zone_redundant" {
  type        = bool
  description = "Keep a copy in each zone."
}

variable "retention_days" {
  type        = number
  description = "Days for which what was deleted can be brought back."
}
