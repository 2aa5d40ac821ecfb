variable "name" {
  type        = string
  description = "Prefix of all names."
}

variable "vpc_id" {
  type        = string
  description = "The VPC."
}

variable "subnet_ids" {
  type        = list(string)
  description = "Private subnets, in two zones at least."
}

variable "client_security_group_id" {
  type        = string
  description = "Security group of the nodes, which alone may connect."
}

variable "kms_key_arn" {
  type        = string
  description = "Key that encrypts storage, snapshots and the secret with the password."
}

variable "engine_version" {
  type        = string
  description = "Version of PostgreSQL: a major version, or major.minor."
}

variable "instance_class" {
  type        = string
  description = "Class of the instance."
}

variable "storage_gb" {
  type        = number
  description = "Storage to begin with, in GiB."
}

variable "max_storage_gb" {
  type        = number
  description = "Storage that it may grow to by itself, in GiB."
}

variable "maintenance_work_mem_kb" {
  type        = number
  description = "Memory for building an index, in KiB."
}

variable "multi_az" {
  type        = bool
  description = "Keep a standby in another zone, and record performance."
}

variable "backup_days" {
  type        = number
  description = "Days to which the database can be brought back."
}

variable "protected" {
  type        = bool
  description = "Refuse to delete it, and take a last snapshot when it is deleted all the same."
}
