"""`codemiectl preflight`: what is looked through before something is installed or changed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from codemie.checks.check import Check
from codemie.checks.report import Checked, Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.cli.cluster_doctor import USUAL_NAMESPACE
from codemie.cli.exits import Refused
from codemie.cli.reports import was_not_asked
from codemie.cli.target_cluster import Target
from codemie.kernel.errors import ConfigurationError
from codemie.operations.cloud.aws import Aws
from codemie.operations.cloud.azure.arm import Arm
from codemie.operations.preflight import node_kinds
from codemie.operations.preflight.account import Account
from codemie.operations.preflight.azure import states as azure_states
from codemie.operations.preflight.azure.account import AzureAccount
from codemie.operations.preflight.azure.states import AzureStates
from codemie.operations.preflight.backend import Backend, read_backend
from codemie.operations.preflight.backend_checks import States, states_of
from codemie.operations.preflight.checks import checks_of
from codemie.operations.preflight.description_checks import Described
from codemie.operations.preflight.google import states as google_states
from codemie.operations.preflight.google.project import Project, project_of
from codemie.operations.preflight.google.states import GoogleStates
from codemie.operations.preflight.judgement import Judgement
from codemie.operations.preflight.plan_checks import JudgedPlan, judged
from codemie.operations.preflight.stack import CLOUDS, Stack, read_stack, shipped
from codemie.operations.preflight.upstream_checks import Upstreams
from codemie.operations.preflight.value_checks import Inputs
from codemie.operations.preflight.values import files_of, read_values
from codemie.operations.terraform.plan import read_plan

_WAYS = "--file, --tfvars, --cloud, --stack, --plan, --domain, --models, --cluster, --values and --realm"
_OF_BLOB = ("storage_account_name", "container_name", "key")
_MARKS = {"account_id": "aws", "subscription_id": "azure", "project_id": "gcp"}


@dataclass(frozen=True)
class Preflight:
    """What was typed.

    Attributes:
        cloud: whose stack and account; None: as the values tell.
        tfvars: files of values, weakest first, or folders with them.
        stack: the folder of another stack than ours.
        plan: a plan as JSON.
        network: whether clouds, registries and name servers may be asked.
        file: what the installation is to be, codemie.yaml.
        domain: the name that people will type; None: the file's.
        resolver: a name server to ask; None: this machine's.
        models: a model file, models.yaml.
        cluster: that the chart is to go to, and values of people's own for it.
        realm: a realm file, such as deploy/keycloak/broker.yaml.
        profile: what the installation is to be; None: as the values say.
        may_write: whether the bucket of states may be tried with a file that is deleted again.
    """

    cloud: str | None = None
    tfvars: tuple[Path, ...] = ()
    stack: Path | None = None
    plan: Path | None = None
    profile: str | None = None
    network: bool = True
    file: Path | None = None
    domain: str | None = None
    resolver: str | None = None
    models: Path | None = None
    may_write: bool = False
    cluster: Target = field(default_factory=Target)
    realm: Path | None = None

    async def examine(self, options: Options) -> Report:
        """Make the checks.

        Raises:
            Refused: there is nothing to look at.
            ConfigurationError: a file is not there, or a stack cannot be read.
        """
        named = (self.tfvars, self.plan, self.stack, self.file, self.domain, self.models, self.cluster.values)
        if not any((*named, self.realm, self.cluster.way, self.cloud in CLOUDS)):
            raise Refused(f"There is nothing to look at: give one of {_WAYS}")
        sources = Sources()
        self._offer_plan(sources)
        judged = self._offer_inputs(sources)
        backend = self._offer_backend(sources, judged.final if judged else {})
        cloud = self.cloud or (judged.cloud if judged else "none")
        self._offer_account(sources, judged)
        named = self._offer_description(sources)
        hidden = (*options.secrets, *self._offer_upstreams(sources))

        def seen(check: Checked) -> None:
            if not was_not_asked(check):
                options.seen(check)

        checks = (*checks_of(self.cloud, backend), *self._of_domain(sources, named, options), *self._of_models(sources))
        target = {"cloud": cloud, **({"domain": named} if named else {})}
        described, namespace = self._for_cluster()
        kinds = node_kinds.platforms(judged.final if judged else {})
        self.cluster.offer_images(sources, described, kinds, network=self.network)
        nodes = bool(self.tfvars)
        async with self.cluster.offered(sources, described, namespace, with_nodes=nodes) as where:
            return await run(
                "preflight", checks, sources, replace(options, seen=seen, secrets=hidden), **target, **where
            )

    def _offer_inputs(self, sources: Sources) -> Judgement | None:
        if not self.tfvars:
            sources.not_applicable(Inputs, "no --tfvars")
            return None
        files = files_of(self.tfvars)
        stack = self._stack(files)
        values = read_values(files, os.environ, stack.variables)
        judged = Judgement(stack, values)
        sources.offer(Inputs, Inputs(judged, values.problems, self.profile))
        return judged

    def _offer_account(self, sources: Sources, judged: Judgement | None) -> None:
        values = judged.final if judged else {}
        reason = "no --cloud" if self.cloud is None else "the cloud is not to be asked"
        if self.cloud in CLOUDS and self.network:
            reason = f"does not apply to {self.cloud}"
        for kind in (Account, AzureAccount, Project):
            sources.not_applicable(kind, reason)
        if self.cloud not in CLOUDS or not self.network:
            return
        if self.cloud == "aws":
            sources.offer(Account, Account(Aws(values.get("region")), values, os.environ))
        elif self.cloud == "azure":
            sources.offer(AzureAccount, AzureAccount(Arm(os.environ), values, os.environ))
        else:
            sources.offer(Project, project_of(values, os.environ))

    def _offer_description(self, sources: Sources) -> str | None:
        """The name that people will type, where it is known."""
        if self.file is None:
            sources.not_applicable(Described, "no --file")
            return self.domain
        from codemie.cli import deploy

        deployment = deploy.described(self.file)
        sources.offer(Described, Described(deployment, self.file))
        return self.domain or deployment.host

    def _for_cluster(self) -> tuple[dict[str, Any] | None, str]:
        """Values of the chart that follow from the file, and the namespace it names."""
        from codemie.cli import deploy

        if self.file is None:
            return None, USUAL_NAMESPACE
        return deploy.helm_values_of(self.file), deploy.described(self.file).namespace

    def _of_domain(self, sources: Sources, name: str | None, options: Options) -> tuple[Check, ...]:
        """What must hold before there is anything to lead the name to."""
        from codemie.cli.net import lookup_at
        from codemie.operations.network import dns_checks
        from codemie.operations.network.site import Site
        from codemie.plugins.diagnosis.lookup import Lookup

        if name and self.network:
            sources.offer(Site, Site(name)).offer(Lookup, lookup_at(self.resolver, options.timeout))
        else:
            sources.not_applicable(Site, "name servers are not to be asked" if name else "no --domain")
        return (dns_checks.resolver, dns_checks.delegation)

    def _of_models(self, sources: Sources) -> tuple[Check, ...]:
        """What can be said of a model file without asking a model."""
        from codemie.models.catalogue import Catalogue
        from codemie.operations.installation import model_file

        if self.models is None:
            sources.not_applicable(Catalogue, "no --models")
        elif not self.models.is_file():
            raise ConfigurationError(f"{self.models} is not there", help="'codemiectl llm verify' also asks the models")
        else:
            sources.offer(Catalogue, Catalogue(self.models))
        return (model_file.schema, model_file.defaults)

    def _offer_upstreams(self, sources: Sources) -> tuple[str, ...]:
        """What must not be shown of them."""
        if self.realm is None:
            sources.not_applicable(Upstreams, "no --realm")
            return ()
        from codemie.identity.realm_document import load

        upstreams = Upstreams(load(self.realm, os.environ), os.environ.get("KEYCLOAK_URL", ""))
        if self.network:
            sources.offer(Upstreams, upstreams)
        else:
            sources.not_applicable(Upstreams, "the provider is not to be asked")
        return upstreams.secrets

    def _offer_plan(self, sources: Sources) -> None:
        if self.plan:
            sources.offer(JudgedPlan, judged(read_plan(self.plan), self.profile))
        else:
            sources.not_applicable(JudgedPlan, "no --plan")

    def _offer_backend(self, sources: Sources, values: Mapping[str, Any]) -> str:
        """The kind of the backend; empty where none is looked at."""
        beside = next((path if path.is_dir() else path.parent for path in self.tfvars), None)
        folder = self.stack or (beside if beside and list(beside.glob("*.tf")) else None)
        kinds = (States, AzureStates, GoogleStates)
        if folder is None:
            for kind in (Backend, *kinds):
                sources.not_applicable(kind, "no --stack")
            return ""
        backend = read_backend(folder)
        sources.offer(Backend, backend)
        if self.cloud == "none" or not self.network:
            for kind in kinds:
                sources.not_applicable(kind, "the cloud is not to be asked")
            return backend.kind
        for kind in kinds:
            sources.unobservable(kind, f"A state in {backend.kind or 'a file'} cannot be looked at from here")
        if backend.kind == "s3" and backend.text("bucket") and backend.text("key"):
            sources.offer(States, states_of(backend, may_write=self.may_write))
        elif backend.kind == "azurerm" and all(map(backend.text, _OF_BLOB)):
            found = azure_states.states_of(backend, values, os.environ, may_write=self.may_write)
            sources.offer(AzureStates, found)
        elif backend.kind == "gcs" and backend.text("bucket"):
            sources.offer(GoogleStates, google_states.states_of(backend, os.environ, may_write=self.may_write))
        return backend.kind

    def _stack(self, files: list[Path]) -> Stack:
        """The one that was named, the one in whose folder the values are, or ours for the cloud."""
        if self.stack:
            return read_stack(self.stack)
        if self.cloud in CLOUDS:
            return read_stack(shipped(self.cloud))
        if list(files[-1].parent.glob("*.tf")):
            return read_stack(files[-1].parent)
        names = {name for file in files for name in read_values([file], {}, {}).given}
        found = {cloud for mark, cloud in _MARKS.items() if mark in names}
        if len(found) != 1:
            raise Refused("Whose values these are is not clear: give --cloud, or --stack")
        return read_stack(shipped(found.pop()))
