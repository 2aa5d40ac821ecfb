# What has to be there before the platform: the bucket of Terraform's states. Google Cloud locks a state by itself.

resource "google_storage_bucket" "state" {
  name                        = "${var.name}-terraform-${substr(sha256(var.project_id), 0, 6)}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  # A state that was damaged is brought back from its former version.
  versioning {
    enabled = true
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_storage_bucket_iam_member" "deployers" {
  for_each = toset(var.deployer_members)

  bucket = google_storage_bucket.state.name
  role   = "roles/storage.objectAdmin"
  member = each.key
}
