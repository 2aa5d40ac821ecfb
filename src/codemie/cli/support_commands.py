"""`codemiectl support-bundle`: one archive for whoever is to help."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from codemie.cli.amounts import SIZES, TIMES, amount
from codemie.cli.check_options import NetworkOption
from codemie.cli.cluster_doctor import Cluster, ContextOption, KubeconfigOption, NamespaceOption
from codemie.cli.idle_options import refuse_idle
from codemie.cli.options import HomeOption

_EXIT_CODES = (
    "Exit codes: 0 done, 1 refused (nobody says what is wrong, a file cannot be read or written), 2 wrong usage, "
    "3 wrong configuration, 130 interrupted."
)

IssueOption = Annotated[
    Path | None, typer.Option("--issue-file", help="What is wrong, in words; Markdown.", metavar="FILE")
]
StepsOption = Annotated[Path | None, typer.Option("--steps-file", help="What was tried already.", metavar="FILE")]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="Where to. Default: codemie-support-TIME.tar.gz", metavar="FILE")
]
ClusterOption = Annotated[
    bool, typer.Option("--cluster", help="Add objects and logs of the Kubernetes cluster it runs in.")
]
TerraformOption = Annotated[
    Path | None, typer.Option("--terraform", help="Add what this folder of Terraform tells.", metavar="FOLDER")
]
TerraformLogOption = Annotated[
    Path | None, typer.Option("--terraform-log", help="And the end of what a run printed.", metavar="FILE")
]


_COUNTS = {**dict.fromkeys(("namespace", "context", "kubeconfig"), ("cluster",)), "terraform_log": ("terraform",)}


def support_bundle(  # noqa: PLR0913, PLR0917 - one argument an option
    ctx: typer.Context,
    home: HomeOption = None,
    issue_file: IssueOption = None,
    no_issue: Annotated[bool, typer.Option("--no-issue", help="Leave a form in its place.")] = False,
    steps_file: StepsOption = None,
    since: Annotated[str, typer.Option("--since", help="How far back logs go: 30m, 24h, 7d.")] = "24h",
    max_size: Annotated[str, typer.Option("--max-size", help="Of all files, before they are packed: 50M.")] = "50M",
    out: OutOption = None,
    keep_emails: Annotated[bool, typer.Option("--keep-emails", help="Leave addresses of people as they are.")] = False,
    network: NetworkOption = True,
    cluster: ClusterOption = False,
    namespace: NamespaceOption = None,
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    terraform: TerraformOption = None,
    terraform_log: TerraformLogOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be in it.")] = False,
) -> None:
    """Gather what support needs: what is wrong, all checks, versions, settings, the database's state, and logs.

    Secrets are taken out, people become pseudonyms, and what people wrote to assistants is never gathered. Nothing is
    sent anywhere: look through the archive, and send it yourself.
    """
    for way, is_asked in (("cluster", cluster), ("terraform", terraform)):
        mine = {name: ways for name, ways in _COUNTS.items() if ways == (way,)}
        if not is_asked:
            refuse_idle(ctx, (), mine)
    from codemie.cli import exits, options
    from codemie.cli.support_bundle import Asked, write

    options.apply(home=home)
    window = dt.timedelta(seconds=amount(since, TIMES, "--since"))
    with exits.one_line_errors():
        named = f"codemie-support-{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}.tar.gz"
        write(
            Asked(
                issue=issue_file,
                steps=steps_file,
                since=window,
                most_bytes=amount(max_size, SIZES, "--max-size"),
                out=out or Path(named),
                keep_emails=keep_emails,
                dry_run=dry_run,
                without_issue=no_issue,
                network=network,
                cluster=Cluster(tuple(namespace or ()), context, kubeconfig, window) if cluster else None,
                terraform=terraform,
                terraform_log=terraform_log,
            )
        )
