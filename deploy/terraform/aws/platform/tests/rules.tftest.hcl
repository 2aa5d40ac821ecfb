# Every rule of a variable refuses what it is there to refuse, before anything is asked of AWS.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  account_id           = "210987654321"
  domain               = "ai.acme.test"
  allowed_cidrs        = ["198.51.100.0/24"]
  admin_principal_arns = ["arn:aws:iam::210987654321:role/admins"]
}

run "refuses_a_name_too_long_for_load_balancers" {
  command = plan

  variables {
    name = "sixteen-letters1"
  }

  expect_failures = [var.name]
}

run "refuses_a_name_with_capitals" {
  command = plan

  variables {
    name = "CodeMie"
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

run "refuses_the_account_of_an_example" {
  command = plan

  variables {
    account_id = "012345678901"
  }

  expect_failures = [var.account_id]
}

run "refuses_a_region_that_is_none" {
  command = plan

  variables {
    region = "europe"
  }

  expect_failures = [var.region]
}

run "refuses_a_boundary_that_is_a_role" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::210987654321:role/boundary"
  }

  expect_failures = [var.permissions_boundary_arn]
}

run "refuses_prod_without_a_log" {
  command = plan

  variables {
    access_logs = false
  }

  expect_failures = [var.access_logs]
}

run "refuses_a_tag_of_aws" {
  command = plan

  variables {
    tags = { "aws:owner" = "me" }
  }

  expect_failures = [var.tags]
}

run "refuses_days_that_cloudwatch_does_not_know" {
  command = plan

  variables {
    log_retention_days = 100
  }

  expect_failures = [var.log_retention_days]
}

run "refuses_the_domain_of_an_example" {
  command = plan

  variables {
    domain = "ai.example.com"
  }

  expect_failures = [var.domain]
}

run "refuses_a_domain_with_a_dot_at_its_end" {
  command = plan

  variables {
    domain = "ai.acme.test."
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

run "refuses_zones_of_another_region" {
  command = plan

  variables {
    availability_zones = ["eu-west-1a", "eu-west-1b"]
  }

  expect_failures = [var.availability_zones]
}

run "refuses_one_zone_only" {
  command = plan

  variables {
    availability_zones = ["eu-central-1a"]
  }

  expect_failures = [var.availability_zones]
}

run "refuses_a_vpc_written_with_a_host" {
  command = plan

  variables {
    vpc_cidr = "10.0.0.1/16"
  }

  expect_failures = [var.vpc_cidr]
}

run "refuses_a_vpc_too_small" {
  command = plan

  variables {
    vpc_cidr = "10.0.0.0/24"
  }

  expect_failures = [var.vpc_cidr]
}

run "refuses_a_vpc_of_public_addresses" {
  command = plan

  variables {
    vpc_cidr = "8.8.0.0/16"
  }

  expect_failures = [var.vpc_cidr]
}

run "refuses_fewer_private_subnets_than_zones" {
  command = plan

  variables {
    private_cidrs = ["10.0.0.0/22", "10.0.4.0/22"]
    public_cidrs  = ["10.0.100.0/24", "10.0.101.0/24", "10.0.102.0/24"]
  }

  expect_failures = [var.private_cidrs]
}

run "refuses_private_subnets_outside_the_vpc" {
  command = plan

  variables {
    private_cidrs = ["10.1.0.0/22", "10.1.4.0/22", "10.1.8.0/22"]
    public_cidrs  = ["10.0.100.0/24", "10.0.101.0/24", "10.0.102.0/24"]
  }

  expect_failures = [var.private_cidrs]
}

run "refuses_subnets_that_overlap" {
  command = plan

  variables {
    private_cidrs = ["10.0.0.0/22", "10.0.4.0/22", "10.0.8.0/22"]
    public_cidrs  = ["10.0.3.0/24", "10.0.101.0/24", "10.0.102.0/24"]
  }

  expect_failures = [var.private_cidrs]
}

run "refuses_private_subnets_without_public_ones" {
  command = plan

  variables {
    private_cidrs = ["10.0.0.0/22", "10.0.4.0/22", "10.0.8.0/22"]
  }

  expect_failures = [var.private_cidrs]
}

run "refuses_fewer_public_subnets_than_zones" {
  command = plan

  variables {
    private_cidrs = ["10.0.0.0/22", "10.0.4.0/22", "10.0.8.0/22"]
    public_cidrs  = ["10.0.100.0/24"]
  }

  expect_failures = [var.public_cidrs]
}

run "refuses_public_subnets_too_small" {
  command = plan

  variables {
    private_cidrs = ["10.0.0.0/22", "10.0.4.0/22", "10.0.8.0/22"]
    public_cidrs  = ["10.0.100.0/28", "10.0.101.0/28", "10.0.102.0/28"]
  }

  expect_failures = [var.public_cidrs]
}

run "refuses_nobody_allowed" {
  command = plan

  variables {
    allowed_cidrs = []
  }

  expect_failures = [var.allowed_cidrs]
}

run "refuses_an_address_that_is_no_network" {
  command = plan

  variables {
    allowed_cidrs = ["198.51.100.7"]
  }

  expect_failures = [var.allowed_cidrs]
}

run "refuses_agents_of_nowhere" {
  command = plan

  variables {
    nats_allowed_cidrs = ["office"]
  }

  expect_failures = [var.nats_allowed_cidrs]
}

run "refuses_tls_older_than_1_2" {
  command = plan

  variables {
    ssl_policy = "ELBSecurityPolicy-2016-08"
  }

  expect_failures = [var.ssl_policy]
}

run "refuses_a_port_for_agents_that_nobody_knows" {
  command = plan

  variables {
    nats_ports = [8443]
  }

  expect_failures = [var.nats_ports]
}

run "refuses_tls_that_ends_nowhere" {
  command = plan

  variables {
    nats_tls = "none"
  }

  expect_failures = [var.nats_tls]
}

run "refuses_node_ports_that_kubernetes_does_not_give" {
  command = plan

  variables {
    node_ports = { web = 8080, nats = 30422 }
  }

  expect_failures = [var.node_ports]
}

run "refuses_targets_bound_by_nobody" {
  command = plan

  variables {
    target_binding = "hand"
  }

  expect_failures = [var.target_binding]
}

run "refuses_a_kubernetes_that_the_chart_does_not_know" {
  command = plan

  variables {
    kubernetes_version = "1.29"
  }

  expect_failures = [var.kubernetes_version]
}

run "refuses_an_addon_that_is_not_pinned" {
  command = plan

  variables {
    addon_versions = { "vpc-cni" = "latest", "kube-proxy" = "v1.35.0-eksbuild.2", "coredns" = "v1.13.2-eksbuild.1", "aws-ebs-csi-driver" = "v1.57.1-eksbuild.1" }
  }

  expect_failures = [var.addon_versions]
}

run "refuses_a_proxy_of_another_kubernetes" {
  command = plan

  variables {
    kubernetes_version = "1.36"
  }

  expect_failures = [var.addon_versions]
}

run "refuses_more_nodes_wanted_than_allowed" {
  command = plan

  variables {
    node_groups = { a = { instance_types = ["m7i.xlarge"], min = 1, desired = 5, max = 2 } }
  }

  expect_failures = [var.node_groups]
}

run "refuses_nodes_without_a_type" {
  command = plan

  variables {
    node_groups = { a = { instance_types = [], min = 1, desired = 1, max = 2 } }
  }

  expect_failures = [var.node_groups]
}

run "refuses_nodes_with_a_tiny_disk" {
  command = plan

  variables {
    node_groups = { a = { instance_types = ["m7i.xlarge"], min = 1, desired = 1, max = 2, disk_gb = 8 } }
  }

  expect_failures = [var.node_groups]
}

run "refuses_a_group_of_nodes_with_a_bad_name" {
  command = plan

  variables {
    node_groups = { "Group A" = { instance_types = ["m7i.xlarge"], min = 1, desired = 1, max = 2 } }
  }

  expect_failures = [var.node_groups]
}

run "refuses_no_group_of_nodes" {
  command = plan

  variables {
    node_groups = {}
  }

  expect_failures = [var.node_groups]
}

run "refuses_a_kubernetes_api_for_everybody" {
  command = plan

  variables {
    api_allowed_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.api_allowed_cidrs]
}

run "refuses_no_administrator" {
  command = plan

  variables {
    admin_principal_arns = []
  }

  expect_failures = [var.admin_principal_arns]
}

run "refuses_a_session_as_administrator" {
  command = plan

  variables {
    admin_principal_arns = ["arn:aws:sts::210987654321:assumed-role/admins/me"]
  }

  expect_failures = [var.admin_principal_arns]
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
    service_accounts = { api = "*", worker = "codemie-worker", secrets = "external-secrets:external-secrets" }
  }

  expect_failures = [var.service_accounts]
}

run "refuses_any_model" {
  command = plan

  variables {
    bedrock_model_arns = ["arn:aws:bedrock:*::foundation-model/*"]
  }

  expect_failures = [var.bedrock_model_arns]
}

run "refuses_a_postgresql_that_is_too_old" {
  command = plan

  variables {
    database_version = "14"
  }

  expect_failures = [var.database_version]
}

run "refuses_a_class_that_is_no_database" {
  command = plan

  variables {
    database_instance_class = "m7g.large"
  }

  expect_failures = [var.database_instance_class]
}

run "refuses_a_database_too_small" {
  command = plan

  variables {
    database_storage_gb = 5
  }

  expect_failures = [var.database_storage_gb]
}

run "refuses_a_database_that_cannot_grow" {
  command = plan

  variables {
    database_storage_gb     = 500
    database_max_storage_gb = 500
  }

  expect_failures = [var.database_max_storage_gb]
}

run "warns_of_a_platform_for_everybody" {
  command = plan

  variables {
    allowed_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [check.not_open_to_everybody]
}
