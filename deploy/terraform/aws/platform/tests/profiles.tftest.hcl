# What the two profiles come to, against a provider that makes nothing.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  account_id           = "210987654321"
  domain               = "ai.acme.test"
  allowed_cidrs        = ["198.51.100.0/24"]
  admin_principal_arns = ["arn:aws:iam::210987654321:role/admins"]
}

run "prod_survives_a_zone_and_a_mistake" {
  assert {
    condition     = length(module.network.private_subnet_ids) == 3 && length(output.nat_public_ips) == 3
    error_message = "prod has three zones, each with a NAT gateway of its own"
  }

  assert {
    condition     = output.nats_urls == ["tls://codemie-nats.ai.acme.test:443"] && output.web_url == "https://codemie.ai.acme.test"
    error_message = "the addresses follow from the domain"
  }

  assert {
    condition     = toset(keys(output.role_arns)) == toset(["api", "worker", "secrets", "autoscaler", "volumes", "network"])
    error_message = "every workload that calls AWS has a role"
  }

  assert {
    condition     = output.database_secret_arn != null && output.bucket == "codemie-data-210987654321"
    error_message = "the chart finds bucket and password"
  }
}

run "dev_is_cheap_and_gone_with_one_command" {
  variables {
    profile            = "dev"
    bedrock_model_arns = ["arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0"]
    nats_ports         = [443, 4222]
  }

  assert {
    condition     = length(module.network.private_subnet_ids) == 2 && length(output.nat_public_ips) == 1
    error_message = "dev has the two zones that AWS asks for, and one NAT gateway"
  }

  assert {
    condition     = output.nats_urls == ["tls://codemie-nats.ai.acme.test:443", "tls://codemie-nats.ai.acme.test:4222"]
    error_message = "every port for agents is told"
  }
}

run "dev_may_go_without_a_log" {
  variables {
    profile     = "dev"
    access_logs = false
  }

  assert {
    condition     = output.log_bucket == null
    error_message = "no log, no bucket"
  }
}

run "tls_of_agents_may_end_at_the_server" {
  variables {
    profile  = "dev"
    nats_tls = "server"
  }

  assert {
    condition     = output.log_bucket == "codemie-logs-210987654321"
    error_message = "the load balancer for people keeps a log all the same"
  }
}
