"""Every tool of test plans against a service that keeps what it is told."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.fakes.azure_devops.boards import Boards
from tests.fakes.azure_devops.server import READ_ONLY, AzureDevOps
from tests.fakes.azure_devops.test_plans import TestPlans
from tests.fakes.vendor_server import serving
from tests.integrations.credentials import People
from tests.toolkits.devops import Worker


@pytest.fixture
def plans() -> TestPlans:
    boards = Boards()
    for title in ("Signs in", "Signs out", "Stays", "Leaves"):
        boards.tracker.add(title, "Test Case")
    boards.tracker.add("No test case")
    return TestPlans(boards.tracker)


@pytest.fixture
async def stranger(people: People, plans: TestPlans) -> AsyncIterator[Worker]:
    """Somebody without an integration."""
    server = AzureDevOps(plans)
    async with serving(server) as url:
        yield Worker(people, server, url)


@pytest.fixture
async def worker(stranger: Worker) -> Worker:
    await stranger.integrate()
    return stranger


async def test_a_test_plan_is_created_read_and_deleted(worker: Worker, plans: TestPlans) -> None:
    sent = '{"name": "Release\n1", "area_path": "app\\\\web", "iteration": "app", "state": "Active"}'
    assert await worker.text("create_test_plan", test_plan_create_params=sent) == "Test plan 1 created successfully."
    read = await worker.json("get_test_plan", plan_id="1", project="app")
    assert (read["id"], read["name"], read["area_path"], read["state"]) == (1, "Release\n1", "app\\web", "Active")
    assert (read["root_suite"]["id"], read["owner"]["display_name"]) == (2, "Ada Example")
    assert "_links" not in read
    assert await worker.text("delete_test_plan", plan_id=1) == "Test plan 1 deleted successfully."
    assert not plans.plans
    assert "Value cannot be null" in await worker.fails("create_test_plan", test_plan_create_params={"state": "Active"})


async def test_the_first_test_plans_are_listed_over_pages(worker: Worker, plans: TestPlans) -> None:
    for number in range(8):
        plans.add(f"Plan {number}")
    assert [plan["name"] for plan in await worker.json("get_test_plan")] == [f"Plan {number}" for number in range(5)]
    assert len(await worker.json("get_test_plan", limit=100)) == 8


async def test_a_test_suite_is_created_read_and_deleted(worker: Worker, plans: TestPlans) -> None:
    plan = plans.add("Release")
    told = await worker.text("create_test_suite", plan_id=1, test_suite_create_params={"name": "Web"})
    assert told == "Test suite 3 created successfully."
    child = {"name": "Sign-in", "suite_type": "StaticTestSuite", "parent_suite": {"id": 3}}
    await worker.text("create_test_suite", plan_id=1, test_suite_create_params=child)
    read = await worker.json("get_test_suite", plan_id=1, suite_id=4)
    assert (read["suite_type"], read["parent_suite"]["name"], read["plan"]["id"]) == ("staticTestSuite", "Web", 1)
    assert [suite["name"] for suite in await worker.json("get_test_suite", plan_id=1)] == ["Release", "Web", "Sign-in"]
    assert await worker.text("delete_test_suite", plan_id=1, suite_id=4) == "Test suite 4 deleted successfully."
    assert set(plan.suites) == {2, 3}
    assert "root suite" in await worker.fails("delete_test_suite", plan_id=1, suite_id=2)
    odd = {"name": "Odd", "suite_type": "odd"}
    assert "Invalid suite type" in await worker.fails("create_test_suite", plan_id=1, test_suite_create_params=odd)


async def test_test_cases_are_put_into_a_suite_and_read(worker: Worker, plans: TestPlans) -> None:
    suite = plans.add("Release").suites[2]
    place = {"plan_id": 1, "suite_id": 2}
    one = {"work_item": {"id": "1"}, "point_assignments": [{"configuration_id": 7}]}
    (added,) = await worker.json("add_test_case", suite_test_case_create_update_parameters=one, **place)
    assert (added["work_item"]["name"], added["test_plan"]["name"]) == ("Signs in", "Release")
    assert added["work_item"]["work_item_fields"][0] == {"System.Title": "Signs in"}
    assert added["point_assignments"][0]["configuration_id"] == 7
    several = '[{"work_item": {"id": 2}}, {"work_item": {"id": 3}}, {"workItem": {"id": 4}}]'
    assert len(await worker.json("add_test_case", suite_test_case_create_update_parameters=several, **place)) == 3
    assert set(suite.cases) == {1, 2, 3, 4}
    read = await worker.json("get_test_case", test_case_id=2, **place)
    assert (read["work_item"]["id"], read["order"]) == (2, 2)
    cases = await worker.json("get_test_cases", **place)
    assert [case["work_item"]["id"] for case in cases] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        ({"work_item": {"id": 99}}, "TF401232"),
        ([{"work_item": {"id": 5}}], "is not a test case"),
        ([{"id": 1}], "lacks its work item"),
        ([], "lacks its work item"),
        ("[{", "is no JSON"),
    ],
)
async def test_why_a_test_case_cannot_be_added_is_told(worker: Worker, plans: TestPlans, cases: Any, said: str) -> None:
    suite = plans.add("Release").suites[2]
    arguments = {"suite_test_case_create_update_parameters": cases, "plan_id": 1, "suite_id": 2}
    assert said in await worker.fails("add_test_case", **arguments)
    assert not suite.cases


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("get_test_plan", {"plan_id": 99}, "Test plan 99 not found"),
        ("delete_test_plan", {"plan_id": 99}, "Test plan 99 not found"),
        ("create_test_suite", {"plan_id": 99, "test_suite_create_params": {"name": "n"}}, "Test plan 99 not found"),
        ("get_test_suite", {"plan_id": 1, "suite_id": 99}, "ID 99 not found"),
        ("delete_test_suite", {"plan_id": 1, "suite_id": 99}, "ID 99 not found"),
        ("get_test_case", {"plan_id": 1, "suite_id": 2, "test_case_id": 1}, "no test case 1 in test suite 2"),
        ("get_test_cases", {"plan_id": 1, "suite_id": 99}, "ID 99 not found"),
    ],
)
async def test_what_is_not_there_is_told(
    worker: Worker, plans: TestPlans, tool: str, arguments: dict[str, Any], said: str
) -> None:
    plans.add("Release")
    assert said in await worker.fails(tool, **arguments)


async def test_another_project_than_the_integrations_may_be_named(stranger: Worker, plans: TestPlans) -> None:
    plans.add("Release")
    await stranger.integrate(project="gone")
    assert len(await stranger.json("get_test_plan", project="app")) == 1
    assert "TF200016" in await stranger.fails("get_test_plan")
    assert "TF200016" in await stranger.fails("get_test_plan", project="../other?x=")
    assert "must not be '.' or '..'" in await stranger.fails("get_test_plan", project="..")
    assert stranger.server.faults.asked[-1] == "GET /contoso/../other?x=/_apis/testplan/plans"


async def test_a_wrong_token_is_told(stranger: Worker) -> None:
    await stranger.integrate(token="wrong")
    assert "must renew it" in await stranger.fails("get_test_plan")


async def test_a_token_that_may_only_read_is_told_what_it_lacks(stranger: Worker, plans: TestPlans) -> None:
    plans.add("Release")
    await stranger.integrate(token=READ_ONLY)
    assert "needs more rights" in await stranger.fails("delete_test_plan", plan_id=1)
    assert len(await stranger.json("get_test_plan")) == 1


async def test_a_limited_service_is_asked_again(worker: Worker, plans: TestPlans) -> None:
    plans.add("Release")
    worker.server.faults.limited()
    assert len(await worker.json("get_test_plan")) == 1
    worker.server.faults.limited(seconds=600)
    assert "try again in 600 seconds" in await worker.fails("get_test_plan")
