output "name" {
  description = "Name of the cluster, once its nodes are there."
  value       = google_container_node_pool.default.cluster
}

output "location" {
  description = "Region or zone of the cluster."
  value       = google_container_cluster.this.location
}
