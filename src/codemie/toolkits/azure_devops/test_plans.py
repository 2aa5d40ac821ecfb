"""Test plans of Azure DevOps: https://learn.microsoft.com/rest/api/azure/devops/testplan/."""

from typing import Annotated, Any, cast

from pydantic import BeforeValidator, Field, WithJsonSchema

from codemie.toolkits.arguments import JsonObject, read_object
from codemie.toolkits.azure_devops.answers import camel_case, snake_case
from codemie.toolkits.azure_devops.client import AzureDevOps
from codemie.toolkits.failures import BadToolArguments, ToolFailed
from codemie.toolkits.toolkit import Toolkit

_USUAL, _MOST, _MOST_PAGES = 5, 200, 50

Project = Annotated[str | None, Field(description="Name of the project; that of the integration if not given.")]
PlanId = Annotated[int, Field(ge=1, description="Number of the test plan.")]
SuiteId = Annotated[int, Field(ge=1, description="Number of the test suite.")]
Limit = Annotated[int, Field(ge=1, le=_MOST, description="How many at most.")]
Cases = Annotated[
    dict[str, Any] | list[Any],
    BeforeValidator(read_object),
    WithJsonSchema({"anyOf": [{"type": "object"}, {"type": "array"}, {"type": "string"}]}),
    Field(
        description='The test cases: [{"work_item": {"id": 12}, "point_assignments": [{"configuration_id": 1}]}]; '
        "point_assignments are optional."
    ),
]

toolkit = Toolkit("Azure DevOps Test Plan", "Azure DevOps test plans", AzureDevOps, credential="AzureDevOps")


def _plans(server: AzureDevOps, project: str | None) -> str:
    return f"{server.within(project)}/_apis/testplan/plans"


def _suites(server: AzureDevOps, project: str | None, plan: int) -> str:
    return f"{server.within(project)}/_apis/testplan/Plans/{plan}/suites"


def _cases(server: AzureDevOps, project: str | None, plan: int, suite: int) -> str:
    return f"{server.within(project)}/_apis/testplan/Plans/{plan}/Suites/{suite}/TestCase"


async def _listed(server: AzureDevOps, path: str, most: int) -> list[dict[str, Any]]:
    """The first entries of a list, over its pages."""
    found, token = list[dict[str, Any]](), None
    for _ in range(_MOST_PAGES):
        answer = await server.ask("GET", path, params={"continuationToken": token})
        found += answer.json()["value"]
        token = answer.headers.get("x-ms-continuationtoken")
        if not token or len(found) >= most:
            break
    return snake_case(found[:most])


@toolkit.tool("writes", about="Creates a test plan.")
async def create_test_plan(
    server: AzureDevOps,
    test_plan_create_params: Annotated[
        JsonObject,
        Field(
            description='Such as {"name": "…", "area_path": "app", "iteration": "app\\\\Sprint 1", "state": "Active"}.'
        ),
    ],
    project: Project = None,
) -> str:
    """Create a test plan. It comes with a root suite."""
    made = await server.json("POST", _plans(server, project), json=camel_case(test_plan_create_params))
    return f"Test plan {made['id']} created successfully."


@toolkit.tool("destroys", about="Deletes a test plan with its suites and results.")
async def delete_test_plan(server: AzureDevOps, plan_id: PlanId, project: Project = None) -> str:
    """Delete a test plan with all of its suites and results. The test cases stay."""
    await server.ask("DELETE", f"{_plans(server, project)}/{plan_id}")
    return f"Test plan {plan_id} deleted successfully."


@toolkit.tool("reads", about="Reads a test plan, or lists them.")
async def get_test_plan(
    server: AzureDevOps,
    plan_id: Annotated[int | None, Field(ge=1, description="Number of one; the first ones if not given.")] = None,
    project: Project = None,
    limit: Limit = _USUAL,
) -> dict[str, Any] | list[dict[str, Any]]:
    """Read a test plan, or list the first of the project."""
    if plan_id is None:
        return await _listed(server, _plans(server, project), limit)
    return snake_case(await server.json("GET", f"{_plans(server, project)}/{plan_id}"))


@toolkit.tool("writes", about="Creates a test suite.")
async def create_test_suite(
    server: AzureDevOps,
    test_suite_create_params: Annotated[
        JsonObject,
        Field(
            description='Such as {"name": "…", "suite_type": "staticTestSuite", "parent_suite": {"id": 3}}. Types are '
            "staticTestSuite (the usual one), dynamicTestSuite with query_string, requirementTestSuite with "
            "requirement_id. Without parent_suite it goes below the root suite."
        ),
    ],
    plan_id: PlanId,
    project: Project = None,
) -> str:
    """Create a test suite in a test plan."""
    asked = {"suiteType": "staticTestSuite", **camel_case(test_suite_create_params)}
    if not asked.get("parentSuite"):
        plan = await server.json("GET", f"{_plans(server, project)}/{plan_id}")
        asked["parentSuite"] = {"id": plan["rootSuite"]["id"]}
    made = await server.json("POST", _suites(server, project, plan_id), json=asked)
    return f"Test suite {made['id']} created successfully."


@toolkit.tool("destroys", about="Deletes a test suite.")
async def delete_test_suite(server: AzureDevOps, plan_id: PlanId, suite_id: SuiteId, project: Project = None) -> str:
    """Delete a test suite with the results in it. The test cases stay."""
    await server.ask("DELETE", f"{_suites(server, project, plan_id)}/{suite_id}")
    return f"Test suite {suite_id} deleted successfully."


@toolkit.tool("reads", about="Reads a test suite, or lists those of a test plan.")
async def get_test_suite(
    server: AzureDevOps,
    plan_id: PlanId,
    suite_id: Annotated[int | None, Field(ge=1, description="Number of one; the first ones if not given.")] = None,
    project: Project = None,
    limit: Limit = _USUAL,
) -> dict[str, Any] | list[dict[str, Any]]:
    """Read a test suite, or list the first of a test plan."""
    if suite_id is None:
        return await _listed(server, _suites(server, project, plan_id), limit)
    return snake_case(await server.json("GET", f"{_suites(server, project, plan_id)}/{suite_id}"))


@toolkit.tool("writes", about="Puts test cases into a test suite.")
async def add_test_case(
    server: AzureDevOps,
    suite_test_case_create_update_parameters: Cases,
    plan_id: PlanId,
    suite_id: SuiteId,
    project: Project = None,
) -> list[dict[str, Any]]:
    """Put test cases into a test suite. They are work items of type Test Case: create them with create_work_item."""
    cases = suite_test_case_create_update_parameters
    body = cast("list[Any]", camel_case(cases if isinstance(cases, list) else [cases]))
    if not body or not all(isinstance(case, dict) and isinstance(case.get("workItem"), dict) for case in body):
        raise BadToolArguments(
            "A test case lacks its work item", details='Each is {"work_item": {"id": 12}}, or more.', code=422
        )
    added = await server.json("POST", _cases(server, project, plan_id, suite_id), json=body)
    return snake_case(added["value"])


@toolkit.tool("reads", about="Reads a test case of a test suite.")
async def get_test_case(
    server: AzureDevOps,
    test_case_id: Annotated[int, Field(ge=1, description="Number of the work item that it is.")],
    plan_id: PlanId,
    suite_id: SuiteId,
    project: Project = None,
) -> dict[str, Any]:
    """Read a test case of a test suite."""
    found = await server.json("GET", f"{_cases(server, project, plan_id, suite_id)}/{test_case_id}")
    if not found["value"]:
        raise ToolFailed(
            f"There is no test case {test_case_id} in test suite {suite_id}",
            help="get_test_cases lists those that are there.",
            code=404,
        )
    return snake_case(found["value"][0])


@toolkit.tool("reads", about="Lists the test cases of a test suite.")
async def get_test_cases(
    server: AzureDevOps, plan_id: PlanId, suite_id: SuiteId, project: Project = None, limit: Limit = _MOST
) -> list[dict[str, Any]]:
    """List the test cases of a test suite."""
    return await _listed(server, _cases(server, project, plan_id, suite_id), limit)
