# Pinned add-ons. Without network and proxy no node gets ready, and without nodes the others have nowhere to run.

locals {
  configuration = {
    # The chart's network policies are only words until the network plugin enforces them.
    "vpc-cni" = jsonencode({ enableNetworkPolicy = "true" })
  }
  before_nodes = toset(["vpc-cni", "kube-proxy"])
}

resource "aws_eks_addon" "before_nodes" {
  for_each = { for name, version in var.addon_versions : name => version if contains(local.before_nodes, name) }

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = each.value
  configuration_values        = lookup(local.configuration, each.key, null)
  service_account_role_arn    = lookup(var.addon_role_arns, each.key, null)
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"
}

resource "aws_eks_addon" "on_nodes" {
  for_each = { for name, version in var.addon_versions : name => version if !contains(local.before_nodes, name) }

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = each.value
  service_account_role_arn    = lookup(var.addon_role_arns, each.key, null)
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  depends_on = [aws_eks_node_group.this]
}
