variable "database_version" {
  type        = string
  default     = "17"
  nullable    = false
  description = "Version of PostgreSQL: 17 takes the newest 17 that RDS has and lets RDS apply patches."

  validation {
    condition     = can(regex("^17(\\.[0-9]+)?$", var.database_version))
    error_message = "database_version must be 17, or a patch of it such as 17.6."
  }
}

variable "database_instance_class" {
  type        = string
  default     = null
  description = "Class of the database's machine. Default: db.m7g.large, for dev db.t4g.medium."

  validation {
    condition     = var.database_instance_class == null || can(regex("^db\\.[a-z][a-z0-9-]*\\.[a-z0-9]+$", var.database_instance_class))
    error_message = "database_instance_class must be a class of RDS, such as db.m7g.large; `aws rds describe-orderable-db-instance-options --engine postgres` lists those of your region."
  }
}

variable "database_storage_gb" {
  type        = number
  default     = null
  description = "Storage to begin with, in GiB. Default: 100, for dev 20."

  validation {
    condition     = var.database_storage_gb == null || try(var.database_storage_gb >= 20 && var.database_storage_gb <= 65536 && floor(var.database_storage_gb) == var.database_storage_gb, false)
    error_message = "database_storage_gb must be a whole number from 20 to 65536."
  }
}

variable "database_max_storage_gb" {
  type        = number
  default     = null
  description = "Storage that it may grow to by itself, in GiB. Default: 1000, for dev 100."

  validation {
    condition     = var.database_max_storage_gb == null || try(var.database_max_storage_gb >= coalesce(var.database_storage_gb, var.profile == "prod" ? 100 : 20) * 1.1 && var.database_max_storage_gb <= 65536, false)
    error_message = "database_max_storage_gb must be at least a tenth more than database_storage_gb, and at most 65536."
  }
}
