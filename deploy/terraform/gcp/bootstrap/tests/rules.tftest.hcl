# Every rule of a variable refuses what it is there to refuse, before anything is asked of Google Cloud.

mock_provider "google" {}

variables {
  project_id       = "acme-ai-prod"
  deployer_members = ["group:platform@acme.test"]
}

run "refuses_a_name_too_long_for_an_account" {
  command = plan

  variables {
    name = "twenty-one-letters-xx"
  }

  expect_failures = [var.name]
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

run "refuses_everybody_as_deployer" {
  command = plan

  variables {
    deployer_members = ["allUsers"]
  }

  expect_failures = [var.deployer_members]
}
