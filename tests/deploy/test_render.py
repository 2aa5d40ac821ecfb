"""`codemiectl deploy`: one file, rendered for Helm, Compose and Terraform."""

import json
import re
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from typer.testing import CliRunner

from codemie import __version__
from codemie.cli.commands import app
from codemie.settings import load_settings
from tests.deploy.chart import CHART, ROOT, helm, manifests
from tests.deploy.terraform.workbench import environment, program, rules_without_cloud

Render = Callable[..., Path]
BASE = "version: 1\ndomain: ai.company.test\n"
CERTIFICATES = (
    "ingress.tls.certificateArn=arn:aws:acm:eu-central-1:999988887777:certificate/1",
    "plugins.loadBalancer.tls.certificateArn=arn:aws:acm:eu-central-1:999988887777:certificate/1",
)
AWS = """cloud: aws
aws:
  account_id: "999988887777"
  allowed_cidrs: [203.0.113.0/24]
  admin_principal_arns: ["arn:aws:iam::999988887777:role/admins"]
"""
AZURE = """cloud: azure
azure:
  subscription_id: 0a1b2c3d-1111-2222-3333-444444444444
  allowed_cidrs: [203.0.113.0/24]
  api_allowed_cidrs: [203.0.113.7/32]
  admin_group_object_ids: [0a1b2c3d-1111-2222-3333-555555555555]
  client_ids: {api: 0a1b2c3d-1111-2222-3333-666666666666, worker: 0a1b2c3d-1111-2222-3333-777777777777}
"""
GCP = """cloud: gcp
gcp:
  project_id: our-project
  zone_name: ai-company-test
  allowed_cidrs: [203.0.113.0/24]
  api_allowed_cidrs: [203.0.113.7/32]
"""
AGENTS = "agents: {load_balancer: true}\n"
STACKS = ROOT / "deploy" / "terraform"
KEYCLOAK = "tls: {email: ops@company.test}\nsign_in: {provider: keycloak, oauth2_proxy: true}\n"


def run(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["deploy", *map(str, arguments)])
    return done.exit_code, done.output


@pytest.fixture
def render(tmp_path: Path) -> Render:
    def rendering(target: str, text: str = "") -> Path:
        (tmp_path / "codemie.yaml").write_text(BASE + text)
        code, said = run("render", "--file", tmp_path / "codemie.yaml", "--target", target, "--out", tmp_path / "out")
        assert code == 0, said
        return tmp_path / "out"

    return rendering


def refusal(tmp_path: Path, text: str, target: str = "helm-values") -> str:
    (tmp_path / "codemie.yaml").write_text(text)
    code, said = run("render", "--file", tmp_path / "codemie.yaml", "--target", target, "--out", tmp_path / "out")
    assert code == 3, said
    return said


def values(folder: Path) -> dict[str, Any]:
    return yaml.safe_load((folder / "values.yaml").read_text())


def test_the_sample_renders_for_a_cluster_and_for_one_host(tmp_path: Path) -> None:
    sample = tmp_path / "codemie.yaml"

    assert run("init", "--file", sample)[0] == 0
    assert run("init", "--file", sample)[0] == 1
    sample.write_text(sample.read_text().replace("ai.example.com", "ai.company.test"))
    following = {"helm-values": "codemiectl preflight --cluster --values", "compose": "docker compose --project-dir"}
    for target, step in following.items():
        code, said = run("render", "--file", sample, "--target", target, "--out", tmp_path / target)
        assert (code, step in said) == (0, True), said


def test_an_image_that_nobody_publishes_is_warned_of_where_a_cluster_would_pull_it(tmp_path: Path) -> None:
    file = tmp_path / "codemie.yaml"
    said = {}
    for name, text, target in (
        ("silent", BASE, "helm-values"),
        ("ours", BASE + "image: {registry: registry.company.test}\n", "helm-values"),
        ("mirrored", BASE + "mirror: registry.company.test/mirror\n", "helm-values"),
        ("built on the host", BASE, "compose"),
    ):
        file.write_text(text)
        code, shown = run("render", "--file", file, "--target", target, "--out", tmp_path / name)
        assert code == 0, shown
        said[name] = "nobody publishes docker.io/codemie/codemie" in shown

    assert said == {"silent": True, "ours": False, "mirrored": False, "built on the host": False}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "database: {trial: true}\nprofile: dev\n",
        AWS + "settings: {conversations: {retention_days: 90}, integrations: {egress_allow: [git.company.test]}}\n",
        "cloud: gcp\nagents: {load_balancer: true}\nmirror: registry.test/mirror\n" + KEYCLOAK,
        AZURE + AGENTS + KEYCLOAK,
        GCP + AGENTS,
        "sign_in: {provider: oidc, issuer: https://login.company.test, label: Company}\n",
    ],
)
def test_the_values_are_those_of_the_chart(render: Render, text: str) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())

    assert [error.message for error in Draft7Validator(schema).iter_errors(values(render("helm-values", text)))] == []


@pytest.mark.parametrize(
    "text",
    [
        "database: {trial: true}\n",
        AWS + "settings: {kernel: {log_level: DEBUG}}\n",
        AZURE + AGENTS + KEYCLOAK,
        GCP + AGENTS,
    ],
)
def test_helm_takes_the_values(render: Render, text: str) -> None:
    folder = render("helm-values", text)

    found = manifests(helm("template", "codemie", CHART, "-f", folder / "values.yaml"))

    assert {"Deployment", "StatefulSet", "Service"} <= {one["kind"] for one in found}


def test_settings_become_the_variables_that_the_platform_reads(render: Render) -> None:
    rooms = "conversations: {retention_days: 90}, integrations: {egress_allow: [git.company.test, 10.1.2.3]}"
    given = values(render("helm-values", f"settings: {{{rooms}}}\n"))["settings"]

    settings = load_settings({name: str(value) for name, value in given.items()})[0]

    assert settings.conversations.retention_days == 90
    assert len(settings.integrations.egress_allow) == 2


@pytest.mark.parametrize(("cloud", "text"), [("aws", AWS), ("azure", AZURE), ("gcp", GCP)])
def test_terraform_takes_the_variables(render: Render, tmp_path: Path, cloud: str, text: str) -> None:
    """Each is one of the stack, none that it asks for is missing, and each keeps the stack's rules."""
    rendered = render("tfvars", text) / "terraform.tfvars.json"
    stack = rules_without_cloud(STACKS / cloud / "platform", tmp_path / "rules")
    (stack / "rules.tftest.hcl").unlink()
    password = {"TF_VAR_database_password": "a" * 30}
    known = set(
        re.findall(r'^variable "(\w+)"', "".join(path.read_text() for path in stack.glob("*.tf")), re.MULTILINE)
    )

    for arguments in (["init", "-input=false"], ["plan", "-input=false", f"-var-file={rendered}"]):
        ran = subprocess.run(
            [program(), *arguments],
            cwd=stack,
            env={**environment(tmp_path, None), **password},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr

    assert set(json.loads(rendered.read_text())) <= known
    assert json.loads(rendered.read_text())["allowed_cidrs"] == ["203.0.113.0/24"]


def accounts(folder: Path) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """Workload => annotations of its service account, and labels of its pods."""
    found = manifests(helm("template", "codemie", CHART, "-f", folder / "values.yaml"))
    named = {(one["kind"], one["metadata"]["name"]): one for one in found}
    return {
        workload: (
            named["ServiceAccount", f"codemie-{workload}"]["metadata"].get("annotations", {}),
            named["Deployment", f"codemie-{workload}"]["spec"]["template"]["metadata"]["labels"],
        )
        for workload in ("api", "worker")
    }


def test_on_aws_load_balancers_of_a_controller_write_into_the_bucket_of_the_stack(render: Render) -> None:
    folder = render("helm-values", AWS + "name: talk\n")
    by_controller = ("ingress.enabled=true", "nodePorts.enabled=false", "ingress.controller=alb", *CERTIFICATES)
    given = [part for setting in by_controller for part in ("--set", setting)]
    found = manifests(helm("template", "codemie", CHART, "-f", folder / "values.yaml", *given))
    named = {(one["kind"], one["metadata"]["name"]): one["metadata"].get("annotations", {}) for one in found}
    stack = (STACKS / "aws" / "modules" / "logs" / "main.tf").read_text()

    ingress = named["Ingress", "codemie"]["alb.ingress.kubernetes.io/load-balancer-attributes"]
    agents = named["Service", "codemie-agents"]["service.beta.kubernetes.io/aws-load-balancer-attributes"]
    log = "access_logs.s3.enabled=true,access_logs.s3.bucket=talk-logs-999988887777,access_logs.s3.prefix"
    assert ingress == f"idle_timeout.timeout_seconds=3600,{log}=web"
    assert agents == f"load_balancing.cross_zone.enabled=true,{log}=nats"
    assert '"${var.name}-logs-${local.account}"' in stack
    turned_off = AWS.replace("aws:\n", "aws:\n  variables: {access_logs: false}\n") + "profile: dev\n"
    assert values(render("helm-values", turned_off))["aws"] == {"logBucket": ""}


def test_on_azure_pods_have_the_identities_that_the_stack_makes(render: Render) -> None:
    found = accounts(render("helm-values", AZURE))
    stack = (STACKS / "azure" / "modules" / "identity" / "main.tf").read_text()

    assert found["api"][0] == {"azure.workload.identity/client-id": "0a1b2c3d-1111-2222-3333-666666666666"}
    assert found["worker"][0] == {"azure.workload.identity/client-id": "0a1b2c3d-1111-2222-3333-777777777777"}
    assert {labels["azure.workload.identity/use"] for _, labels in found.values()} == {"true"}
    assert "system:serviceaccount:${var.namespace}:${each.value}" in stack


def test_on_google_cloud_pods_have_the_accounts_that_the_stack_makes(render: Render) -> None:
    found = accounts(render("helm-values", GCP + "name: talk\n"))
    stack = (STACKS / "gcp" / "modules" / "identity" / "main.tf").read_text()

    assert found["api"][0] == {"iam.gke.io/gcp-service-account": "talk-api@our-project.iam.gserviceaccount.com"}
    assert 'account_id   = "${var.name}-${each.key}"' in stack


@pytest.mark.parametrize(("cloud", "text"), [("azure", AZURE), ("gcp", GCP)])
def test_agents_come_to_the_address_that_the_stack_reserves(render: Render, cloud: str, text: str) -> None:
    port = values(render("helm-values", text + AGENTS))["plugins"]["loadBalancer"]
    name = {"azure": "service.beta.kubernetes.io/azure-pip-name", "gcp": "networking.gke.io/load-balancer-ip-addresses"}
    reserved = (STACKS / cloud / "modules" / "dns" / "main.tf").read_text()

    assert port["annotations"][name[cloud]] == "codemie-nats"
    assert port["sourceRanges"] == ["203.0.113.0/24"]
    assert '"${var.name}-${each.key}"' in reserved or '"${var.name}-nats"' in reserved


def test_a_job_makes_the_realm_where_keycloak_is_the_provider(render: Render) -> None:
    folder = render("helm-values", KEYCLOAK)
    found = manifests(helm("template", "codemie", CHART, "-f", folder / "values.yaml"))
    job = next(one for one in found if one["metadata"]["name"] == "codemie-realm")
    variables = {one["name"]: one for one in job["spec"]["template"]["spec"]["containers"][0]["env"]}

    assert variables["KEYCLOAK_URL"]["value"] == "https://keycloak.ai.company.test"
    assert variables["KEYCLOAK_ADMIN_PASSWORD"]["valueFrom"]["secretKeyRef"]["name"] == "codemie-realm"
    assert "keycloakRealm" not in values(render("helm-values"))


@pytest.mark.parametrize("text", ["", KEYCLOAK, "tls: {email: ops@company.test}\nsign_in: {provider: keycloak}\n"])
def test_compose_finds_every_file_and_variable_it_asks_for(render: Render, text: str) -> None:
    folder = render("compose", text)
    compose = yaml.safe_load((folder / "compose.yaml").read_text())
    asked = set(re.findall(r"\$\{(\w+):\?", (folder / "compose.yaml").read_text()))

    assert [one["file"] for one in compose["secrets"].values() if not (folder / one["file"]).is_file()] == []
    assert asked <= set(re.findall(r"^(\w+)=", (folder / ".env").read_text(), re.MULTILINE))
    assert (folder / "sites" / "keycloak.caddy").exists() is bool(text)


def test_on_one_host_every_image_comes_from_the_mirror(render: Render) -> None:
    folder = render("compose", "mirror: registry.company.test/mirror\n" + KEYCLOAK)
    given = dict(re.findall(r'^(\w+)="(.*)"$', (folder / ".env").read_text(), re.MULTILINE))
    named = set(re.findall(r"^\s+image: \$\{(\w+):", (folder / "compose.yaml").read_text(), re.MULTILINE))

    assert "CODEMIE_IMAGE" in named
    assert {name for name in named if not given.get(name, "").startswith("registry.company.test/mirror/")} == set()
    assert re.fullmatch(r"registry.company.test/mirror/library/nats:[\d.]+-alpine", given["NATS_IMAGE"])
    assert given["CODEMIE_IMAGE"] == f"registry.company.test/mirror/codemie/codemie:{__version__}"


@pytest.mark.parametrize("text", ["", KEYCLOAK, "tls: {email: ops@company.test}\nsign_in: {provider: keycloak}\n"])
def test_the_platform_takes_the_settings_file_of_one_host(render: Render, text: str) -> None:
    folder = render("compose", text)

    settings = load_settings({"CODEMIE_CONFIG": str(folder / "secrets" / "platform.yaml")})[0]

    assert settings.kernel.frontend_url == "https://codemie.ai.company.test"
    assert settings.identity.mode == ("oidc" if text else "local")
    assert settings.identity.master_key
    assert settings.plugins.broker_secret


def test_secrets_are_made_once_kept_and_shut_away(render: Render) -> None:
    before = (render("compose") / "secrets" / "generated.json").read_text()
    own = "identity: {smtp_host: mail.test, smtp_password: theirs}\n"
    (render("compose") / "secrets" / "own.yaml").write_text(own)
    folder = render("compose", "settings: {kernel: {log_level: DEBUG}}\n")
    platform = (folder / "secrets" / "platform.yaml").read_text()

    assert (folder / "secrets" / "generated.json").read_text() == before
    assert stat.S_IMODE((folder / "secrets").stat().st_mode) == 0o700
    assert yaml.safe_load(platform)["identity"]["smtp_password"] == "theirs"
    assert yaml.safe_load(platform)["kernel"]["log_level"] == "DEBUG"
    outside = "".join(path.read_text() for path in folder.iterdir() if path.is_file())
    assert [name for name, value in json.loads(before).items() if value in outside] == []
    assert len(set(json.loads(before).values())) == len(json.loads(before))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 1\n", "domain: Field required"),
        (BASE + "cloud: azzure\n", "codemie.yaml:3:1: cloud"),
        (BASE + "size:\n  apis: 3\n", "codemie.yaml:4:3: size.apis: is not known here; did you mean api?"),
        (BASE + "domian: x.test\n", "codemie.yaml:3:1: domian: is not known here; did you mean domain?"),
        (BASE + "mirror: x.test\nzzz: 1\n", "codemie.yaml:4:1: zzz: is not known here; known: "),
        (BASE + "aws: {account_id: 1}\n", "aws.account_id"),
        (BASE + "database: {trial: true, secret: mine}\n", "leave out secret, or trial"),
        (BASE + "sign_in: {provider: oidc}\n", "needs issuer"),
        (BASE + "sign_in: {provider: keycloak, issuer: https://x.test/realms/mine}\n", "the realm we ship"),
        (
            BASE + AWS + "sign_in: {provider: oidc, issuer: https://x.test, oauth2_proxy: true}\n",
            "nobody could sign in",
        ),
        (BASE + GCP + KEYCLOAK, "nobody could sign in"),
        (BASE + AWS + "sign_in: {provider: keycloak}\n", "keycloak.ai.company.test: give sign_in.issuer"),
        (BASE + AZURE + "agents: {load_balancer: true, networks: [198.51.100.0/24]}\n", "azure.allowed_cidrs"),
        (BASE + "image: {tag: latest}\n", "name a version"),
        (BASE + "database: {networks: [10.0.0.1/8]}\n", "must be a network"),
        (BASE + "settings: {conversation: {retention_days: 1}}\n", "conversations"),
        (BASE + "settings: {conversations: {retention_day: 1}}\n", "retention_days"),
        (BASE + "settings: {identity: {smtp_password: x}}\n", "is a secret, and this file holds none"),
        ("- a list\n", "must hold a mapping"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    refused = refusal(tmp_path, text)
    assert said in refused
    assert "Value error" not in refused
    assert "Extra inputs" not in refused


def test_what_a_target_cannot_make_is_refused(tmp_path: Path) -> None:
    assert "aws, azure, gcp" in refusal(tmp_path, BASE, "tfvars")
    for cloud, asked in {"aws": "account_id", "azure": "subscription_id", "gcp": "project_id, zone_name"}.items():
        assert asked in refusal(tmp_path, f"{BASE}cloud: {cloud}\n", "tfvars")
    elsewhere = KEYCLOAK.replace("keycloak,", "keycloak, issuer: https://x.test/realms/codemie-prod,")
    assert "Leave out sign_in.issuer" in refusal(tmp_path, BASE + elsewhere, "compose")
    assert "needs a certificate" in refusal(tmp_path, BASE + "sign_in: {provider: keycloak}\n", "compose")
    assert "no load balancer for agents" in refusal(tmp_path, BASE + "agents: {load_balancer: true}\n", "compose")
    assert "cannot be read" in refusal(tmp_path, BASE + "tls: {certificate: a.pem, key: b.pem}\n", "compose")


def test_what_is_left_of_the_sample_is_not_taken_for_an_installation(tmp_path: Path) -> None:
    file, out = tmp_path / "codemie.yaml", tmp_path / "out"
    assert run("init", "--file", file)[0] == 0

    refused, said = run("render", "--file", file, "--target", "compose", "--out", out)
    file.write_text(file.read_text().replace("domain: ai.example.com", "domain: ai.company.test") + AWS)
    file.write_text(file.read_text().replace("cloud: none\n", ""))
    rendered, warned = run("render", "--file", file, "--target", "tfvars", "--out", out)

    assert (refused, "The domain is that of an example" in said) == (3, True), said
    assert not (out / "compose.yaml").exists()
    assert rendered == 0, warned
    assert "aws.account_id: 999988887777 is the number of an example" in warned
    assert "aws.allowed_cidrs: 203.0.113.0/24 is a network of examples" in warned
    assert "domain" not in warned.partition("Wrote")[0]
