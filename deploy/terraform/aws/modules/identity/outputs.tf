output "role_arns" {
  description = "Workload => its role."
  value       = { for name, role in aws_iam_role.workload : name => role.arn }
}

output "addon_role_arns" {
  description = "EKS add-on => its role."
  value = {
    "aws-ebs-csi-driver" = aws_iam_role.workload["volumes"].arn
    "vpc-cni"            = aws_iam_role.workload["network"].arn
  }
}
