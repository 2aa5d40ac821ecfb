variable "name" {
  type        = string
  description = "Prefix of all names."
}

variable "vpc_id" {
  type        = string
  description = "The VPC."
}

variable "subnet_ids" {
  type        = list(string)
  description = "Public subnets."
}

variable "host" {
  type        = string
  description = "Name that leads here."
}

variable "zone_id" {
  type        = string
  description = "Hosted zone of the name."
}

variable "certificate_arn" {
  type        = string
  description = "Certificate for the name."
}

variable "ssl_policy" {
  type        = string
  description = "Versions and ciphers of TLS."
}

variable "allowed_cidrs" {
  type        = list(string)
  description = "Networks that may connect."
}

variable "nat_public_ips" {
  type        = map(string)
  description = "Addresses under which pods call the public name: without them the platform could not reach itself."
}

variable "node_security_group_id" {
  type        = string
  description = "Security group of the nodes, which gets the flow from here."
}

variable "node_port" {
  type        = number
  description = "Port of the service on every node."
}

variable "autoscaling_group_names" {
  type        = map(string)
  description = "Group of nodes => its Auto Scaling group, whose instances become targets; empty: a controller in the cluster binds them."
}

variable "protected" {
  type        = bool
  description = "Refuse to delete it."
}

variable "health_path" {
  type        = string
  description = "Path that answers 200 when a target can serve."
}

variable "log_bucket" {
  type        = string
  description = "Bucket of its access log; null: none is kept."
}
