"""What every workload of the chart must keep to, and who may reach whom."""

import json
import re
from pathlib import Path

import pytest
import yaml
from sqlalchemy import create_engine, text

from codemie.kernel.database import sync_url
from codemie.kernel.settings import Provenance
from codemie.settings import load_settings
from tests.deploy.chart import CHART, ROOT, SETS, containers, helm, manifests, one, rendered, workloads
from tests.deploy.flows import Place, allowed

CODEMIE = {"app.kubernetes.io/name": "codemie", "app.kubernetes.io/instance": "codemie"}
# Read by the containers of others, or by what the platform stands on.
OTHERS = {
    *("NATS_SERVER_NAME", "NATS_ROUTE_PASSWORD", "NATS_ROUTE_0", "NATS_ROUTE_1", "NATS_ROUTE_2"),
    *("PGDATA", "POSTGRES_INITDB_ARGS", "POSTGRES_PASSWORD", "CODEMIE_ROLE_PASSWORD"),
    *("KEYCLOAK_URL", "KEYCLOAK_ADMIN_PASSWORD", "OAUTH2_PROXY_CLIENT_SECRET", "CODEMIE_SERVICE_CLIENT_SECRET"),
}

every_set = pytest.mark.parametrize("name", SETS)


@pytest.fixture(scope="module")
def settings() -> list[Provenance]:
    return load_settings({})[1]


@every_set
def test_every_pod_keeps_to_the_standard_restricted(name: str) -> None:
    for workload, pod in workloads(name):
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True, workload
        assert spec["securityContext"]["runAsUser"] > 0, workload
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, workload
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec), workload
        allowed_volumes = {"emptyDir", "configMap", "secret", "persistentVolumeClaim"}
        assert all(set(volume) & allowed_volumes for volume in spec["volumes"]), workload


@every_set
def test_no_pod_gets_a_token_of_the_cluster(name: str) -> None:
    for workload, pod in workloads(name):
        assert pod["spec"]["automountServiceAccountToken"] is False, workload
        assert pod["spec"]["serviceAccountName"] != "default", workload


@every_set
def test_every_container_is_unprivileged_and_limited(name: str) -> None:
    for called, container in containers(name):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
        }, called
        assert {"cpu", "memory"} <= set(container["resources"]["requests"]), called
        assert {"cpu", "memory"} <= set(container["resources"]["limits"]), called


@every_set
def test_every_image_has_a_version_and_comes_from_the_mirror_where_there_is_one(name: str) -> None:
    mirror = yaml.safe_load((CHART / "ci" / f"{name}-values.yaml").read_text()).get("imageRegistry")
    for called, container in containers(name):
        image = container["image"]
        assert re.search(r"(:v?\d+\.\d+|@sha256:[0-9a-f]{64})", image), called
        assert image.startswith(f"{mirror}/" if mirror else "docker.io/"), called


@every_set
def test_every_server_has_its_three_probes(name: str) -> None:
    for manifest in rendered(name):
        # The toolbox serves nothing: it waits for whoever calls a command in it.
        if manifest["kind"] in {"Deployment", "StatefulSet"} and manifest["metadata"]["name"] != "codemie-toolbox":
            for container in manifest["spec"]["template"]["spec"]["containers"]:
                assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container), container["name"]


def test_the_probes_of_the_api_are_routes_that_exist() -> None:
    from codemie.kernel.health import router

    api = one("single", "Deployment", "codemie-api")["spec"]["template"]["spec"]["containers"][0]
    asked = {api[probe]["httpGet"]["path"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")}

    assert asked <= {getattr(route, "path", None) for route in router.routes}


@every_set
def test_every_variable_the_chart_sets_is_one_somebody_reads(name: str, settings: list[Provenance]) -> None:
    known = {row.env for row in settings} | OTHERS
    set_here = {entry["name"] for _, container in containers(name) for entry in container.get("env", [])}

    assert set_here - known == set()


@every_set
def test_secrets_come_from_secrets(name: str, settings: list[Provenance]) -> None:
    secret = {row.env for row in settings if row.secret}
    for called, container in containers(name):
        plain = {entry["name"] for entry in container.get("env", []) if "value" in entry}
        assert plain & secret == set(), called


@every_set
def test_the_plain_variables_of_a_set_are_values_the_platform_takes(name: str) -> None:
    for workload in ("codemie-api", "codemie-worker"):
        container = one(name, "Deployment", workload)["spec"]["template"]["spec"]["containers"][0]
        load_settings({entry["name"]: entry["value"] for entry in container["env"] if "value" in entry})


@every_set
def test_the_schema_and_the_first_administrator_are_made_before_the_platform_starts(name: str) -> None:
    jobs = [manifest for manifest in rendered(name) if manifest["metadata"]["name"] == "codemie-migrate"]
    first = [container["args"] for called, container in containers(name) if called.endswith("/migrate")]

    assert set(map(tuple, first)) == {("migrate",)}
    for manifest in jobs:
        assert manifest["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    # A database in the cluster does not run yet when hooks do.
    assert bool(jobs) is (name != "single")
    order = {manifest["kind"]: int(manifest["metadata"]["annotations"]["helm.sh/hook-weight"]) for manifest in jobs}
    assert not jobs or order["NetworkPolicy"] < order["Job"] > order["ServiceAccount"]


def test_the_count_of_waiting_work_is_a_query_that_this_schema_answers(postgres_url: str) -> None:
    trigger = one("aws", "ScaledObject", "codemie-worker")["spec"]["triggers"][0]["metadata"]
    engine = create_engine(sync_url(postgres_url))
    with engine.connect() as connection:
        counted = connection.execute(text(trigger["query"])).scalar_one()
    engine.dispose()

    assert counted >= 0


@every_set
def test_autoscaling_and_a_fixed_number_of_replicas_do_not_fight(name: str) -> None:
    scaled = {
        manifest["spec"]["scaleTargetRef"]["name"]
        for manifest in rendered(name)
        if manifest["kind"] in {"HorizontalPodAutoscaler", "ScaledObject"}
    }
    fixed = {
        manifest["metadata"]["name"]
        for manifest in rendered(name)
        if manifest["kind"] == "Deployment" and "replicas" in manifest["spec"]
    }

    assert scaled | fixed == {"codemie-api", "codemie-worker"} | ({"codemie-toolbox"} & fixed)
    assert scaled & fixed == set()


def pod(component: str) -> Place:
    return Place("10.40.7.7", "codemie", {**CODEMIE, "app.kubernetes.io/component": component})


def flows(name: str) -> dict[str, tuple[Place, Place, int, bool]]:
    """What is asked of the policies of a set: who, whom, port, and whether it must come about."""
    own_database, foreign = pod("postgresql"), Place("10.40.9.9", "elsewhere", {"app": "other"})
    database = {
        "single": own_database,
        "aws": Place("10.0.200.5"),
        "aws-controller": Place("10.40.200.5"),
        "azure": Place("10.60.1.5"),
        "gcp": Place("10.80.1.5"),
        "air-gapped": Place("192.168.10.5"),
    }[name]
    outside = Place("192.168.44.4") if name == "air-gapped" else Place("198.51.100.9")
    dns, api, worker, nats = Place("10.0.0.10", "kube-system"), pod("api"), pod("worker"), pod("nats")
    balancers = {"aws": Place("10.0.1.1"), "aws-controller": Place("10.40.1.1")}
    fronts = {"azure": Place("10.60.9.9", "app-routing-system"), "gcp": Place("35.191.0.5")}
    ingress = {**balancers, **fronts}.get(name, Place("10.0.0.20", "ingress-nginx"))
    # A database in the cluster is migrated by the pods of the platform.
    users = [api, worker] if name == "single" else [api, worker, pod("migrate")]
    if name in {"single", "aws"}:
        users.append(pod("toolbox"))
    asked: list[tuple[Place, Place, int, bool]] = [
        *((who, database, 5432, True) for who in users),
        *((who, nats, 4222, True) for who in (api, worker)),
        *((who, outside, 443, True) for who in (api, worker)),
        *((who, dns, 53, True) for who in (*users, nats)),
        (nats, nats, 6222, True),
        (ingress, api, 8080, True),
        # Nothing else.
        *((foreign, nats, port, False) for port in (4222, 6222, 8222)),
        # An ALB calls from any address of its network.
        (foreign, api, 8080, name == "aws-controller"),
        *([(foreign, own_database, 5432, False)] if name == "single" else []),
        (nats, database, 5432, False),
        (nats, outside, 443, False),
        (pod("migrate"), outside, 443, False),
        (pod("toolbox"), nats, 4222, True),
        (pod("toolbox"), outside, 443, True),
        (ingress, pod("toolbox"), 8080, False),
        (pod("migrate"), nats, 4222, False),
        (api, worker, 8080, False),
        (api, foreign, 8080, False),
        (api, nats, 8222, False),
        (api, Place("169.254.169.254"), 80, name == "gcp"),
        (worker, Place("100.64.1.1"), 443, False),
        (ingress, worker, 8080, False),
        (Place("203.0.113.9"), nats, 4222, name == "aws"),
        (Place("203.0.113.9"), api, 4222, name in {"azure", "gcp", "aws-controller"}),
        (Place("198.51.100.7"), nats, 4222, False),
        (Place("198.51.100.7"), api, 4222, name in {"azure", "gcp"}),
        (balancers.get(name, foreign), nats, 4222, name == "aws"),
    ]
    return {f"{who} → {whom} {port}": (who, whom, port, must) for who, whom, port, must in asked}


@every_set
def test_under_default_deny_all_that_must_be_reached_is_and_nothing_else(name: str) -> None:
    policies = [manifest for manifest in rendered(name) if manifest["kind"] == "NetworkPolicy"]
    nothing = {"metadata": {"name": "default-deny"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}}

    wrong = [
        called
        for called, (who, whom, port, must) in flows(name).items()
        if allowed([nothing, *policies], who, whom, port, "UDP" if port == 53 else "TCP") is not must
    ]

    assert wrong == []


def test_keda_reaches_the_database_in_the_cluster_where_it_counts_the_work_there() -> None:
    def reached(mode: str) -> bool:
        chosen = ("-f", CHART / "ci" / "single-values.yaml", "--set", f"worker.autoscaling.mode={mode}")
        found = manifests(helm("template", "codemie", CHART, "-n", "codemie", *chosen))
        policies = [manifest for manifest in found if manifest["kind"] == "NetworkPolicy"]
        return allowed(policies, Place("10.40.3.3", "keda", {"app": "keda-operator"}), pod("postgresql"), 5432)

    assert reached("queue")
    assert not reached("cpu")


def test_on_gke_the_load_balancer_has_the_reserved_address_and_lets_in_whom_the_policy_names() -> None:
    ingress = one("gcp", "Ingress", "codemie")
    settings = one("gcp", "BackendConfig", "codemie")["spec"]
    service = one("gcp", "Service", "codemie")["metadata"]["annotations"]
    agents = one("gcp", "Service", "codemie-agents")["metadata"]["annotations"]

    assert ingress["metadata"]["annotations"]["kubernetes.io/ingress.global-static-ip-name"] == "codemie-web"
    assert "ingressClassName" not in ingress["spec"]
    assert json.loads(service["cloud.google.com/backend-config"]) == {"default": "codemie"}
    assert settings["securityPolicy"] == {"name": "codemie-web"}
    assert settings["healthCheck"]["requestPath"] == "/health/ready"
    assert agents["networking.gke.io/load-balancer-ip-addresses"] == "codemie-nats"


def test_agents_reach_the_port_that_the_load_balancer_leads_to() -> None:
    for name, component in {"aws": "nats", "aws-controller": "api", "azure": "api", "gcp": "api"}.items():
        service = one(name, "Service", "codemie-agents")["spec"]
        assert service["selector"]["app.kubernetes.io/component"] == component
        ports = [
            port["name"]
            for called, container in containers(name)
            if called.endswith(f"/{component}")
            for port in container["ports"]
        ]
        assert service["ports"][0]["targetPort"] in ports


def test_the_ports_of_nodes_and_the_service_accounts_are_those_that_terraform_knows() -> None:
    platform = ROOT / "deploy" / "terraform" / "aws" / "platform"
    network, cluster = ((platform / f"variables_{name}.tf").read_text() for name in ("network", "cluster"))
    services = [manifest["spec"] for manifest in rendered("aws") if manifest["kind"] == "Service"]
    ports = {port["name"]: port["nodePort"] for one in services for port in one["ports"] if "nodePort" in port}
    accounts = {m["metadata"]["name"] for m in rendered("aws") if m["kind"] == "ServiceAccount"}

    assert f"{{ web = {ports['http']}, nats = {ports['agents']} }}" in network
    assert {"codemie-api", "codemie-worker"} <= accounts
    assert 'api = "codemie-api", worker = "codemie-worker"' in cluster


def test_the_sets_cover_every_cloud() -> None:
    assert {"aws", "aws-controller", "azure", "gcp", "single", "air-gapped"} == set(SETS)
    assert all((Path(CHART) / "ci" / f"{name}-values.yaml").is_file() for name in SETS)
