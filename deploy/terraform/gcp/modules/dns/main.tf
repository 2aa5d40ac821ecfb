# Fixed public addresses of the two load balancers that the cluster makes, and the names that lead to them.

data "google_dns_managed_zone" "this" {
  name = var.zone_name
}

# An ingress of GKE wants a global address, a service of type LoadBalancer a regional one.
resource "google_compute_global_address" "web" {
  name = "${var.name}-web"
}

resource "google_compute_address" "nats" {
  name   = "${var.name}-nats"
  region = var.region
}

locals {
  addresses = {
    web  = google_compute_global_address.web.address
    nats = google_compute_address.nats.address
  }
}

resource "google_dns_record_set" "entry" {
  for_each = var.hosts

  managed_zone = data.google_dns_managed_zone.this.name
  name         = "${each.value}."
  type         = "A"
  ttl          = 300
  rrdatas      = [local.addresses[each.key]]
}

# Google's edge lets in who may: people, and pods by the public name.
resource "google_compute_security_policy" "web" {
  name = "${var.name}-web"

  rule {
    action   = "allow"
    priority = 1000

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = concat(var.allowed_cidrs, [for address in var.nat_public_ips : "${address}/32"])
      }
    }
  }

  rule {
    action   = "deny(403)"
    priority = 2147483647

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}
