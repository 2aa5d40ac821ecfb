# A public network load balancer for agents of the plugin engine, with the source address of each of them kept.

locals {
  tls_here = var.tls == "load_balancer"
}

resource "aws_security_group" "this" {
  name        = "${var.name}-nats"
  description = "Agents of the plugin engine of ${var.name}"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-nats" }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each = { for pair in setproduct(var.allowed_cidrs, var.ports) : "${pair[0]}-${pair[1]}" => { cidr = pair[0], port = pair[1] } }

  security_group_id = aws_security_group.this.id
  description       = "Agents"
  cidr_ipv4         = each.value.cidr
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
}

resource "aws_vpc_security_group_ingress_rule" "own_pods" {
  for_each = { for pair in setproduct(keys(var.nat_public_ips), var.ports) : "${pair[0]}-${pair[1]}" => { zone = pair[0], port = pair[1] } }

  security_group_id = aws_security_group.this.id
  description       = "Pods by the public name"
  cidr_ipv4         = "${var.nat_public_ips[each.value.zone]}/32"
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "nodes" {
  security_group_id            = aws_security_group.this.id
  description                  = "Nodes"
  referenced_security_group_id = var.node_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = var.node_port
  to_port                      = var.node_port
}

resource "aws_vpc_security_group_ingress_rule" "nodes" {
  security_group_id            = var.node_security_group_id
  description                  = "NATS load balancer"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = var.node_port
  to_port                      = var.node_port
}

resource "aws_lb" "this" {
  name                             = "${var.name}-nats"
  load_balancer_type               = "network"
  internal                         = false
  subnets                          = var.subnet_ids
  security_groups                  = [aws_security_group.this.id]
  enable_cross_zone_load_balancing = true
  enable_deletion_protection       = var.protected

  # It logs connections whose TLS it ends, and nothing else.
  dynamic "access_logs" {
    for_each = local.tls_here ? compact([var.log_bucket]) : []

    content {
      bucket  = access_logs.value
      prefix  = "nats"
      enabled = true
    }
  }
}

resource "aws_lb_target_group" "this" {
  name                   = "${var.name}-nats"
  port                   = var.node_port
  protocol               = "TCP"
  target_type            = "instance"
  vpc_id                 = var.vpc_id
  deregistration_delay   = 20
  preserve_client_ip     = true
  connection_termination = true

  health_check {
    protocol            = "TCP"
    interval            = 10
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener" "this" {
  for_each = { for port in var.ports : tostring(port) => port }

  load_balancer_arn = aws_lb.this.arn
  port              = each.value
  protocol          = local.tls_here ? "TLS" : "TCP"
  certificate_arn   = local.tls_here ? var.certificate_arn : null
  ssl_policy        = local.tls_here ? var.ssl_policy : null

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
}

resource "aws_autoscaling_attachment" "nodes" {
  for_each = var.autoscaling_group_names

  autoscaling_group_name = each.value
  lb_target_group_arn    = aws_lb_target_group.this.arn
}

resource "aws_route53_record" "this" {
  zone_id = var.zone_id
  name    = var.host
  type    = "A"

  alias {
    name                   = aws_lb.this.dns_name
    zone_id                = aws_lb.this.zone_id
    evaluate_target_health = false
  }
}
