# Every rule of a variable refuses what it is there to refuse, before anything is asked of Google Cloud.

mock_provider "google" {}

variables {
  project_id        = "acme-ai-prod"
  domain            = "ai.acme.test"
  zone_name         = "ai-acme-test"
  allowed_cidrs     = ["198.51.100.0/24"]
  api_allowed_cidrs = ["198.51.100.7/32"]
  database_password = "0123456789abcdef0123456789abcdef"
}

run "refuses_a_name_too_long_for_an_account" {
  command = plan

  variables {
    name = "twenty-one-letters-xx"
  }

  expect_failures = [var.name]
}

run "refuses_a_profile_that_is_none" {
  command = plan

  variables {
    profile = "staging"
  }

  expect_failures = [var.profile]
}

run "refuses_the_project_of_an_example" {
  command = plan

  variables {
    project_id = "my-project"
  }

  expect_failures = [var.project_id]
}

run "refuses_a_zone_as_region" {
  command = plan

  variables {
    region = "europe-west3-a"
  }

  expect_failures = [var.region]
}

run "refuses_a_label_with_capitals" {
  command = plan

  variables {
    labels = { Owner = "me" }
  }

  expect_failures = [var.labels]
}

run "refuses_the_domain_of_an_example" {
  command = plan

  variables {
    domain = "ai.example.com"
  }

  expect_failures = [var.domain]
}

run "refuses_a_zone_by_its_domain" {
  command = plan

  variables {
    zone_name = "ai.acme.test."
  }

  expect_failures = [var.zone_name]
}

run "refuses_a_network_too_small" {
  command = plan

  variables {
    network_cidr = "10.0.0.0/24"
  }

  expect_failures = [var.network_cidr]
}

run "refuses_pods_in_a_network_too_small" {
  command = plan

  variables {
    pods_cidr = "10.64.0.0/24"
  }

  expect_failures = [var.pods_cidr]
}

run "refuses_pods_in_the_network_of_the_nodes" {
  command = plan

  variables {
    pods_cidr = "10.0.0.0/14"
  }

  expect_failures = [var.pods_cidr]
}

run "refuses_nobody_allowed" {
  command = plan

  variables {
    allowed_cidrs = []
  }

  expect_failures = [var.allowed_cidrs]
}

run "refuses_a_kubernetes_api_for_everybody" {
  command = plan

  variables {
    api_allowed_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.api_allowed_cidrs]
}

run "refuses_a_port_for_agents_that_nobody_knows" {
  command = plan

  variables {
    nats_ports = [8443]
  }

  expect_failures = [var.nats_ports]
}

run "refuses_a_kubernetes_that_the_chart_does_not_know" {
  command = plan

  variables {
    kubernetes_version = "1.29"
  }

  expect_failures = [var.kubernetes_version]
}

run "refuses_a_machine_that_is_none" {
  command = plan

  variables {
    machine_type = "m7i.xlarge"
  }

  expect_failures = [var.machine_type]
}

run "refuses_a_namespace_of_kubernetes_itself" {
  command = plan

  variables {
    namespace = "kube-system"
  }

  expect_failures = [var.namespace]
}

run "refuses_any_service_account" {
  command = plan

  variables {
    service_accounts = { api = "*" }
  }

  expect_failures = [var.service_accounts]
}

run "refuses_a_postgresql_that_is_too_old" {
  command = plan

  variables {
    database_version = "14"
  }

  expect_failures = [var.database_version]
}

run "refuses_a_shared_core_in_prod" {
  command = plan

  variables {
    database_tier = "db-g1-small"
  }

  expect_failures = [var.database_tier]
}

run "refuses_a_short_password" {
  command = plan

  variables {
    database_password = "short"
  }

  expect_failures = [var.database_password]
}

run "refuses_half_a_version_of_the_password" {
  command = plan

  variables {
    database_password_version = 1.5
  }

  expect_failures = [var.database_password_version]
}
