variable "name" {
  type        = string
  default     = "codemie"
  nullable    = false
  description = "Prefix of all names."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,18}[a-z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "name must have 2 to 20 lower-case letters, digits and single hyphens, begin with a letter and not end with a hyphen: names of accounts are made of it, and Google cuts those at 30."
  }
}

variable "project_id" {
  type        = string
  nullable    = false
  description = "The project to work in."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id)) && !contains(["my-project", "your-project", "my-project-id"], var.project_id)
    error_message = "project_id must be the id of your project, which `gcloud config get project` tells: neither its number nor its title."
  }
}

variable "region" {
  type        = string
  default     = "europe-west3"
  nullable    = false
  description = "The Google Cloud region."

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.region))
    error_message = "region must be a region such as europe-west3, without a zone's letter."
  }
}

variable "deployer_members" {
  type        = list(string)
  nullable    = false
  description = "Who reads and writes states: user:, group: or serviceAccount: and an address."

  validation {
    condition     = length(var.deployer_members) > 0 && alltrue([for member in var.deployer_members : can(regex("^(user|group|serviceAccount):[^@ ]+@[^@ ]+$", member))])
    error_message = "deployer_members must name somebody at least, such as group:platform@your-company.com; allUsers and allAuthenticatedUsers are refused."
  }
}
