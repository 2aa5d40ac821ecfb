# Every rule of a variable refuses what it is there to refuse, before anything is asked of AWS.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  account_id              = "210987654321"
  deployer_principal_arns = ["arn:aws:iam::210987654321:role/admins"]
}

run "refuses_a_name_too_long" {
  command = plan

  variables {
    name = "sixteen-letters1"
  }

  expect_failures = [var.name]
}

run "refuses_the_account_of_an_example" {
  command = plan

  variables {
    account_id = "123456789012"
  }

  expect_failures = [var.account_id]
}

run "refuses_a_region_that_is_none" {
  command = plan

  variables {
    region = "frankfurt"
  }

  expect_failures = [var.region]
}

run "refuses_a_whole_account_as_deployer" {
  command = plan

  variables {
    deployer_principal_arns = ["arn:aws:iam::210987654321:root"]
  }

  expect_failures = [var.deployer_principal_arns]
}

run "refuses_no_deployer" {
  command = plan

  variables {
    deployer_principal_arns = []
  }

  expect_failures = [var.deployer_principal_arns]
}

run "refuses_a_boundary_that_is_a_role" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::210987654321:role/boundary"
  }

  expect_failures = [var.permissions_boundary_arn]
}
