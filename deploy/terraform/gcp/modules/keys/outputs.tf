output "data_key_id" {
  description = "Key under which Google's services encrypt, once they may."
  value       = values(google_kms_crypto_key_iam_member.data)[0].crypto_key_id
}
