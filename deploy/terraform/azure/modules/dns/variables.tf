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

variable "zone_name" {
  type        = string
  description = "Public zone that is there already."
}

variable "hosts" {
  type        = map(string)
  description = "Entry => its name."
}
