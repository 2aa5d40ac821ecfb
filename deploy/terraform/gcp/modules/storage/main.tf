# One private bucket for files and backups: versioned, encrypted under our key, rights by identity only.

resource "google_storage_bucket" "data" {
  name                        = "${var.name}-data-${var.suffix}"
  location                    = var.region
  force_destroy               = var.force_destroy
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  encryption {
    default_kms_key_name = var.kms_key_id
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      days_since_noncurrent_time = var.former_versions_days
    }
  }
}
