variable "name" {
  type        = string
  description = "Prefix of all names."
}

variable "cidr" {
  type        = string
  description = "Addresses of the VPC."
}

variable "availability_zones" {
  type        = list(string)
  description = "Zones to use, the first of which holds what exists once."
}

variable "private_cidrs" {
  type        = list(string)
  description = "Addresses of the private subnets, one a zone."
}

variable "public_cidrs" {
  type        = list(string)
  description = "Addresses of the public subnets, one a zone."
}

variable "single_nat" {
  type        = bool
  description = "One NAT gateway for all zones instead of one in each: cheaper, and down with its zone."
}
