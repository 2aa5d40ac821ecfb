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
  description = "Letters and digits that make the name unique in the world."
}

variable "kms_key_id" {
  type        = string
  description = "Key that encrypts the objects."
}

variable "force_destroy" {
  type        = bool
  description = "Let the bucket be destroyed with what is in it."
}

variable "former_versions_days" {
  type        = number
  description = "Days for which deleted and overwritten objects can be brought back."
}
