variable "name" {
  type        = string
  description = "Prefix of all names; the bucket gets the account's number behind it, for bucket names are global."
}

variable "kms_key_arn" {
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
