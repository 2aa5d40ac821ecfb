"""`codemiectl doctor` and `explain`: what is looked through, and what a check means."""

import asyncio
import os
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from codemie.checks.report import Report, read_document
from codemie.checks.run import Options, run
from codemie.cli.exits import Refused
from codemie.cli.installation import at_hand
from codemie.kernel.errors import InvalidInput
from codemie.models.transport import close_transport
from codemie.operations.installation.checks import INSTALLATION
from codemie.operations.installation.opening import opened
from codemie.operations.installation.provider_access import ProviderAccess
from codemie.operations.installation.subject import Profile

TOKEN_VARIABLE = "CODEMIE_TOKEN"  # noqa: S105 - the name of a variable
_ROUTE = "/v1/admin/health/checks"
_REMOTE_SECONDS = 90.0


@dataclass(frozen=True)
class Inside:
    """How to look at the installation that this process belongs to.

    Attributes:
        url: where the API answers; None: where it listens on this machine.
        profile: what the installation is for; None: as its public address tells.
        network: whether systems outside may be asked.
        integrations: whether stored credentials are tried.
        token: of the identity provider, to be explained.
    """

    url: str | None = None
    profile: Profile | None = None
    network: bool = True
    integrations: bool = False
    token: str | None = field(default=None, repr=False)

    async def examine(self, options: Options) -> Report:
        """Make the checks of a running installation.

        Raises:
            Refused: there is nothing to look at.
            ConfigurationError: the settings cannot be read.
        """
        from codemie.cli import running
        from codemie.cli.idp import read_token
        from codemie.settings import load_settings, reread

        of_platform = running.seen(load_settings()[0])
        found = at_hand(of_platform.settings()[0], self.url)
        asked = self.integrations or "integrations.test" in options.only
        found = replace(
            found,
            profile=self.profile or found.profile,
            network=self.network,
            integrations=asked,
            token=read_token(self.token) if self.token else "",
            provider_access=ProviderAccess.of(os.environ),
            reread=partial(reread, of_platform.variables),
            unseen=of_platform.unseen,
        )
        async with AsyncExitStack() as left:
            # Of this command's event loop; an API process looks through its own.
            left.push_async_callback(close_transport)
            sources = await left.enter_async_context(opened(found))
            options = replace(options, secrets=(*options.secrets, *found.hidden()))
            home = str(found.settings.kernel.home)
            return await run("doctor", INSTALLATION, sources, options, home=home, profile=found.profile.value)


@dataclass(frozen=True)
class Remote:
    """How to look at a platform from elsewhere: it looks at itself, for an administrator.

    Attributes:
        url: where it answers.
    """

    url: str

    async def examine(self, options: Options) -> Report:
        """What the platform says of itself.

        Raises:
            Refused: it cannot be asked, or does not tell us.
            InvalidInput: a pattern names no check.
        """
        import httpx2

        from codemie.checks.run import chosen

        token = os.environ.get(TOKEN_VARIABLE)
        if not token:
            raise Refused(f"No token: set {TOKEN_VARIABLE} to the session token of an administrator")
        address = f"{self.url.rstrip('/')}{_ROUTE}"
        try:
            async with httpx2.AsyncClient(
                timeout=max(_REMOTE_SECONDS, options.timeout), headers={"Authorization": f"Bearer {token}"}
            ) as http:
                answer = await http.get(address)
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise Refused(f"Nobody answers at {self.url}: {type(error).__name__}") from error
        if answer.status_code != 200:
            raise Refused(f"{address} answers {answer.status_code}: {_words(answer.status_code)}")
        wanted = {each.id for each in chosen(INSTALLATION, options)}
        try:
            report = read_document(cast("dict[str, Any]", answer.json()))
        except (ValueError, InvalidInput) as error:
            raise Refused(f"{address} answers with something else than checks: {_words(0)}") from error
        shown = tuple(each for each in report.checks if each.id in wanted)
        for each in shown:
            options.seen(each)
        return replace(report, checks=shown, target={**report.target, "url": self.url})


def _words(status: int) -> str:
    if status in {401, 403}:
        return f"{TOKEN_VARIABLE} must be an administrator's session token; a personal access token is never one"
    return "is that the address of the platform, of this version or newer?"


def explain(name: str | None, cloud: str | None = None, file: Path | None = None) -> None:
    """Print what a check looks at, why it fails and what to do; without a name, which checks there are.

    Args:
        name: id of a check.
        cloud: whose guide to name as well; None: found out.
        file: the description of the installation; None: codemie.yaml of this folder, if it is there.

    Raises:
        NotFound: no check has this id.
        ConfigurationError: the file cannot be read.
    """
    from codemie.operations import guides
    from codemie.operations.catalogue import CHECKS, MADE_AT_RUN_TIME, find

    if name is None:
        listed = (*CHECKS, *MADE_AT_RUN_TIME)
        longest = max(len(check.id) for check in listed)
        for check in listed:
            print(f"  {check.id:<{longest}}  {check.title}")
        return
    clouds = {cloud: ""} if cloud else _clouds_of(name, file)
    check = find(name, next(iter(clouds)) if len(clouds) == 1 else "")
    print(f"{check.id}: {check.title}\n")
    print(f"Where it fails: {check.symptom}\nWhy: {check.cause}\n")
    print("What to do:")
    for remedy in check.remedy:
        print(f"  → {remedy}")
    if check.needs:
        print(f"\nLooked at only if these hold: {', '.join(check.needs)}")
    if check.faq:
        print(f"\nAnswers: {', '.join(check.faq)} (docs/faq.md#{check.faq[0].lower()})")
    print()
    if not clouds:
        print("Which cloud this is about was not found out; --cloud names it.")
    for each in clouds or guides.CLOUDS:
        because = f" (by {clouds[each]})" if clouds.get(each) else ""
        for section in guides.sections(check.id, each):
            print(f"On {each}{because}: docs/how-to/{section}")


def _clouds_of(name: str, file: Path | None) -> dict[str, str]:
    """Cloud → what told it; a check that there is not is refused before anything is looked at."""
    from codemie.operations import whose_cloud
    from codemie.operations.catalogue import find

    find(name)
    return {clue.cloud: clue.where for clue in asyncio.run(whose_cloud.clues(file, Path()))}
