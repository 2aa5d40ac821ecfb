# What the first stack makes, against a provider that makes nothing.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  account_id               = "210987654321"
  deployer_principal_arns  = ["arn:aws:iam::210987654321:role/admins"]
  deployer_needs_mfa       = true
  permissions_boundary_arn = "arn:aws:iam::210987654321:policy/boundary"
}

run "bucket_and_role" {
  command = plan

  assert {
    condition     = aws_s3_bucket.state.bucket == "codemie-terraform-210987654321"
    error_message = "the bucket's name holds the account, for bucket names are global"
  }

  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled" && aws_kms_key.state.enable_key_rotation
    error_message = "states are versioned, and their key is turned over"
  }

  assert {
    condition     = jsondecode(aws_iam_role.deployer.assume_role_policy).Statement[0].Condition.Bool["aws:MultiFactorAuthPresent"] == "true"
    error_message = "a second factor is asked for"
  }

  assert {
    condition     = aws_iam_role.deployer.permissions_boundary == "arn:aws:iam::210987654321:policy/boundary"
    error_message = "the deployer is bounded"
  }
}
