"""`codemiectl preflight`: look before something is installed or changed."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from codemie.cli.check_commands import EXIT_CODES
from codemie.cli.check_options import (
    Asked,
    FailOn,
    FailOnOption,
    JsonOption,
    JunitOption,
    NetworkOption,
    OnlyOption,
    ParallelOption,
    Profile,
    SkipOption,
    TfvarsOption,
    TimeoutOption,
)
from codemie.cli.cluster_doctor import ContextOption, KubeconfigOption
from codemie.cli.nats_commands import CheckingCommand
from codemie.cli.net_options import ResolverOption


class Cloud(StrEnum):
    """Whose account it is."""

    AWS = "aws"
    AZURE = "azure"
    GCP = "gcp"
    NONE = "none"


CloudOption = Annotated[
    Cloud | None, typer.Option("--cloud", help="Whose account to look at; without it only files are.")
]
StackOption = Annotated[
    Path | None, typer.Option("--stack", help="Folder of the stack, where it is not ours.", metavar="FOLDER")
]
ProfileOption = Annotated[
    Profile | None, typer.Option("--profile", help="What it is to be. Default: as the values say.")
]
PlanOption = Annotated[
    Path | None, typer.Option("--plan", help="A plan, as terraform show -json tells it.", metavar="FILE")
]
DescriptionOption = Annotated[
    Path | None, typer.Option("--file", help="What the installation is to be: codemie.yaml.", metavar="FILE")
]
DomainOption = Annotated[
    str | None, typer.Option("--domain", help="The name that people will type. Default: the file's.", metavar="NAME")
]
ModelsOption = Annotated[
    Path | None, typer.Option("--models", help="The model file; llm verify also asks the models.", metavar="FILE")
]
ClusterOption = Annotated[
    bool, typer.Option("--cluster", help="Look whether the cluster of the kubeconfig takes the chart; needs Helm.")
]
ValuesOption = Annotated[
    list[Path] | None, typer.Option("--values", help="Values of yours for the chart; they win.", metavar="FILE")
]
NamespaceOption = Annotated[
    str | None, typer.Option("--namespace", "-n", help="Where the chart is to go. Default: the file's, else codemie.")
]
RealmOption = Annotated[
    Path | None, typer.Option("--realm", help="The realm file with the provider behind Keycloak.", metavar="FILE")
]
PhaseOption = Annotated[
    str | None, typer.Option("--phase", help="Only these groups of checks, with commas between.", metavar="NAMES")
]
TryBucketOption = Annotated[
    bool, typer.Option("--allow-write", help="Try the bucket of states with a file that is deleted again.")
]


def preflight(  # noqa: PLR0913, PLR0917 - one argument an option
    file: DescriptionOption = None,
    cloud: CloudOption = None,
    tfvars: TfvarsOption = None,
    stack: StackOption = None,
    plan: PlanOption = None,
    domain: DomainOption = None,
    resolver: ResolverOption = None,
    models: ModelsOption = None,
    realm: RealmOption = None,
    cluster: ClusterOption = False,
    values: ValuesOption = None,
    namespace: NamespaceOption = None,
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    phase: PhaseOption = None,
    profile: ProfileOption = None,
    network: NetworkOption = True,
    allow_write: TryBucketOption = False,
    only: OnlyOption = None,
    skip: SkipOption = None,
    timeout: TimeoutOption = 10,
    parallel: ParallelOption = 8,
    as_json: JsonOption = False,
    junit: JunitOption = None,
    fail_on: FailOnOption = FailOn.FAIL,
) -> None:
    """Look before something is installed or changed, and say what would go wrong.

    Without --allow-write it changes nothing. Values for Terraform are judged by the rules of the stack itself, without
    Terraform; a plan by what it would lose, open and leave unprotected. With --cloud the account is asked, too:
    sign-in, rights, limits; with --cluster the cluster of the kubeconfig, whether it takes the chart.
    """
    from codemie.cli import exits
    from codemie.cli.cluster_doctor import Cluster
    from codemie.cli.preflight import Preflight
    from codemie.cli.target_cluster import Target

    chosen = (*(only or ()), *(name.strip() for name in (phase or "").split(",") if name.strip()))
    asked = Asked(chosen, tuple(skip or ()), timeout, parallel, as_json, junit, fail_on)
    way = Cluster((namespace,) if namespace else (), context, kubeconfig) if cluster else None
    examine = Preflight(
        cloud,
        tuple(tfvars or ()),
        stack,
        plan,
        profile,
        network,
        file,
        domain,
        resolver,
        models,
        allow_write,
        Target(way, tuple(values or ()), namespace),
        realm,
    ).examine
    with exits.one_line_errors(checking=True):
        raise typer.Exit(int(asked.run(examine, "Looking at what is to be")))


def add_to(app: typer.Typer) -> None:
    """Offer the command."""
    app.command(epilog=EXIT_CODES, cls=CheckingCommand)(preflight)
