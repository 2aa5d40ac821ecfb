# A role for each workload that calls AWS. A pod gets it by its service account's token, and by nothing else.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  partition   = data.aws_partition.current.partition
  aws_managed = "arn:${local.partition}:iam::aws:policy"
  issuer      = trimprefix(var.issuer_url, "https://")

  roles = {
    api = {
      description     = "API of CodeMie"
      service_account = "${var.namespace}:${var.service_accounts.api}"
      statements      = concat(local.platform_statements, local.model_statements)
      managed         = []
    }
    worker = {
      description     = "Workers of CodeMie"
      service_account = "${var.namespace}:${var.service_accounts.worker}"
      statements      = concat(local.platform_statements, local.model_statements)
      managed         = []
    }
    secrets = {
      description     = "Copies the database's password into the cluster"
      service_account = var.service_accounts.secrets
      statements      = local.secret_statements
      managed         = []
    }
    autoscaler = {
      description     = "Adds and removes nodes"
      service_account = "kube-system:cluster-autoscaler"
      statements      = local.autoscaler_statements
      managed         = []
    }
    volumes = {
      description     = "Makes volumes"
      service_account = "kube-system:ebs-csi-controller-sa"
      statements      = local.volume_statements
      managed         = ["${local.aws_managed}/service-role/AmazonEBSCSIDriverPolicy"]
    }
    network = {
      description     = "Gives pods their addresses"
      service_account = "kube-system:aws-node"
      statements      = []
      managed         = ["${local.aws_managed}/AmazonEKS_CNI_Policy"]
    }
  }
}

# AWS checks the issuer's certificate itself: a thumbprint would only go stale.
resource "aws_iam_openid_connect_provider" "cluster" {
  url            = var.issuer_url
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "workload" {
  for_each = local.roles

  name                 = "${var.name}-${each.key}"
  description          = each.value.description
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = aws_iam_openid_connect_provider.cluster.arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = "sts.amazonaws.com"
          "${local.issuer}:sub" = "system:serviceaccount:${each.value.service_account}"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "workload" {
  for_each = { for name, role in local.roles : name => role if length(role.statements) > 0 }

  name = "workload"
  role = aws_iam_role.workload[each.key].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = each.value.statements
  })
}

resource "aws_iam_role_policy_attachment" "workload" {
  for_each = merge([
    for name, role in local.roles : { for arn in role.managed : "${name}/${basename(arn)}" => { role = name, arn = arn } }
  ]...)

  role       = aws_iam_role.workload[each.value.role].name
  policy_arn = each.value.arn
}
