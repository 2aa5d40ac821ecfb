# PostgreSQL on Cloud SQL, reachable from the network over TLS only. Its password is written and never read: no state
# holds it. pgvector comes with it: the platform's migration runs CREATE EXTENSION vector.

resource "google_sql_database_instance" "this" {
  name                = "${var.name}-database-${var.suffix}"
  region              = var.region
  database_version    = "POSTGRES_${var.engine_version}"
  deletion_protection = var.protected

  settings {
    tier                        = var.tier
    edition                     = "ENTERPRISE"
    availability_type           = var.protected ? "REGIONAL" : "ZONAL"
    disk_type                   = "PD_SSD"
    disk_size                   = var.storage_gb
    disk_autoresize             = true
    deletion_protection_enabled = var.protected

    ip_configuration {
      ipv4_enabled    = false
      private_network = var.network_id
      ssl_mode        = "ENCRYPTED_ONLY"
    }

    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = var.protected
      start_time                     = "01:00"

      backup_retention_settings {
        retained_backups = var.backup_days
      }
    }

    maintenance_window {
      day  = 7
      hour = 3
    }

    database_flags {
      name  = "log_min_duration_statement"
      value = "1000"
    }
  }
}

resource "google_sql_database" "this" {
  name     = "codemie"
  instance = google_sql_database_instance.this.name
}

resource "google_sql_user" "this" {
  name                = "codemie"
  instance            = google_sql_database_instance.this.name
  password_wo         = var.password
  password_wo_version = var.password_version
}
