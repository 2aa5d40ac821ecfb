output "account_emails" {
  description = "Workload => account, for the annotation iam.gke.io/gcp-service-account of its service account."
  value       = { for name, account in google_service_account.workload : name => account.email }
}
