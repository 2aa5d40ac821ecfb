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

variable "cidr" {
  type        = string
  description = "Addresses of the network."
}

variable "allowed_cidrs" {
  type        = list(string)
  description = "Networks that may connect."
}

variable "public_ports" {
  type        = list(number)
  description = "Ports that they may connect to."
}

variable "zones" {
  type        = list(string)
  description = "Availability zones of the nodes, such as 1."
}
