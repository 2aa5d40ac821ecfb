"""moto's server as a process of its own, with EKS in front of it and what moto 5.2 gets wrong put right.

`python -m tests.fakes.aws_server PORT` serves until its standard input ends, so it never outlives a test.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

from tests.fakes.aws_eks import Eks

REGION = "eu-central-1"

REFUSED = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    "<RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
)
"""How AWS refuses in the protocol of IAM and STS."""


def correct() -> None:
    """Mend what would make a second plan differ from what was just applied."""
    from moto.ec2.models.launch_templates import LaunchTemplate
    from moto.ec2.models.security_groups import SecurityGroupRule
    from moto.iam.access_control import IAMPolicyStatement, PermissionResult
    from moto.rds.models import DBParameterGroup

    # A statement with a condition, such as "deny without TLS", is applied without it.
    permitted = IAMPolicyStatement.is_action_permitted

    def with_conditions(self: Any, *arguments: Any, **named: Any) -> PermissionResult:
        if self._statement["Effect"] == "Deny" and self._statement.get("Condition"):
            return PermissionResult.NEUTRAL
        return permitted(self, *arguments, **named)

    # Parameters are not told apart from defaults.
    update = DBParameterGroup.update_parameters

    def of_the_user(self: Any, new_parameters: Iterable[dict[str, Any]]) -> None:
        update(self, [{**parameter, "Source": "user"} for parameter in new_parameters])

    # The tags of a template are also told as tags of what is made by it.
    create_version = LaunchTemplate.create_version

    def without_own_tags(self: Any, data: dict[str, Any], description: str) -> Any:
        tags = [spec for spec in data.get("TagSpecifications", []) if spec["ResourceType"] != "launch-template"]
        return create_version(self, {**data, "TagSpecifications": tags}, description)

    # A rule for a group forgets its description.
    def description(self: Any) -> str | None:
        return self.ip_range.get("Description") or self.source_group.get("Description")

    IAMPolicyStatement.is_action_permitted = with_conditions
    DBParameterGroup.update_parameters = of_the_user
    LaunchTemplate.create_version = without_own_tags
    SecurityGroupRule.description = property(description)  # type: ignore[method-assign]


def correct_refusals() -> None:
    """Let what moto's authentication refuses arrive in each service's own protocol; it knows only that of EC2."""
    from moto.core.exceptions import JsonRESTError
    from moto.iam.access_control import IAMRequest

    def in_protocol(refuse: Callable[..., None]) -> Callable[..., None]:
        def refused(self: Any, *arguments: Any) -> None:
            try:
                refuse(self, *arguments)
            except Exception as error:
                if "X-Amz-Target" in self._headers:
                    answer = JsonRESTError(f"{error.error_type}Exception", error.message)  # type: ignore[attr-defined]
                    raise answer from error
                if self._service != "ec2":
                    error.description = REFUSED.format(code=error.error_type, message=error.message)  # type: ignore[attr-defined]
                raise

        return refused

    for name in ("_raise_access_denied", "_raise_signature_does_not_match", "_raise_invalid_access_key"):
        setattr(IAMRequest, name, in_protocol(getattr(IAMRequest, name)))


def main() -> None:
    """Serve on the loopback port of the first argument."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    correct()
    correct_refusals()
    front = Eks(DomainDispatcherApplication(create_backend_app), os.environ["MOTO_ACCOUNT_ID"], REGION)
    server = make_server("127.0.0.1", int(sys.argv[1]), front, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
