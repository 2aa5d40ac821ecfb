variable "name" {
  type        = string
  description = "Prefix of all names; the bucket gets the account's number behind it, for bucket names are global."
}

variable "force_destroy" {
  type        = bool
  description = "Let the bucket be destroyed with what is in it."
}

variable "retention_days" {
  type        = number
  description = "Days for which logs are kept."
}
