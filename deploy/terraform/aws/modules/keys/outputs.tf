output "data_key_arn" {
  description = "Key under which AWS services encrypt what they store."
  value       = aws_kms_key.data.arn
}

output "application_key_arn" {
  description = "Key that the platform wraps its master key with."
  value       = aws_kms_key.application.arn
}
