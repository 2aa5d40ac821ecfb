output "network_id" {
  description = "The network, once it is connected to Google's services."
  value       = google_service_networking_connection.services.network
}

output "subnetwork_id" {
  description = "Subnetwork of the nodes."
  value       = google_compute_subnetwork.nodes.id
}

output "nat_public_ips" {
  description = "Fixed addresses under which the platform appears to others."
  value       = google_compute_address.nat[*].address
}
