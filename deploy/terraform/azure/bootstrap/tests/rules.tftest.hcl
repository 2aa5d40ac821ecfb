# Every rule of a variable refuses what it is there to refuse, before anything is asked of Azure.

mock_provider "azurerm" {}

variables {
  subscription_id     = "11111111-2222-3333-4444-555555555555"
  deployer_object_ids = ["11111111-2222-3333-4444-555555555555"]
}

run "refuses_a_name_too_long_for_a_key_vault" {
  command = plan

  variables {
    name = "thirteen-more"
  }

  expect_failures = [var.name]
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

run "refuses_no_deployer" {
  command = plan

  variables {
    deployer_object_ids = []
  }

  expect_failures = [var.deployer_object_ids]
}
