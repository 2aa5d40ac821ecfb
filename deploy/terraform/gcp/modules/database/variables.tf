variable "name" {
  type        = string
  description = "Prefix of all names."
}

variable "region" {
  type        = string
  description = "Google Cloud region."
}

variable "suffix" {
  type        = string
  description = "Letters and digits that make the name unique: a name stays taken for a week after it is deleted."
}

variable "network_id" {
  type        = string
  description = "The network."
}

variable "engine_version" {
  type        = string
  description = "Major version of PostgreSQL."
}

variable "tier" {
  type        = string
  description = "Machine of the database."
}

variable "storage_gb" {
  type        = number
  description = "Storage to begin with, in GiB."
}

variable "backup_days" {
  type        = number
  description = "How many daily backups are kept."
}

variable "protected" {
  type        = bool
  description = "Keep a standby in another zone, and refuse to delete it."
}

variable "password" {
  type        = string
  description = "Password of the platform's user; written to the server, kept in no state."
  sensitive   = true
  ephemeral   = true
}

variable "password_version" {
  type        = number
  description = "Raise it to have a new password written."
}
