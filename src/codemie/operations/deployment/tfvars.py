"""A deployment as variables of the Terraform stack in deploy/terraform/aws/platform."""

from typing import Any

from codemie.kernel.errors import ConfigurationError
from codemie.operations.deployment.description import Deployment


def variables(deployment: Deployment) -> dict[str, Any]:
    """The variables, for terraform.tfvars.json.

    Raises:
        ConfigurationError: there is no stack for that cloud, or the account is not described.
    """
    if deployment.cloud != "aws":
        raise ConfigurationError(
            "The target tfvars is for AWS",
            details=f"The file says 'cloud: {deployment.cloud}'",
            help="Set 'cloud: aws', or leave the target out",
        )
    aws = deployment.aws
    if aws is None:
        raise ConfigurationError(
            "The AWS account is not described",
            help="Add the section 'aws' with account_id, allowed_cidrs and admin_principal_arns",
        )
    given: dict[str, Any] = aws.model_dump(mode="json", exclude={"variables"})
    networks = list(deployment.agents.networks)
    return {
        "name": deployment.name,
        "profile": deployment.profile,
        "domain": deployment.domain,
        "namespace": deployment.namespace,
        **given,
        **({"nats_allowed_cidrs": networks} if networks else {}),
        **aws.variables,
    }
