"""What an assistant contributes to a run."""

from codemie.assistants.assembly import default_values


def test_a_sensitive_variable_never_reaches_the_prompt() -> None:
    variables = [
        {"key": "city", "default_value": "Lviv", "is_sensitive": False},
        {"key": "password", "default_value": "sealed-or-not", "is_sensitive": True},
    ]
    assert default_values(variables) == (("city", "Lviv"), ("password", ""))
