provider "google" {
  project = var.project_id
  region  = var.region

  default_labels = merge({ application = "codemie", platform = var.name, profile = var.profile }, var.labels)
}
