"""Reading files of Terraform."""
