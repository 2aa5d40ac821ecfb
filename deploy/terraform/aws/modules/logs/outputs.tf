output "bucket" {
  description = "Name of the bucket, once load balancers may write to it: AWS turns a log on only where a trial file arrives."
  value       = aws_s3_bucket.logs.bucket

  depends_on = [
    aws_s3_bucket_ownership_controls.logs,
    aws_s3_bucket_policy.logs,
    aws_s3_bucket_server_side_encryption_configuration.logs,
  ]
}
