variable "name" {
  type        = string
  default     = "codemie"
  nullable    = false
  description = "Prefix of all names in the account, and name of the cluster."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,13}[a-z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "name must have 2 to 15 lower-case letters, digits and single hyphens, begin with a letter and not end with a hyphen: names of load balancers are made of it, and AWS cuts those at 32."
  }
}

variable "profile" {
  type        = string
  default     = "prod"
  nullable    = false
  description = "prod: three zones, a standby of the database, backups of 14 days, protected from deletion. dev: cheap, in one zone, gone with one command."

  validation {
    condition     = contains(["prod", "dev"], var.profile)
    error_message = "profile must be prod or dev."
  }
}

variable "account_id" {
  type        = string
  nullable    = false
  description = "The AWS account to work in; another one is refused."

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id)) && !contains(["012345678901", "123456789012", "111122223333", "000000000000"], var.account_id)
    error_message = "account_id must be the 12 digits of your account, which `aws sts get-caller-identity` shows, and not the number of an example."
  }
}

variable "region" {
  type        = string
  default     = "eu-central-1"
  nullable    = false
  description = "The AWS region."

  validation {
    condition     = can(regex("^(af|ap|ca|eu|il|me|mx|sa|us)-(central|north|south|east|west|northeast|northwest|southeast|southwest)-[1-9]$", var.region))
    error_message = "region must be an AWS region of the commercial partition, such as eu-central-1."
  }
}

variable "permissions_boundary_arn" {
  type        = string
  default     = null
  description = "Policy that bounds every role made here, where your organisation asks for one."

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, such as arn:aws:iam::ACCOUNT:policy/boundary."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  nullable    = false
  description = "Further tags of everything."

  validation {
    condition     = length(var.tags) <= 40 && alltrue([for key, value in var.tags : !startswith(lower(key), "aws:") && length(key) <= 128 && length(value) <= 256])
    error_message = "tags may hold at most 40 tags; keys have at most 128 letters and do not begin with aws:, values have at most 256."
  }
}

variable "log_retention_days" {
  type        = number
  default     = 90
  nullable    = false
  description = "Days for which logs of the Kubernetes control plane and of the load balancers are kept."

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one that CloudWatch knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827 and so on."
  }
}

variable "access_logs" {
  type        = bool
  default     = true
  nullable    = false
  description = "Load balancers keep a log in a bucket of its own: who got which answer when, with addresses of people."

  validation {
    condition     = var.access_logs || var.profile == "dev"
    error_message = "access_logs may be false with profile dev only: without a log nobody can say afterwards what failed."
  }
}
