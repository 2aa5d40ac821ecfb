output "address" {
  description = "Host name of the database."
  value       = aws_db_instance.this.address
}

output "port" {
  description = "Port of the database."
  value       = local.port
}

output "database_name" {
  description = "Name of the database."
  value       = aws_db_instance.this.db_name
}

output "username" {
  description = "The administrator of the database."
  value       = aws_db_instance.this.username
}

output "secret_arn" {
  description = "Secret with the administrator's name and password, which RDS changes."
  value       = one(aws_db_instance.this.master_user_secret[*].secret_arn)
}
