# One certificate for the names people and agents use. The public zone is there already: its delegation is yours.

data "aws_route53_zone" "this" {
  name         = var.zone_name
  private_zone = false
}

locals {
  validations = {
    for host in var.hosts : host => one([
      for option in aws_acm_certificate.this.domain_validation_options : option if option.domain_name == host
    ])
  }
}

resource "aws_acm_certificate" "this" {
  domain_name               = var.hosts[0]
  subject_alternative_names = slice(var.hosts, 1, length(var.hosts))
  validation_method         = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "validation" {
  for_each = toset(var.hosts)

  zone_id         = data.aws_route53_zone.this.zone_id
  name            = local.validations[each.key].resource_record_name
  type            = local.validations[each.key].resource_record_type
  records         = [local.validations[each.key].resource_record_value]
  ttl             = 300
  allow_overwrite = true
}

# Issued only when the public zone really answers: a missing delegation shows here.
resource "aws_acm_certificate_validation" "this" {
  certificate_arn         = aws_acm_certificate.this.arn
  validation_record_fqdns = [for record in aws_route53_record.validation : record.fqdn]

  timeouts {
    create = "20m"
  }
}
