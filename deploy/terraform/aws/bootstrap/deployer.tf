# The role that applies the stack `platform`. Its rights are the list in ../deployer-policy.json, which the tests hold
# against the resources of the stack and against the calls that Terraform really makes.

locals {
  actions = toset(jsondecode(file("${path.module}/../deployer-policy.json")).stacks.platform)

  # Three policies, for AWS cuts one at 6,144 letters.
  parts = {
    network  = ["acm", "autoscaling", "ec2", "elasticloadbalancing", "route53"]
    data     = ["kms", "logs", "rds", "s3", "secretsmanager", "sts"]
    identity = ["eks", "iam"]
  }

  role_arns = ["arn:${local.partition}:iam::${local.account}:role/${var.name}-*"]

  # What makes or changes a role is tied to the platform's own roles; PassRole to the services that get them.
  in_region = {
    for part, services in local.parts : part => [
      for action in local.actions : action if contains(services, split(":", action)[0]) && !contains(["iam", "route53", "sts"], split(":", action)[0])
    ]
  }
  anywhere = {
    for part, services in local.parts : part => [
      for action in local.actions : action if contains(services, split(":", action)[0]) && contains(["route53", "sts"], split(":", action)[0])
    ]
  }
  bounded_role_actions = ["iam:PassRole", "iam:CreateRole", "iam:CreateServiceLinkedRole", "iam:PutRolePermissionsBoundary", "iam:AttachRolePolicy"]
  role_actions         = [for action in local.actions : action if startswith(action, "iam:") && can(regex("Role|Attached", action)) && !contains(local.bounded_role_actions, action)]
  provider_actions     = [for action in local.actions : action if startswith(action, "iam:") && can(regex("OpenIDConnect", action))]

  statements = {
    network = local.plain_statements["network"]
    data    = concat(local.plain_statements["data"], local.state_statements)
    identity = concat(local.plain_statements["identity"], [
      {
        Sid       = "RolesOfThePlatform"
        Effect    = "Allow"
        Action    = local.role_actions
        Resource  = local.role_arns
        Condition = {}
      },
      {
        Sid       = "MakeRoles"
        Effect    = "Allow"
        Action    = ["iam:CreateRole", "iam:PutRolePermissionsBoundary"]
        Resource  = local.role_arns
        Condition = { for boundary in compact([var.permissions_boundary_arn]) : "StringEquals" => { "iam:PermissionsBoundary" = boundary } }
      },
      {
        Sid      = "AttachWhatTheModulesAttach"
        Effect   = "Allow"
        Action   = ["iam:AttachRolePolicy"]
        Resource = local.role_arns
        Condition = {
          ArnEquals = {
            "iam:PolicyARN" = [
              for name in ["AmazonEKSClusterPolicy", "AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy", "service-role/AmazonEBSCSIDriverPolicy"] :
              "arn:${local.partition}:iam::aws:policy/${name}"
            ]
          }
        }
      },
      {
        Sid      = "GiveRolesToServices"
        Effect   = "Allow"
        Action   = ["iam:PassRole"]
        Resource = local.role_arns
        Condition = {
          StringEquals = { "iam:PassedToService" = ["eks.amazonaws.com", "ec2.amazonaws.com"] }
        }
      },
      {
        Sid      = "RolesThatServicesMake"
        Effect   = "Allow"
        Action   = ["iam:CreateServiceLinkedRole"]
        Resource = ["arn:${local.partition}:iam::${local.account}:role/aws-service-role/*"]
        Condition = {
          StringEquals = { "iam:AWSServiceName" = ["eks.amazonaws.com", "eks-nodegroup.amazonaws.com", "elasticloadbalancing.amazonaws.com", "rds.amazonaws.com", "autoscaling.amazonaws.com"] }
        }
      },
      {
        Sid       = "TokensOfTheCluster"
        Effect    = "Allow"
        Action    = local.provider_actions
        Resource  = ["arn:${local.partition}:iam::${local.account}:oidc-provider/oidc.eks.*"]
        Condition = {}
      },
      {
        Sid       = "NotItself"
        Effect    = "Deny"
        Action    = concat(local.role_actions, local.bounded_role_actions)
        Resource  = ["arn:${local.partition}:iam::${local.account}:role/${var.name}-deployer"]
        Condition = {}
      },
    ])
  }

  plain_statements = {
    for part in keys(local.parts) : part => concat(
      [for actions in [local.in_region[part]] : {
        Sid       = "InTheRegion"
        Effect    = "Allow"
        Action    = actions
        Resource  = ["*"]
        Condition = { StringEquals = { "aws:RequestedRegion" = [var.region] } }
      } if length(actions) > 0],
      [for actions in [local.anywhere[part]] : {
        Sid       = "OfGlobalServices"
        Effect    = "Allow"
        Action    = actions
        Resource  = ["*"]
        Condition = {}
      } if length(actions) > 0],
    )
  }

  state_statements = [
    {
      Sid       = "ListStates"
      Effect    = "Allow"
      Action    = ["s3:ListBucket"]
      Resource  = [aws_s3_bucket.state.arn]
      Condition = {}
    },
    {
      Sid       = "KeepTheState"
      Effect    = "Allow"
      Action    = ["s3:GetObject", "s3:PutObject"]
      Resource  = ["${aws_s3_bucket.state.arn}/platform/*"]
      Condition = {}
    },
    {
      Sid       = "LockTheState"
      Effect    = "Allow"
      Action    = ["s3:DeleteObject"]
      Resource  = ["${aws_s3_bucket.state.arn}/platform/*.tflock"]
      Condition = {}
    },
    {
      Sid       = "ReadAndWriteStates"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = [aws_kms_key.state.arn]
      Condition = {}
    },
  ]
}

resource "aws_iam_role" "deployer" {
  name                 = "${var.name}-deployer"
  description          = "Applies the Terraform stack of the platform ${var.name}"
  max_session_duration = 7200
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = var.deployer_principal_arns }
      Action    = "sts:AssumeRole"
      Condition = { for required in ["true"] : "Bool" => { "aws:MultiFactorAuthPresent" = required } if var.deployer_needs_mfa }
    }]
  })
}

resource "aws_iam_policy" "deployer" {
  for_each = local.statements

  name        = "${var.name}-deployer-${each.key}"
  description = "What ${var.name}-deployer may do: ${each.key}"
  policy      = jsonencode({ Version = "2012-10-17", Statement = each.value })

  lifecycle {
    precondition {
      condition     = length(jsonencode({ Version = "2012-10-17", Statement = each.value })) <= 6144
      error_message = "The policy ${each.key} is longer than the 6,144 letters that IAM takes: divide it in local.parts."
    }
  }
}

resource "aws_iam_role_policy_attachment" "deployer" {
  for_each = aws_iam_policy.deployer

  role       = aws_iam_role.deployer.name
  policy_arn = each.value.arn
}
