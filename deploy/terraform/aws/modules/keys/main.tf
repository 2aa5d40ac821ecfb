# Two keys, both turned over by AWS every year: one under which AWS services encrypt what they store for us, and one
# that the platform itself wraps its master key with.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  region  = data.aws_region.current.name

  # Without it only the creator could ever administer the key; who may do so is then decided in IAM.
  administered_in_iam = {
    Sid       = "AdministeredInIam"
    Effect    = "Allow"
    Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::${local.account}:root" }
    Action    = "kms:*"
    Resource  = "*"
  }

  # Instances, volumes and Auto Scaling of this account, through EC2 only.
  volumes = {
    Sid       = "VolumesOfThisAccount"
    Effect    = "Allow"
    Principal = { AWS = "*" }
    Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"]
    Resource  = "*"
    Condition = {
      StringEquals = {
        "kms:CallerAccount" = local.account
        "kms:ViaService"    = "ec2.${local.region}.amazonaws.com"
      }
    }
  }

  logs = {
    Sid       = "LogGroupsOfThisPlatform"
    Effect    = "Allow"
    Principal = { Service = "logs.${local.region}.amazonaws.com" }
    Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    Resource  = "*"
    Condition = {
      ArnLike = {
        "kms:EncryptionContext:aws:logs:arn" = "arn:${data.aws_partition.current.partition}:logs:${local.region}:${local.account}:log-group:/aws/*/${var.name}*"
      }
    }
  }
}

resource "aws_kms_key" "data" {
  description             = "${var.name}: volumes, files, database, logs and Kubernetes secrets"
  enable_key_rotation     = true
  deletion_window_in_days = var.deletion_window_days
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [local.administered_in_iam, local.volumes, local.logs]
  })
}

resource "aws_kms_alias" "data" {
  name          = "alias/${var.name}-data"
  target_key_id = aws_kms_key.data.key_id
}

resource "aws_kms_key" "application" {
  description             = "${var.name}: wraps the master key of the platform"
  enable_key_rotation     = true
  deletion_window_in_days = var.deletion_window_days
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [local.administered_in_iam]
  })
}

resource "aws_kms_alias" "application" {
  name          = "alias/${var.name}-application"
  target_key_id = aws_kms_key.application.key_id
}
