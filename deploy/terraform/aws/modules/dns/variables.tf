variable "zone_name" {
  type        = string
  description = "Public hosted zone that is there already."
}

variable "hosts" {
  type        = list(string)
  description = "Names on the certificate; the first is its subject."
}
