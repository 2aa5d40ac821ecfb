"""The commands that examine an installation: `doctor` and `explain` change nothing, `smoke` leaves nothing behind."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codemie.cli.amounts import TIMES, amount
from codemie.cli.check_options import (
    Asked,
    FailOn,
    FailOnOption,
    JsonOption,
    JunitOption,
    NetworkOption,
    OnlyOption,
    ParallelOption,
    ProfileOption,
    SkipOption,
    TfvarsOption,
    TimeoutOption,
)
from codemie.cli.cloud_doctor import Cloud, CloudOption, FromOption, Where, networks
from codemie.cli.cluster_doctor import (
    Cluster,
    ClusterOption,
    ContextOption,
    KubeconfigOption,
    NamespaceOption,
    PodOption,
    look_at,
)
from codemie.cli.idle_options import refuse_idle
from codemie.cli.nats_commands import CheckingCommand
from codemie.cli.net_options import CaOption, ResolverOption, TargetOption
from codemie.cli.options import HomeOption

if TYPE_CHECKING:
    from codemie.cli import net

EXIT_CODES = (
    "Exit codes: 0 nothing failed, 1 something is to be looked at and --fail-on warn was given, 2 a check failed, "
    "3 it could not be run (wrong usage, unreadable file, nothing to look at, nothing seen), 4 a check itself broke, "
    "130 interrupted, 141 nobody reads the output."
)

ProcessOption = Annotated[
    bool, typer.Option("--process", help="Look from inside of the platform, on this machine. The default.")
]
RemoteOption = Annotated[
    str | None,
    typer.Option("--remote", help="Let a platform elsewhere look at itself; needs CODEMIE_TOKEN.", metavar="URL"),
]
UrlOption = Annotated[
    str | None, typer.Option("--url", envvar="CODEMIE_URL", help="Where the API answers. Default: on this machine.")
]
IntegrationsOption = Annotated[bool, typer.Option("--integrations", help="Try every stored credential at its system.")]
TokenOption = Annotated[
    str | None,
    typer.Option("--token", help="A token of the identity provider to look at: a file, or - for standard input."),
]
DomainOption = Annotated[
    str | None, typer.Option("--domain", help="Look at the name that people type, from outside.", metavar="NAME")
]


def _refuse_several(*places: object) -> None:
    if sum(map(bool, places)) > 1:
        raise typer.BadParameter(
            "choose one of --process, --remote, --cluster, or --cloud and --domain, which may go together"
        )


SinceOption = Annotated[
    str, typer.Option("--since", help="With --cluster: how long ago what happened still counts: 30m, 24h, 7d.")
]

_INSIDE, _KUBERNETES, _CHECKED = ("process",), ("cluster", "pod"), ("process", "cluster", "cloud", "domain")
_COUNTS = {
    **dict.fromkeys(("url", "integrations", "token", "network", "profile"), _INSIDE),
    **dict.fromkeys(("namespace", "context", "kubeconfig", "since"), _KUBERNETES),
    **dict.fromkeys(("target", "ca"), ("domain",)),
    "resolver": ("domain", "cloud"),
    "parallel": _CHECKED,
    **dict.fromkeys(("timeout", "only", "skip", "as_json", "junit", "fail_on"), (*_CHECKED, "remote")),
    **dict.fromkeys(("tfvars", "visitors"), ("cloud",)),
}
"""Parameter of `doctor` → with which of its ways it means something."""


def _place(domain: str | None, ca: Path | None, resolver: str | None, target: list[str] | None) -> "net.Asked | None":
    if not domain:
        return None
    from codemie.cli import net

    return net.Asked("domain", domain, None, ca, resolver, tuple(target or ()))


def _ways(**asked: object) -> list[str]:
    return [way for way, is_asked in asked.items() if is_asked] or ["process"]


def doctor(  # noqa: PLR0913, PLR0917 - one argument an option
    ctx: typer.Context,
    process: ProcessOption = False,
    remote: RemoteOption = None,
    cluster: ClusterOption = False,
    namespace: NamespaceOption = None,
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    pod: PodOption = None,
    since: SinceOption = "1h",
    cloud: CloudOption = None,
    tfvars: TfvarsOption = None,
    visitors: FromOption = None,
    home: HomeOption = None,
    url: UrlOption = None,
    integrations: IntegrationsOption = False,
    token: TokenOption = None,
    domain: DomainOption = None,
    target: TargetOption = None,
    resolver: ResolverOption = None,
    ca: CaOption = None,
    network: NetworkOption = True,
    profile: ProfileOption = None,
    only: OnlyOption = None,
    skip: SkipOption = None,
    timeout: TimeoutOption = 10,
    parallel: ParallelOption = 8,
    as_json: JsonOption = False,
    junit: JunitOption = None,
    fail_on: FailOnOption = FailOn.FAIL,
) -> None:
    """Look at a running installation, and say what is wrong, why, and what to do.

    It changes nothing. One cause is reported once: what cannot work because of it is left out and names it.
    """
    _refuse_several(process, remote, cluster or pod, cloud or domain)
    refuse_idle(ctx, _ways(remote=remote, pod=pod, cluster=cluster and not pod, cloud=cloud, domain=domain), _COUNTS)
    window = dt.timedelta(seconds=amount(since, TIMES, "--since"))
    from codemie.cli import exits, options

    options.apply(home=home)
    asked = Asked(tuple(only or ()), tuple(skip or ()), timeout, parallel, as_json, junit, fail_on)
    if cluster or pod:
        raise typer.Exit(look_at(Cluster(tuple(namespace or ()), context, kubeconfig, window), pod, asked))
    place = _place(domain, ca, resolver, target)
    if cloud:
        examine = Cloud(cloud, tuple(tfvars or ()), resolver, networks(visitors), place).examine
    elif place:
        examine = place.examine
    else:
        # What looks from inside knows the whole platform: loaded for a look from outside, too, it would take a second.
        from codemie.cli import doctor as carry_out
        from codemie.operations.installation.subject import Profile

        inside = carry_out.Inside(url, Profile(profile) if profile else None, network, integrations, token)
        examine = carry_out.Remote(remote).examine if remote else inside.examine
    where = remote or " and ".join(filter(None, (domain, cloud))) or "the installation"
    with exits.one_line_errors(checking=True):
        raise typer.Exit(int(asked.run(examine, f"Looking at {where}")))


def explain(
    name: Annotated[
        str | None, typer.Argument(help="Id of a check, such as db.schema. Default: list them.", metavar="CHECK")
    ] = None,
    cloud: Annotated[
        Where | None,
        typer.Option("--cloud", help="Whose guide to name. Default: found out, else those of all clouds."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", "--config", help="What the installation is. Default: codemie.yaml, if it is here.", metavar="FILE"
        ),
    ] = None,
) -> None:
    """Say what a check looks at, what one sees where it fails, why it fails, and what to do.

    Which cloud's guide is named follows from codemie.yaml, from Terraform's files here, or from the cluster's nodes.
    """
    from codemie.cli import doctor as carry_out
    from codemie.cli import exits

    with exits.one_line_errors(checking=True):
        carry_out.explain(name, cloud.value if cloud else None, file)


def smoke(  # noqa: PLR0913, PLR0917 - each an option of the command line
    home: HomeOption = None,
    url: UrlOption = None,
    mock_llm: Annotated[
        bool,
        typer.Option("--mock-llm", help="Chat with a mock model or not at all, so that it is sure to cost nothing."),
    ] = False,
    only: OnlyOption = None,
    skip: SkipOption = None,
    timeout: TimeoutOption = 10,
    parallel: ParallelOption = 8,
    as_json: JsonOption = False,
    junit: JunitOption = None,
    fail_on: FailOnOption = FailOn.FAIL,
) -> None:
    """Use the platform for a moment: sign in, chat on the mock model, make and delete an assistant and a data source.

    CODEMIE_TOKEN is a personal token of the person who does so. Names of what is made begin with smoke-; all of it is
    deleted again.
    """
    from codemie.cli import exits, options
    from codemie.cli.smoke import Smoke

    options.apply(home=home)
    asked = Asked(tuple(only or ()), tuple(skip or ()), timeout, parallel, as_json, junit, fail_on)
    with exits.one_line_errors(checking=True):
        raise typer.Exit(int(asked.run(Smoke(url, mock_llm).examine, f"Using {url or 'the platform of this machine'}")))


def add_to(app: typer.Typer) -> None:
    """Offer the commands."""
    app.command(epilog=EXIT_CODES, cls=CheckingCommand)(doctor)
    app.command(epilog=EXIT_CODES, cls=CheckingCommand)(smoke)
    app.command(epilog=EXIT_CODES, cls=CheckingCommand)(explain)
