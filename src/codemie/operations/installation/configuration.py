"""Checks of the settings: they can be read, mean something, and hold no examples and no bad secrets."""

import base64
import binascii
import re
from pathlib import Path
from urllib.parse import urlsplit

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, Status, failed, passed, skipped, unknown, warned
from codemie.kernel.errors import ConfigurationError
from codemie.operations.installation.subject import Installation, variable_of

_SAMPLE = re.compile(
    r"\bexample\.(com|org|net|edu)\b|<[A-Za-z][^<>]*>|\byour[-_ ]|change[-_ ]?me|replace[-_ ]?me|\bplaceholder\b"
    r"|\bdummy\b|\b0123456789",
    re.IGNORECASE,
)
_COMMON = frozenset(
    ("password", "passw0rd", "admin", "administrator", "secret", "codemie", "postgres", "letmein", "welcome", "qwerty")
)
_SHORTEST = 12
_FEWEST_LETTERS = 5
_FOR_OTHERS = 0o007
_SHOW = (
    "Run it where the API runs, as the user who started it; in Kubernetes in the API's container",
    "Or let the platform look at itself: codemiectl doctor --remote URL",
)


def _if_seen(installation: Installation, finding: Finding, *remedy: str) -> Finding:
    """What is well in the settings of a command says nothing of a platform that was started with others."""
    if not installation.unseen or finding.status is not Status.PASS:
        return finding
    told = f"{finding.detail}, as far as this command was told; what the platform was told was not seen"
    return unknown(f"{told}: {installation.unseen}" if remedy else f"{told} (config.readable)", *remedy)


@check(
    "config.readable",
    title="The settings can be read",
    symptom="A restart ends at once, with a line that names a setting.",
    remedy=("Correct the setting that the message names", "See what is set and where: codemiectl config show"),
    faq=("F53",),
)
async def readable(installation: Installation) -> Finding:
    """A setting has a value that cannot be used, a name is misspelt in the settings file, or the file is no YAML.

    A running process keeps what it read when it started: it is the next start that fails.
    """
    try:
        installation.reread()
    except ConfigurationError as error:
        return failed(str(error), *readable.remedy)
    all_well = passed(f"{len(installation.given())} settings are set, and all of them can be used")
    return _if_seen(installation, all_well, *_SHOW)


@check(
    "config.unknown",
    title="Every CODEMIE_ variable sets something",
    symptom="A setting seems to have no effect.",
    severity=Severity.MINOR,
    remedy=("Correct the name of the variable, or unset it", "All names: codemiectl config show"),
    needs=("config.readable",),
)
async def misspelt(installation: Installation) -> Finding:
    """A variable whose name begins like ours but is none of ours is usually a misspelt one, which sets nothing."""
    strangers = installation.reread()
    if strangers:
        return warned(" ".join(strangers), *misspelt.remedy)
    return _if_seen(installation, passed("No variable is misspelt"))


@check(
    "config.placeholders",
    title="No setting holds an example",
    symptom="Links lead to example.com, or a service cannot be found.",
    severity=Severity.MAJOR,
    remedy=("Put your own value in its place",),
    faq=("F36",),
)
async def placeholders(installation: Installation) -> Finding:
    """A value was copied from a guide, with the name of somebody else's domain or words such as “change me” in it."""
    secret = installation.secrets()
    found = {
        variable_of(key, installation.settings): "(a secret)" if key in secret else value[:80]
        for key, value in installation.given().items()
        if _SAMPLE.search(value)
    }
    if found:
        return failed(f"Examples instead of values: {', '.join(found)}", *placeholders.remedy, **found)
    return _if_seen(installation, passed(f"{len(installation.given())} values are set, none is of an example"))


@check(
    "config.secrets",
    title="Secrets cannot be guessed",
    symptom="None, until somebody guesses one.",
    remedy=(
        "Make a new one with: openssl rand -base64 32",
        "See how the master key is changed: docs/how-to/master-keys",
    ),
)
async def weak_secrets(installation: Installation) -> Finding:
    """A password or key is short, a word that everybody tries first, or one character again and again.

    While somebody tries the platform out this is a warning; in production it is a failure.
    """
    given = dict(installation.secrets())
    if password := urlsplit(installation.database_url).password:
        given["kernel.database_url"] = password
    faults = {key: fault for key, text in given.items() if (fault := _weakness(key, text))}
    if not faults:
        return _if_seen(installation, passed(f"{len(given)} secrets are set, none of them weak"))
    told = {variable_of(key, installation.settings): fault for key, fault in faults.items()}
    judged = failed if installation.is_production else warned
    return judged(f"Easy to guess: {', '.join(told)}", *weak_secrets.remedy, **told)


def _weakness(key: str, text: str) -> str:
    """What is wrong with a secret; empty where nothing is."""
    if key == "identity.master_key":
        return next((fault for each in text.split(",") if (fault := _weak_key(each.strip()))), "")
    if key.endswith("_url"):
        # Addresses that are secret because of the password in them.
        text = urlsplit(text).password or "" if "://" in text else text
        if not text:
            return ""
    if text.lower().rstrip("0123456789!") in _COMMON:
        return "a word that everybody tries first"
    if len(set(text)) < _FEWEST_LETTERS:
        return "one character again and again"
    return f"shorter than {_SHORTEST} characters" if len(text) < _SHORTEST else ""


def _weak_key(text: str) -> str:
    try:
        key = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return ""  # wrapped by a key service
    return "one byte again and again" if len(set(key)) < _FEWEST_LETTERS else ""


@check(
    "config.files",
    title="Files with secrets are for their owner alone",
    symptom="None, until somebody else on this machine reads them.",
    severity=Severity.MAJOR,
    remedy=("Let others of this machine not read it: chmod o-rwx FILE", "In Kubernetes: defaultMode: 0440"),
    needs=("storage.writable",),
)
async def private_files(installation: Installation) -> Finding:
    """A file with keys or passwords in it was copied or mounted with rights for everybody on the machine."""
    home = installation.settings.kernel.home
    there = [file for name in ("master.key", "codemie.yaml", "first-password.txt") if (file := home / name).is_file()]
    if not there:
        return skipped(f"there are none in {home}")
    open_to_all = [file for file in there if file.stat().st_mode & _FOR_OTHERS]
    if open_to_all:
        return warned(f"Everybody here may use {_listed(open_to_all)}", *private_files.remedy)
    return passed(f"{_listed(there)}: no rights for others")


def _listed(files: list[Path]) -> str:
    return ", ".join(map(str, files))


@check(
    "config.production",
    title="What is open while one tries it out is closed",
    symptom="People come in without a password, or their cookies travel without TLS.",
    remedy=("Set CODEMIE_FRONTEND_URL to the https address that people use", "Unset CODEMIE_IDENTITY_DEV_IDENTITIES"),
)
async def production(installation: Installation) -> Finding:
    """Settings that are convenient on one's own machine were kept when other people began to use the installation."""
    if not installation.is_production:
        return skipped("this is no production (--profile prod)")
    address = installation.settings.kernel.frontend_url or "not set"
    faults: list[str] = []
    if not address.startswith("https://"):
        faults.append(f"the public address is {address}")
    if installation.settings.identity.dev_identities:
        faults.append("development identities are accepted")
    if faults:
        return failed(" and ".join(faults).capitalize(), *production.remedy, frontend_url=address)
    return _if_seen(installation, passed(f"People come in at {address}, each with a credential", frontend_url=address))


CHECKS = (readable, misspelt, placeholders, weak_secrets, private_files, production)
