"""System prompts as templates: values and conditions, and nothing that runs on, grows or reaches out."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.assistants import prompting
from codemie.assistants.prompting import HostilePrompt, UnsafePrompt, checked, render
from tests.assistants.conftest import Team, create
from tests.conversations.chatting import ask

VALUES = {"name": "Ada", "empty": "", "brace": "{{ name }}"}


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Hello {{ name }} and {{other}}", "Hello Ada and {{other}}"),
        ("{% if name %}Hi {{ name|upper }}{% else %}Hi{% endif %}", "Hi ADA"),
        ("{% if empty %}full{% elif name == 'Ada' and not missing %}Ada{% endif %}", "Ada"),
        ("{{ missing|default('nobody') }}{# a remark #}", "nobody"),
        ("{{ name ~ '!' if name is defined else '' }}", "Ada!"),
        ("{% raw %}{{ name }}{% endraw %}", "{{ name }}"),
        ("Value: {{ brace }}", "Value: {{ name }}"),
        ("{{ brace|trim }}", "{{ name }}"),
        ("line\n", "line\n"),
    ],
)
def test_templates_are_rendered(prompt: str, expected: str) -> None:
    assert render(prompt, VALUES) == expected


HOSTILE = [
    "{{ ''.__class__.__mro__ }}",
    "{{ name.upper() }}",
    "{{ name['__class__'] }}",
    "{{ name|attr('__class__') }}",
    "{% for x in [1] %}{% endfor %}",
    "{{ 9 ** 9 ** 9 ** 9 }}",
    "{{ 'a' * 1000000000 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ range(10) }}",
    "{% set a = name %}",
    "{% macro m() %}{% endmacro %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{{ name|center(1000000000) }}",
    "{{ name|replace('', name) }}",
    "{{ lipsum }}{{ cycler.__init__ }}",
    "{{ name",
    "{% if name %}",
    "{{ (" + "(" * 5000 + "1",
    "{% if 1 %}" * 500 + "{% endif %}" * 500,
]


@pytest.mark.parametrize("prompt", HOSTILE)
def test_hostile_templates_are_refused_and_never_carried_out_in_a_run(prompt: str) -> None:
    started = time.process_time()
    with pytest.raises(UnsafePrompt):
        checked(prompt, VALUES)
    if "__" in prompt:
        with pytest.raises(HostilePrompt):
            render(prompt, VALUES)
    else:
        assert "/bin" not in render(prompt, VALUES)
    assert time.process_time() - started < 5


def test_a_prompt_that_grows_too_long_is_refused() -> None:
    with pytest.raises(UnsafePrompt, match="comes to more than"):
        checked("{{ a|trim }}" * 100, {"a": "x" * 10_000})
    with pytest.raises(UnsafePrompt, match="longer than"):
        checked("x" * (prompting.MAX_TEMPLATE + 1), {})


_PIECES = st.sampled_from(
    ["{{", "}}", "{%", "%}", "{#", "#}", "name", "if", "endif", " ", "|", "upper", "(", ")", "'", "~", "[", "]", "else"]
)


@given(st.lists(_PIECES | st.text(max_size=5), max_size=30).map("".join))
def test_any_prompt_is_rendered_to_text(prompt: str) -> None:
    assert isinstance(render(prompt, VALUES), str)


async def validate(team: Team, template: str, **fields: Any) -> Any:
    body = {"system_prompt_template": template, "prompt_vars": {"city": "Oslo"}, **fields}
    return await team.owner.post("/v1/assistants/system-prompt/validate", json=body)


async def test_a_template_is_tried_out_over_http(team: Team) -> None:
    variables = [
        {"key": "city", "default_value": "Rome"},
        {"key": "tone", "default_value": "calm"},
        {"key": "pin", "default_value": "1234", "is_sensitive": True},
    ]
    assistant_id = await create(team.owner, team.project, prompt_variables=variables)
    answer = await validate(team, "{{ city }} {{ tone }} {{ pin }} {{ current_user }}", assistant_id=assistant_id)
    assert answer.json() == {
        "rendered_prompt": f"Oslo calm  {team.owner.email}",
        "is_valid": True,
        "message": "System prompt rendered successfully",
    }
    unsafe = await validate(team, "{{ city.__class__ }}")
    assert unsafe.status_code == 400
    assert unsafe.json()["error"]["message"] == "Invalid system prompt template"
    assert "'__class__' belongs to the inside" in unsafe.json()["error"]["details"]
    hidden = await create(team.stranger, team.stranger.email)
    assert (await validate(team, "x", assistant_id=hidden)).status_code == 401


async def test_everybody_has_values_of_their_own(team: Team) -> None:
    variables = [{"key": "city", "default_value": "Rome"}, {"key": "pin", "default_value": "", "is_sensitive": True}]
    prompt = "[1] The home city of this person is {{ city }}{% if pin %} and {{ pin }}{% endif %}."
    assistant_id = await create(team.owner, team.project, shared=True, system_prompt=prompt, prompt_variables=variables)
    path = f"/v1/assistants/{assistant_id}/users/prompt-variables"
    nothing = (await team.member.get(path)).json()
    assert (nothing["id"], nothing["variables_config"]) == ("", [])
    values = [
        {"variable_key": "city", "variable_value": "Oslo", "is_sensitive": False},
        {"variable_key": "pin", "variable_value": "tiger", "is_sensitive": False},
    ]
    saved = await team.member.post(path, json={"variables_config": values})
    assert saved.status_code == 200, saved.text
    view = (await team.member.get(path)).json()
    assert view["variables_config"] == [
        {"variable_key": "city", "variable_value": "Oslo", "is_sensitive": False},
        {"variable_key": "pin", "variable_value": "**********", "is_sensitive": True},
    ]
    await team.member.post(path, json={"variables_config": view["variables_config"]})
    assert (await team.member.get(path)).json()["variables_config"] == view["variables_config"]
    assert (await team.owner.get(path)).json()["variables_config"] == []
    assert "Oslo" in (await ask(team.member, assistant_id, "Which city is the home city of this person?"))["generated"]
    assert "Rome" in (await ask(team.owner, assistant_id, "Which city is the home city of this person?"))["generated"]
    await team.member.post(path, json={"variables_config": [{"variable_key": "city", "variable_value": ""}]})
    assert [item["variable_key"] for item in (await team.member.get(path)).json()["variables_config"]] == ["pin"]
    assert (await team.stranger.get(path)).status_code == 401


async def test_secrets_of_a_person_are_sealed(team: Team, database: Any) -> None:
    from sqlalchemy import text

    assistant_id = await create(team.owner, team.project)
    values = [{"variable_key": "pin", "variable_value": "tiger", "is_sensitive": True}]
    await team.owner.post(f"/v1/assistants/{assistant_id}/users/prompt-variables", json={"variables_config": values})
    async with database.session() as session:
        stored = await session.scalar(
            text("SELECT variables::text FROM assistant_variable_values WHERE assistant_id = :id"), {"id": assistant_id}
        )
    assert "sealed:" in stored
    assert "tiger" not in stored
