output "address" {
  description = "Name of the load balancer itself."
  value       = aws_lb.this.dns_name
}

output "target_group_arn" {
  description = "Target group, for a TargetGroupBinding."
  value       = aws_lb_target_group.this.arn
}
