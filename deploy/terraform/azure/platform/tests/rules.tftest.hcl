# Every rule of a variable refuses what it is there to refuse, before anything is asked of Azure.

mock_provider "azurerm" {}

variables {
  subscription_id        = "11111111-2222-3333-4444-555555555555"
  domain                 = "ai.acme.test"
  allowed_cidrs          = ["198.51.100.0/24"]
  api_allowed_cidrs      = ["198.51.100.7/32"]
  admin_group_object_ids = ["11111111-2222-3333-4444-555555555555"]
  database_password      = "0123456789abcdef0123456789abcdef"
}

run "refuses_a_name_too_long_for_a_key_vault" {
  command = plan

  variables {
    name = "thirteen-more"
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

run "refuses_a_subscription_by_its_name" {
  command = plan

  variables {
    subscription_id = "Pay-As-You-Go"
  }

  expect_failures = [var.subscription_id]
}

run "refuses_a_location_by_its_long_name" {
  command = plan

  variables {
    location = "West Europe"
  }

  expect_failures = [var.location]
}

run "refuses_a_tag_with_a_slash" {
  command = plan

  variables {
    tags = { "team/owner" = "me" }
  }

  expect_failures = [var.tags]
}

run "refuses_the_domain_of_an_example" {
  command = plan

  variables {
    domain = "ai.example.com"
  }

  expect_failures = [var.domain]
}

run "refuses_a_zone_that_does_not_hold_the_domain" {
  command = plan

  variables {
    zone_name = "other.test"
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
    vm_size = "m7i.xlarge"
  }

  expect_failures = [var.vm_size]
}

run "refuses_no_administrator" {
  command = plan

  variables {
    admin_group_object_ids = []
  }

  expect_failures = [var.admin_group_object_ids]
}

run "refuses_days_too_few" {
  command = plan

  variables {
    log_retention_days = 7
  }

  expect_failures = [var.log_retention_days]
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

run "refuses_a_model_account_by_its_name" {
  command = plan

  variables {
    openai_account_ids = ["my-openai"]
  }

  expect_failures = [var.openai_account_ids]
}

run "refuses_a_postgresql_that_is_too_old" {
  command = plan

  variables {
    database_version = "14"
  }

  expect_failures = [var.database_version]
}

run "refuses_a_database_without_a_standby_in_prod" {
  command = plan

  variables {
    database_sku_name = "B_Standard_B2s"
  }

  expect_failures = [var.database_sku_name]
}

run "refuses_storage_that_azure_does_not_sell" {
  command = plan

  variables {
    database_storage_gb = 100
  }

  expect_failures = [var.database_storage_gb]
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
