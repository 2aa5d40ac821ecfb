output "state_bucket" {
  description = "Bucket of Terraform's states."
  value       = aws_s3_bucket.state.bucket
}

output "state_kms_key_arn" {
  description = "Key that encrypts them."
  value       = aws_kms_key.state.arn
}

output "region" {
  description = "Region of the bucket."
  value       = var.region
}

output "deployer_role_arn" {
  description = "Role to become before the stack platform is applied."
  value       = aws_iam_role.deployer.arn
}
