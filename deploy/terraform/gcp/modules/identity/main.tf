# An account for each workload that calls Google Cloud. A pod gets it by its service account, and by nothing else.

resource "google_service_account" "workload" {
  for_each = var.service_accounts

  account_id   = "${var.name}-${each.key}"
  display_name = "CodeMie: ${each.key}"
}

resource "google_service_account_iam_member" "workload" {
  for_each = var.service_accounts

  service_account_id = google_service_account.workload[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${var.project_id}.svc.id.goog[${var.namespace}/${each.value}]"
}

resource "google_storage_bucket_iam_member" "files" {
  for_each = var.service_accounts

  bucket = var.bucket
  role   = "roles/storage.objectUser"
  member = "serviceAccount:${google_service_account.workload[each.key].email}"
}

resource "google_project_iam_member" "models" {
  for_each = { for name, account in var.service_accounts : name => account if var.uses_models }

  project = var.project_id
  role    = "roles/aiplatform.user"
  member  = "serviceAccount:${google_service_account.workload[each.key].email}"
}
