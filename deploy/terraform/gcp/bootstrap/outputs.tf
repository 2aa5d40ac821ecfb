output "state_bucket" {
  description = "Bucket of Terraform's states."
  value       = google_storage_bucket.state.name
}
