variable "name" {
  type        = string
  description = "Prefix of all names."
}

variable "region" {
  type        = string
  description = "Google Cloud region."
}

variable "zone_name" {
  type        = string
  description = "Name of the managed zone that is there already."
}

variable "hosts" {
  type        = map(string)
  description = "web and nats => their names."
}

variable "allowed_cidrs" {
  type        = list(string)
  description = "Networks that may connect to the web entry."
}

variable "nat_public_ips" {
  type        = list(string)
  description = "Addresses under which pods call the public name."
}
