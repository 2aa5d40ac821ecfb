variable "name" {
  type        = string
  description = "Prefix of all names."
}

variable "deletion_window_days" {
  type        = number
  description = "Days between the deletion of a key and its end, in which it can be brought back."
}
