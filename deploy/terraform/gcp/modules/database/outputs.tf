output "address" {
  description = "Private address of the database."
  value       = google_sql_database_instance.this.private_ip_address
}

output "database_name" {
  description = "Name of the database."
  value       = google_sql_database.this.name
}
