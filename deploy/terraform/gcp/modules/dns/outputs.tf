output "address_names" {
  description = "Entry => name of its reserved address: of the ingress, and of the service for agents."
  value       = { web = google_compute_global_address.web.name, nats = google_compute_address.nats.name }
}

output "security_policy" {
  description = "Policy for the BackendConfig of the web entry."
  value       = google_compute_security_policy.web.name
}

output "addresses" {
  description = "Entry => its address."
  value       = local.addresses
}
