variable "name" {
  type        = string
  default     = "codemie"
  nullable    = false
  description = "Prefix of all names."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,10}[a-z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "name must have 2 to 12 lower-case letters, digits and single hyphens, begin with a letter and not end with a hyphen: names of key vaults are made of it, and Azure cuts those at 24."
  }
}

variable "subscription_id" {
  type        = string
  nullable    = false
  description = "The subscription to work in."

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.subscription_id)) && var.subscription_id != "00000000-0000-0000-0000-000000000000"
    error_message = "subscription_id must be the id of your subscription, which `az account show` tells."
  }
}

variable "location" {
  type        = string
  default     = "westeurope"
  nullable    = false
  description = "The Azure region; one with availability zones for prod."

  validation {
    condition     = can(regex("^[a-z]+[0-9]?$", var.location))
    error_message = "location must be the short name of a region, such as westeurope: lower-case, without spaces."
  }
}

variable "deployer_object_ids" {
  type        = list(string)
  nullable    = false
  description = "People, groups and applications of Entra ID that read and write states, by their object ids."

  validation {
    condition     = length(var.deployer_object_ids) > 0 && alltrue([for id in var.deployer_object_ids : can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", id))])
    error_message = "deployer_object_ids must name somebody at least, by object id."
  }
}
