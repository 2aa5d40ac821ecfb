"""What the tools of a type of integration have to be told, in the form that clients fill their fields from."""

from codemie.integrations.catalogue import TYPES, CredentialType, Key
from codemie.toolkits.schemas import ConfigField, ToolConfig


def configurations() -> list[dict[str, ToolConfig]]:
    """One object a type, under the name that clients look for."""
    return [{f"{kind.name.lower()}config": _config(kind)} for kind in TYPES.values() if kind.keys]


def _config(kind: CredentialType) -> ToolConfig:
    fields = {key.name: _field(key) for key in kind.keys}
    return {"class": f"{kind.name}Config", "credential_type": kind.name, **fields}


def _field(key: Key) -> ConfigField:
    plain = "bool" if isinstance(key.default, bool) else "int" if isinstance(key.default, int) else "str"
    return ConfigField(
        description=key.label,
        placeholder=key.hint,
        type=plain,
        sensitive=key.secret,
        help=key.hint,
        default=key.default,
        required_at_runtime=key.required,
    )
