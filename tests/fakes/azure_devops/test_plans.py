"""Test plans: https://learn.microsoft.com/rest/api/azure/devops/testplan/. Test cases are work items."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.azure_devops.refusing import Refused, answering
from tests.fakes.azure_devops.server import MOMENT, ORGANIZATION, PERSON, PROJECT, Json, listed
from tests.fakes.azure_devops.work_items import Tracker

_PAGE = 3
"""Of a list; the service's own is 200."""
_TYPES = ("staticTestSuite", "dynamicTestSuite", "requirementTestSuite")
_IN_PROJECT = {"id": "22222222-2222-2222-2222-222222222222", "name": PROJECT, "state": "unchanged"}


@dataclass
class Suite:
    """One suite, and the test cases in it by number."""

    id: int
    name: str
    type: str
    parent: int | None
    cases: dict[int, Json] = field(default_factory=dict[int, Json])


@dataclass
class Plan:
    """One plan and its suites."""

    about: Json
    suites: dict[int, Suite] = field(default_factory=dict[int, Suite])

    @property
    def named(self) -> Json:
        """As others refer to it."""
        return {"id": self.about["id"], "name": self.about["name"]}


class TestPlans:
    """The test plans of the project; paths are below the organization.

    Args:
        tracker: has the work items that test cases are.
    """

    __test__ = False

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self.plans: dict[int, Plan] = {}
        self.numbers = itertools.count(1)

    def routes(self) -> list[web.RouteDef]:
        """See ``Area``."""
        plans = "/{project}/_apis/testplan/plans"
        plan = "/{project}/_apis/testplan/Plans/{plan}"
        suite, case = f"{plan}/suites/{{suite}}", f"{plan}/Suites/{{suite}}/TestCase"
        return [
            web.get(plans, answering(self._list)),
            web.post(plans, answering(self._create)),
            web.get(f"{plans}/{{plan}}", answering(self._show)),
            web.delete(f"{plans}/{{plan}}", answering(self._delete)),
            web.get(f"{plan}/suites", answering(self._suites)),
            web.post(f"{plan}/suites", answering(self._create_suite)),
            web.get(suite, answering(self._show_suite)),
            web.delete(suite, answering(self._delete_suite)),
            web.get(case, answering(self._cases)),
            web.post(case, answering(self._add_cases)),
            web.get(f"{case}/{{ids}}", answering(self._show_cases)),
            web.post("/{project}/_apis/test/Plans/{plan}/suites/{suite}/testcases/{ids}", answering(self._add_ids)),
        ]

    def add(self, name: str, **about: Any) -> Plan:
        """Put a plan there, with its root suite."""
        number, root = next(self.numbers), next(self.numbers)
        given = {"areaPath": PROJECT, "iteration": PROJECT, "state": "Inactive", "revision": 1, **about}
        plan = Plan({**given, "id": number, "name": name, "rootSuite": {"id": root, "name": name}, "owner": PERSON})
        plan.suites[root] = Suite(root, name, "staticTestSuite", None)
        self.plans[number] = plan
        return plan

    def _plan(self, request: web.Request) -> Plan:
        number = int(request.match_info["plan"])
        if number not in self.plans:
            raise Refused(404, f"Test plan {number} not found.", "TestObjectNotFoundException")
        return self.plans[number]

    def _suite(self, request: web.Request) -> tuple[Plan, Suite]:
        plan, number = self._plan(request), int(request.match_info["suite"])
        if number not in plan.suites:
            said = f"Test suite with ID {number} not found in test plan {plan.about['id']}."
            raise Refused(404, said, "TestObjectNotFoundException")
        return plan, plan.suites[number]

    async def _list(self, request: web.Request) -> web.Response:
        return _page([self._shown(plan) for plan in self.plans.values()], request)

    async def _create(self, request: web.Request) -> web.Response:
        sent = await request.json()
        if not sent.get("name"):
            raise Refused(400, "Value cannot be null.\r\nParameter name: testPlan.Name", "ArgumentNullException")
        known = ("areaPath", "iteration", "startDate", "endDate", "description", "state")
        plan = self.add(sent["name"], **{name: sent[name] for name in known if name in sent})
        return web.json_response(self._shown(plan))

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(self._shown(self._plan(request)))

    async def _delete(self, request: web.Request) -> web.Response:
        del self.plans[self._plan(request).about["id"]]
        return web.Response(status=204)

    def _shown(self, plan: Plan) -> Json:
        own = f"https://dev.azure.com/{ORGANIZATION}/{PROJECT}/_apis/testplan/plans/{plan.about['id']}"
        return {**plan.about, "project": _IN_PROJECT, "updatedDate": MOMENT, "_links": {"_self": {"href": own}}}

    async def _suites(self, request: web.Request) -> web.Response:
        plan = self._plan(request)
        return _page([self._shown_suite(plan, suite) for suite in plan.suites.values()], request)

    async def _create_suite(self, request: web.Request) -> web.Response:
        plan, sent = self._plan(request), await request.json()
        if not sent.get("name"):
            raise Refused(400, "Value cannot be null.\r\nParameter name: testSuite.Name", "ArgumentNullException")
        kind = next((known for known in _TYPES if known.lower() == str(sent.get("suiteType")).lower()), None)
        if kind is None:
            raise Refused(400, "Invalid suite type specified.", "InvalidPropertyException")
        parent = int((sent.get("parentSuite") or {}).get("id") or 0)
        if parent not in plan.suites:
            raise Refused(404, f"Parent suite {parent} not found.", "TestObjectNotFoundException")
        suite = Suite(next(self.numbers), sent["name"], kind, parent)
        plan.suites[suite.id] = suite
        return web.json_response(self._shown_suite(plan, suite))

    async def _show_suite(self, request: web.Request) -> web.Response:
        return web.json_response(self._shown_suite(*self._suite(request)))

    async def _delete_suite(self, request: web.Request) -> web.Response:
        plan, suite = self._suite(request)
        if suite.parent is None:
            raise Refused(400, "The root suite of a test plan cannot be deleted.", "TestManagementValidationException")
        del plan.suites[suite.id]
        return web.Response(status=204)

    def _shown_suite(self, plan: Plan, suite: Suite) -> Json:
        parent = plan.suites.get(suite.parent or 0)
        shown = {
            "id": suite.id,
            "name": suite.name,
            "suiteType": suite.type,
            "revision": 1,
            "inheritDefaultConfigurations": True,
            "plan": plan.named,
            "project": _IN_PROJECT,
            "lastUpdatedBy": PERSON,
            "lastUpdatedDate": MOMENT,
        }
        return shown | ({"parentSuite": {"id": parent.id, "name": parent.name}} if parent else {})

    async def _cases(self, request: web.Request) -> web.Response:
        _, suite = self._suite(request)
        return _page(list(suite.cases.values()), request)

    async def _show_cases(self, request: web.Request) -> web.Response:
        _, suite = self._suite(request)
        wanted = [int(number) for number in request.match_info["ids"].split(",")]
        return listed([suite.cases[number] for number in wanted if number in suite.cases])

    async def _add_cases(self, request: web.Request) -> web.Response:
        plan, suite = self._suite(request)
        sent = await request.json()
        if not isinstance(sent, list):
            said = "Value cannot be null.\r\nParameter name: suiteTestCaseCreateUpdateParameters"
            raise Refused(400, said, "ArgumentNullException")
        return listed([self._add(plan, suite, int(item["workItem"]["id"]), item) for item in sent])

    async def _add_ids(self, request: web.Request) -> web.Response:
        plan, suite = self._suite(request)
        return listed([self._add(plan, suite, int(number), {}) for number in request.match_info["ids"].split(",")])

    def _add(self, plan: Plan, suite: Suite, number: int, sent: Json) -> Json:
        item = self.tracker.existing(number)
        if item.fields["System.WorkItemType"] != "Test Case":
            said = f"Work item {number} is not a test case."
            raise Refused(400, said, "TestManagementValidationException")
        title = item.fields["System.Title"]
        points = sent.get("pointAssignments") or [{"configurationId": 1}]
        suite.cases[number] = {
            "testPlan": plan.named,
            "testSuite": {"id": suite.id, "name": suite.name},
            "project": _IN_PROJECT,
            "workItem": {"id": number, "name": title, "workItemFields": [{"System.Title": title}, {"System.Rev": 1}]},
            "pointAssignments": [{"id": n, "configurationName": "Windows 10", **p} for n, p in enumerate(points, 1)],
            "order": len(suite.cases) + 1,
        }
        return suite.cases[number]


def _page(items: list[Json], request: web.Request) -> web.Response:
    start = int(request.query.get("continuationToken", 0))
    following = start + _PAGE
    more = {"x-ms-continuationtoken": str(following)} if following < len(items) else {}
    return listed(items[start:following], **more)
