# What each workload may do, and with what. Only actions that AWS cannot tie to a resource name all of them.

locals {
  account_arn = "${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"

  platform_statements = [
    {
      Sid      = "MasterKey"
      Effect   = "Allow"
      Action   = ["kms:Encrypt", "kms:Decrypt"]
      Resource = [var.application_key_arn]
      # The context that the platform gives with every call; the key is of no use for anything else.
      Condition = { StringEquals = { "kms:EncryptionContext:purpose" = "codemie master key" } }
    },
    {
      Sid       = "Files"
      Effect    = "Allow"
      Action    = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
      Resource  = ["${var.bucket_arn}/*"]
      Condition = {}
    },
    {
      Sid       = "ListFiles"
      Effect    = "Allow"
      Action    = ["s3:ListBucket", "s3:ListBucketMultipartUploads"]
      Resource  = [var.bucket_arn]
      Condition = {}
    },
    {
      Sid       = "EncryptFiles"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = [var.data_key_arn]
      Condition = { StringEquals = { "kms:ViaService" = "s3.${data.aws_region.current.name}.amazonaws.com" } }
    },
  ]

  model_statements = [
    for arns in [var.bedrock_model_arns] : {
      Sid       = "Models"
      Effect    = "Allow"
      Action    = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
      Resource  = arns
      Condition = {}
    } if length(arns) > 0
  ]

  secret_statements = [
    {
      Sid       = "DatabasePassword"
      Effect    = "Allow"
      Action    = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
      Resource  = [var.database_secret_arn]
      Condition = {}
    },
    {
      Sid       = "DecryptIt"
      Effect    = "Allow"
      Action    = ["kms:Decrypt"]
      Resource  = [var.data_key_arn]
      Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.${data.aws_region.current.name}.amazonaws.com" } }
    },
  ]

  autoscaler_statements = [
    {
      Sid    = "Look"
      Effect = "Allow"
      Action = [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeLaunchConfigurations",
        "autoscaling:DescribeScalingActivities",
        "autoscaling:DescribeTags",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:GetInstanceTypesFromInstanceRequirements",
      ]
      Resource  = ["*"]
      Condition = {}
    },
    {
      Sid       = "LookAtNodeGroups"
      Effect    = "Allow"
      Action    = ["eks:DescribeNodegroup"]
      Resource  = ["arn:${local.partition}:eks:${local.account_arn}:nodegroup/${var.cluster_name}/*"]
      Condition = {}
    },
    {
      Sid       = "ScaleThisCluster"
      Effect    = "Allow"
      Action    = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
      Resource  = ["arn:${local.partition}:autoscaling:${local.account_arn}:autoScalingGroup:*"]
      Condition = { StringEquals = { "aws:ResourceTag/eks:cluster-name" = var.cluster_name } }
    },
  ]

  volume_statements = [
    {
      Sid       = "EncryptVolumes"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:DescribeKey"]
      Resource  = [var.data_key_arn]
      Condition = {}
    },
    {
      Sid       = "LendTheKeyToVolumes"
      Effect    = "Allow"
      Action    = ["kms:CreateGrant"]
      Resource  = [var.data_key_arn]
      Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
    },
  ]
}
