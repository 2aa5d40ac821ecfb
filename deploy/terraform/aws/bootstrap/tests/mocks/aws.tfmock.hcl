mock_data "aws_partition" {
  defaults = { partition = "aws" }
}

mock_data "aws_caller_identity" {
  defaults = { account_id = "210987654321" }
}

mock_resource "aws_kms_key" {
  defaults = { arn = "arn:aws:kms:eu-central-1:210987654321:key/00000000-0000-0000-0000-000000000000" }
}

mock_resource "aws_s3_bucket" {
  defaults = { arn = "arn:aws:s3:::codemie-terraform-210987654321" }
}

mock_resource "aws_iam_policy" {
  defaults = { arn = "arn:aws:iam::210987654321:policy/mock" }
}
