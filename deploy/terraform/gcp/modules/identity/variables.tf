variable "name" {
  type        = string
  description = "Prefix of all names."
}

variable "project_id" {
  type        = string
  description = "The project."
}

variable "namespace" {
  type        = string
  description = "Kubernetes namespace of the platform."
}

variable "service_accounts" {
  type        = map(string)
  description = "Workload => its service account."
}

variable "bucket" {
  type        = string
  description = "Bucket of the platform's files."
}

variable "uses_models" {
  type        = bool
  description = "Let the platform call models of Vertex AI."
}
