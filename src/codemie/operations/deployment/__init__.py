"""What an installation is to be, in one file, and what Helm, Compose and Terraform make of it; text in, text out."""
