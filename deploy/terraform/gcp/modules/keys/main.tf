# A key that turns itself over, under which Google's services encrypt. A key ring can never be deleted: an installation
# that is made anew has to import it.

data "google_project" "this" {}

resource "google_kms_key_ring" "this" {
  name     = var.name
  location = var.region
}

resource "google_kms_crypto_key" "data" {
  name            = "data"
  key_ring        = google_kms_key_ring.this.id
  rotation_period = "31536000s"

  lifecycle {
    prevent_destroy = true
  }
}

locals {
  number = data.google_project.this.number
  encrypting = {
    disks   = "service-${local.number}@compute-system.iam.gserviceaccount.com"
    cluster = "service-${local.number}@container-engine-robot.iam.gserviceaccount.com"
    files   = "service-${local.number}@gs-project-accounts.iam.gserviceaccount.com"
  }
}

resource "google_kms_crypto_key_iam_member" "data" {
  for_each = local.encrypting

  crypto_key_id = google_kms_crypto_key.data.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${each.value}"
}
