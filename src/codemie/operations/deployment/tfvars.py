"""A deployment as variables of the Terraform stack in deploy/terraform/CLOUD/platform."""

from typing import Any

from codemie.kernel.errors import ConfigurationError
from codemie.operations.deployment.description import Aws, Azure, Deployment, Gcp

_SECTIONS: dict[str, type[Aws | Azure | Gcp]] = {"aws": Aws, "azure": Azure, "gcp": Gcp}
_TOLD_BY_THE_STACK = {"client_ids"}


def variables(deployment: Deployment) -> dict[str, Any]:
    """The variables, for terraform.tfvars.json.

    Raises:
        ConfigurationError: there is no stack for that cloud, or the account is not described.
    """
    section = _SECTIONS.get(deployment.cloud)
    if section is None:
        raise ConfigurationError(
            "The target tfvars is for a cloud",
            details=f"The file says 'cloud: {deployment.cloud}'",
            help=f"Set cloud to one of {', '.join(_SECTIONS)}, or leave the target out",
        )
    stack = deployment.stack
    if stack is None:
        needed = [name for name, field in section.model_fields.items() if field.is_required()]
        raise ConfigurationError(
            f"The account at the cloud '{deployment.cloud}' is not described",
            help=f"Add the section '{deployment.cloud}' with {', '.join(needed)}",
        )
    given: dict[str, Any] = stack.model_dump(mode="json", exclude={"variables", *_TOLD_BY_THE_STACK})
    networks = list(deployment.agents.networks)
    return {
        "name": deployment.name,
        "profile": deployment.profile,
        "domain": deployment.domain,
        "namespace": deployment.namespace,
        **given,
        # Google's firewall for agents follows from their service, which the chart makes.
        **({"nats_allowed_cidrs": networks} if networks and isinstance(stack, Aws) else {}),
        **stack.variables,
    }
