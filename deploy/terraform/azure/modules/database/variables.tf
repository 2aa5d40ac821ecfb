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

variable "network_id" {
  type        = string
  description = "The network."
}

variable "subnet_id" {
  type        = string
  description = "Subnet that is delegated to PostgreSQL."
}

variable "engine_version" {
  type        = string
  description = "Major version of PostgreSQL."
}

variable "sku_name" {
  type        = string
  description = "Size of the server."
}

variable "storage_gb" {
  type        = number
  description = "Storage to begin with, in GiB."
}

variable "backup_days" {
  type        = number
  description = "Days to which the database can be brought back."
}

variable "protected" {
  type        = bool
  description = "Keep a standby in another zone and backups in another region, and refuse to delete it."
}

variable "password" {
  type        = string
  description = "Password of the administrator; written to the server, kept in no state."
  sensitive   = true
  ephemeral   = true
}

variable "password_version" {
  type        = number
  description = "Raise it to have a new password written."
}
