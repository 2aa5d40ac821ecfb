output "zone_id" {
  description = "The hosted zone."
  value       = data.aws_route53_zone.this.zone_id
}

output "name_servers" {
  description = "Name servers of the zone, which the parent zone must name."
  value       = data.aws_route53_zone.this.name_servers
}

output "certificate_arn" {
  description = "The certificate, once it is issued."
  value       = aws_acm_certificate_validation.this.certificate_arn
}
