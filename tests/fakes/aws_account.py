"""moto in this process, with what it does not know put before it: rights, limits, and buckets of other people."""

import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import pytest

REGION, ACCOUNT = "eu-central-1", "210987654321"
Environment = dict[str, Any]
Start = Callable[[str, list[tuple[str, str]]], Any]


@dataclass
class AwsAccount:
    """A WSGI application.

    Attributes:
        url: where it is.
        denied: actions that the policies do not allow → what a simulation says of each.
        limits: code of a quota → its value; what is not here has no answer.
        foreign: buckets of other accounts.
        read_only: buckets where nothing may be written.
        with_factor: actions that the policies deny to who has shown no second factor.
        errors: operation of the query protocol → the error that it gets: its code, or code: words.
        answers: operation of the query protocol → what it answers to what is asked, where moto knows too little.
        throttled: whether nobody is told limits, for there were too many questions.
        front: what knows more of some services than moto, and hands the rest on to it.
    """

    moto: Callable[[Environment, Start], Iterable[bytes]]
    url: str = ""
    denied: dict[str, str] = field(default_factory=dict[str, str])
    limits: dict[str, float] = field(default_factory=dict[str, float])
    foreign: set[str] = field(default_factory=set[str])
    read_only: set[str] = field(default_factory=set[str])
    errors: dict[str, str] = field(default_factory=dict[str, str])
    with_factor: set[str] = field(default_factory=set[str])
    answers: dict[str, str | Callable[[dict[str, str]], str]] = field(
        default_factory=dict[str, "str | Callable[[dict[str, str]], str]"]
    )
    throttled: bool = False
    clients: dict[str, Any] = field(default_factory=dict[str, Any])
    front: Callable[[Environment, Start], Iterable[bytes]] | None = None

    def __call__(self, environment: Environment, start: Start) -> Iterable[bytes]:
        """Answer, or let moto do so."""
        body = environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
        environment["wsgi.input"] = BytesIO(body)
        asked = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
        action = asked.get("Action", "")
        target = environment.get("HTTP_X_AMZ_TARGET", "")
        if (scripted := self._scripted(start, action, asked)) is not None:
            return scripted
        if action == "SimulatePrincipalPolicy":
            return _xml(start, self._simulated(asked))
        if target.startswith("ServiceQuotas"):
            return self._limit(start, json.loads(body)["QuotaCode"])
        if environment["REQUEST_METHOD"] == "HEAD" and environment["PATH_INFO"].strip("/") in self.foreign:
            start("403 Forbidden", [("Content-Length", "0")])
            return [b""]
        if environment["REQUEST_METHOD"] == "PUT" and environment["PATH_INFO"].split("/")[1] in self.read_only:
            return _xml(start, "<Error><Code>AccessDenied</Code></Error>", 403)
        return (self.front or self.moto)(environment, start)

    def _scripted(self, start: Start, action: str, asked: dict[str, str]) -> Iterable[bytes] | None:
        """What a test says that this operation answers."""
        if action in self.errors:
            code, _, words = self.errors[action].partition(": ")
            told = f"<Error><Code>{code}</Code><Message>{words}</Message></Error>"
            return _xml(start, f"<ErrorResponse>{told}</ErrorResponse>", 403)
        if action and any(each.endswith(f":{action}") for each in self.with_factor):
            return _xml(start, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>", 403)
        if action in self.answers:
            answer = self.answers[action]
            return _xml(start, answer if isinstance(answer, str) else answer(asked))
        return None

    def _simulated(self, asked: dict[str, str]) -> str:
        actions = [value for name, value in asked.items() if name.startswith("ActionNames.")]
        # The only context of a simulation that is of this type.
        entry = next((name for name, value in asked.items() if value == "boolean"), "")
        has_factor = asked.get(entry.replace("Type", "Values.member.1")) == "true"
        held = {} if has_factor else dict.fromkeys(self.with_factor, "explicitDeny")
        members = "".join(
            f"<member><EvalActionName>{escape(action)}</EvalActionName><EvalResourceName>*</EvalResourceName>"
            f"<EvalDecision>{(self.denied | held).get(action, 'allowed')}</EvalDecision></member>"
            for action in actions
        )
        return (
            '<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
            f"<SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated>"
            f"<EvaluationResults>{members}</EvaluationResults></SimulatePrincipalPolicyResult>"
            "</SimulatePrincipalPolicyResponse>"
        )

    def _limit(self, start: Start, code: str) -> Iterable[bytes]:
        if self.throttled:
            return _json(start, {"__type": "TooManyRequestsException"}, 400)
        if code not in self.limits:
            return _json(start, {"__type": "NoSuchResourceException"}, 400)
        return _json(start, {"Quota": {"QuotaCode": code, "Value": self.limits[code]}})

    def reset(self) -> None:
        """Forget everything."""
        from moto.moto_api._internal.models import moto_api_backend

        moto_api_backend.reset()
        self.denied.clear()
        self.limits.clear()
        self.foreign.clear()
        self.read_only.clear()
        self.errors.clear()
        self.with_factor.clear()
        self.answers.clear()
        self.throttled = False
        self.front = None

    def session(self) -> Any:
        """A sign-in that may do everything."""
        import boto3

        return boto3.Session("ACCESSKEYOFATEST0000", "planted-aws-secret", region_name=REGION)

    def client(self, service: str) -> Any:
        """The official client, to set up what is there."""
        if service not in self.clients:
            self.clients[service] = self.session().client(service, endpoint_url=self.url)
        return self.clients[service]


def _xml(start: Start, text: str, status: int = 200) -> Iterable[bytes]:
    return _answered(start, text.encode(), "text/xml", status)


def _json(start: Start, document: dict[str, Any], status: int = 200) -> Iterable[bytes]:
    return _answered(start, json.dumps(document).encode(), "application/x-amz-json-1.1", status)


def _answered(start: Start, body: bytes, kind: str, status: int) -> Iterable[bytes]:
    start(f"{status} -", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


@contextmanager
def signed_out() -> Iterator[None]:
    """No credentials of this machine, and none asked of a machine's own address for them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        patch.setenv("AWS_CONFIG_FILE", "/nonexistent")
        yield


@contextmanager
def serving() -> Iterator[AwsAccount]:
    """An empty account on a loopback port, which knows none of the thousand images of machines that moto brings."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    account = AwsAccount(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, account, threaded=True, request_handler=MotoRequestHandler)
    account.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        # Each reset would make all of them anew, for a tenth of a second of the processor.
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
            yield account
    finally:
        server.shutdown()
