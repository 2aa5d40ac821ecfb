variable "name" {
  type        = string
  default     = "codemie"
  nullable    = false
  description = "Prefix of all names, the same as of the platform."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,13}[a-z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "name must have 2 to 15 lower-case letters, digits and single hyphens, begin with a letter and not end with a hyphen."
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
  description = "The AWS region, the same as of the platform."

  validation {
    condition     = can(regex("^(af|ap|ca|eu|il|me|mx|sa|us)-(central|north|south|east|west|northeast|northwest|southeast|southwest)-[1-9]$", var.region))
    error_message = "region must be an AWS region of the commercial partition, such as eu-central-1."
  }
}

variable "deployer_principal_arns" {
  type        = list(string)
  nullable    = false
  description = "IAM roles and users that may become the deployer."

  validation {
    condition     = length(var.deployer_principal_arns) > 0 && alltrue([for arn in var.deployer_principal_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/.+$", arn))])
    error_message = "deployer_principal_arns must be ARNs of IAM roles or users, arn:aws:iam::ACCOUNT:role/NAME; neither a whole account nor a session (arn:aws:sts::…:assumed-role/…)."
  }
}

variable "deployer_needs_mfa" {
  type        = bool
  default     = false
  nullable    = false
  description = "Take only callers that signed in with a second factor. Not for pipelines, which have none."
}

variable "permissions_boundary_arn" {
  type        = string
  default     = null
  description = "Policy that bounds the deployer, and that it must put on every role it makes."

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, such as arn:aws:iam::ACCOUNT:policy/boundary."
  }
}
