"""Lines as load balancers of AWS write them, by the examples of its user guides."""

import datetime as dt

CLIENT = "203.0.113.77"
BALANCER, AGENTS = "app/codemie-web/50dc6c495c0c9188", "net/codemie-nats/c6e77e28c25b2234"
NOON = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)


def request(
    code: str = "200",
    own_code: str | None = None,
    *,
    when: dt.datetime = NOON,
    target: str = "10.0.1.5:32080",
    seconds: str = "0.048",
    url: str = "https://codemie.ai.acme.test:443/v1/assistants/b7f3?token=planted-secret",
    agent: str = "curl/8.5",
    reason: str = "-",
) -> str:
    """What an application load balancer writes of a request."""
    return (
        f"h2 {when:%Y-%m-%dT%H:%M:%S.%fZ} {BALANCER} {CLIENT}:2817 {target} 0.001 {seconds} 0.000 "
        f'{code} {code if own_code is None else own_code} 34 366 "GET {url} HTTP/2.0" "{agent}" '
        "ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-central-1:210987654321:targetgroup/w/1 "
        '"Root=1-58337327-72bd00b0343d75b906739c42" "codemie.ai.acme.test" '
        '"arn:aws:acm:eu-central-1:210987654321:certificate/12345678" 1 2026-11-30T11:59:59.364000Z "forward" "-" '
        f'"{reason}" "{target}" "{own_code or code}" "-" "-" TID_1234abcd5678ef90'
    )


def connection(handshake: str = "2", alert: str = "-", *, when: dt.datetime = NOON) -> str:
    """What a network load balancer writes of a connection."""
    return (
        f"tls 2.0 {when:%Y-%m-%dT%H:%M:%S} {AGENTS} g3d4b5e8bb8464cd {CLIENT}:51341 10.0.1.5:30422 5 "
        f"{handshake} 98 246 {alert} arn:aws:acm:eu-central-1:210987654321:certificate/2a10 - ECDHE-RSA tlsv12 "
        "- codemie-nats.ai.acme.test - - - 2026-11-30T11:59:50"
    )
