variable "name" {
  type        = string
  description = "Prefix of all names."
}

variable "cluster_name" {
  type        = string
  description = "The cluster whose nodes the autoscaler may change."
}

variable "issuer_url" {
  type        = string
  description = "Issuer of the tokens of service accounts."
}

variable "namespace" {
  type        = string
  description = "Kubernetes namespace of the platform."
}

variable "service_accounts" {
  type = object({
    api     = string
    worker  = string
    secrets = string
  })
  description = "Service accounts of API and workers in the namespace, and namespace:name of what copies secrets."
}

variable "application_key_arn" {
  type        = string
  description = "Key that the platform wraps its master key with."
}

variable "data_key_arn" {
  type        = string
  description = "Key that encrypts files, volumes and the database's secret."
}

variable "bucket_arn" {
  type        = string
  description = "Bucket of the platform's files."
}

variable "database_secret_arn" {
  type        = string
  description = "Secret with the database's password."
}

variable "bedrock_model_arns" {
  type        = list(string)
  description = "Models and inference profiles of Bedrock that the platform may call."
}

variable "permissions_boundary_arn" {
  type        = string
  description = "Boundary of all roles, or null."
}
