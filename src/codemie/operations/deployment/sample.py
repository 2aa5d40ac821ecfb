"""The sample that `codemiectl deploy init` writes: every decision, with what happens without it."""

SAMPLE = """\
# What this installation of CodeMie is to be. Everything is rendered from here:
#
#   codemiectl deploy render --target compose     --out host/       one host
#   codemiectl deploy render --target helm-values --out cluster/    Kubernetes
#   codemiectl deploy render --target tfvars      --out terraform/  the cloud below it
#
# No secret belongs here. What is commented out shows the default, or an example.
version: 1

# People open https://codemie.<domain>; agents of the plugin engine, where they have a port of their own,
# codemie-nats.<domain>; Keycloak, where it comes along, is keycloak.<domain>.
domain: ai.example.com

# aws, azure, gcp or none.
cloud: none

# prod, or dev: one replica of each, cheap, may be thrown away.
profile: prod

# image: {registry: registry.example.com, repository: codemie/codemie, tag: 0.1.0}
# A mirror in front of every image, and secrets with logins (Kubernetes).
# mirror: registry.example.com/mirror
# pull_secrets: [registry-login]

sign_in:
  # local: accounts kept in CodeMie. oidc: another provider, with issuer. keycloak: with the realm we ship; Compose
  # brings it along, on Kubernetes it is yours at keycloak.<domain> or issuer, and a job makes the realm.
  provider: local
  # issuer: https://login.example.com/realms/company
  # client_id: codemie
  # label: Company account
  # oauth2_proxy: false
  # admin_email: admin@example.com

tls:
  # One host: an address for a public authority, or files of yours. Neither: a trial, browsers warn.
  # email: ops@example.com
  # certificate: fullchain.pem
  # key: privkey.pem
  # authority: company-ca.pem
  # Kubernetes: the secret with the certificate, and cert-manager's issuer where that makes it.
  secret: codemie-tls
  # cluster_issuer: letsencrypt

database:
  # Kubernetes: the secret whose CODEMIE_DATABASE_URL leads to a PostgreSQL of yours, and where that is.
  secret: codemie-database
  networks: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]
  # Or one in the cluster, without backups: leave out secret, and set
  # trial: true

# agents:
#   load_balancer: true
#   networks: [203.0.113.0/24]

# size: {api: 2, api_most: 6, workers: 1, workers_most: 4, nats: 1}

# aws:
#   account_id: "999988887777"
#   region: eu-central-1
#   allowed_cidrs: [203.0.113.0/24]
#   api_allowed_cidrs: [203.0.113.7/32]
#   admin_principal_arns: ["arn:aws:iam::999988887777:role/platform-admins"]

# azure:
#   subscription_id: 00000000-1111-2222-3333-444444444444
#   location: westeurope
#   allowed_cidrs: [203.0.113.0/24]
#   api_allowed_cidrs: [203.0.113.7/32]
#   admin_group_object_ids: [00000000-1111-2222-3333-444444444444]
#   # What `terraform output client_ids` tells after the first apply; render the values then.
#   client_ids: {api: 00000000-1111-2222-3333-444444444444, worker: 00000000-1111-2222-3333-444444444444}

# gcp:
#   project_id: our-project
#   region: europe-west3
#   zone_name: ai-example-com
#   allowed_cidrs: [203.0.113.0/24]
#   api_allowed_cidrs: [203.0.113.7/32]

# Any setting of the platform: room, then name, as `codemiectl config show` lists them.
# settings:
#   conversations: {retention_days: 365}
"""
