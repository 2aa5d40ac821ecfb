variable "name" {
  type        = string
  description = "Prefix of all names."
}

variable "location" {
  type        = string
  description = "Azure region."
}

variable "resource_group_name" {
  type        = string
  description = "Resource group of everything."
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything."
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
  type        = map(string)
  description = "Workload => its service account."
}

variable "vault_id" {
  type        = string
  description = "Key vault with the key codemie."
}

variable "container_scope" {
  type        = string
  description = "Container of the platform's files."
}

variable "openai_account_ids" {
  type        = list(string)
  description = "Azure OpenAI accounts that the platform may call."
}
