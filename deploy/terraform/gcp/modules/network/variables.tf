variable "name" {
  type        = string
  description = "Prefix of all names."
}

variable "region" {
  type        = string
  description = "Google Cloud region."
}

variable "cidr" {
  type        = string
  description = "Addresses of nodes and services."
}

variable "pods_cidr" {
  type        = string
  description = "Addresses of pods."
}

variable "nat_addresses" {
  type        = number
  description = "How many fixed addresses the NAT has; each carries 64,000 connections."
}
