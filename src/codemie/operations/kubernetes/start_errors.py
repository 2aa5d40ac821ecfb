"""What a container's last lines mean: the ways in which our own programs refuse to start, and those of any program."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

EXIT_CODES = {
    0: "it ended by itself, which a server must not",
    1: "an error of the program",
    2: "wrong use of the command",
    3: "a setting cannot be used",
    4: "a part of it does not stay up",
    126: "the command cannot be executed",
    127: "the command is not in the image",
    128: "the container could not be started",
    134: "it aborted itself",
    137: "it was killed, mostly for its memory",
    139: "it crashed in native code",
    143: "it was asked to end",
    255: "an error of the program",
}


@dataclass(frozen=True)
class StartError:
    """Why a program does not start, and what to do."""

    sentence: str
    remedy: str


_KNOWN: tuple[tuple[str, StartError], ...] = (
    (
        r"password authentication failed|InvalidPassword|no pg_hba.conf entry|role \"[^\"]+\" does not exist",
        StartError(
            "the database refuses the login",
            "Correct user and password in the secret with CODEMIE_DATABASE_URL, then restart the pods",
        ),
    ),
    (
        r"database \"[^\"]+\" does not exist|InvalidCatalogName",
        StartError("the database server has no such database", "Create it, or correct CODEMIE_DATABASE_URL"),
    ),
    (
        r"Name or service not known|failure in name resolution|No address associated|getaddrinfo|no such host",
        StartError(
            "the name of a server cannot be resolved",
            "Correct the host in the setting, and see: codemiectl doctor --cluster --only dns.incluster",
        ),
    ),
    (
        r"schema is not this version's|codemiectl migrate",
        StartError(
            "a migration is missing",
            "See the migration job: kubectl logs job/codemie-migrate, then run codemiectl migrate",
        ),
    ),
    (
        r"extension \"vector\" is not available|type \"vector\" does not exist",
        StartError("the database has no pgvector", "Install it on the server: CREATE EXTENSION vector"),
    ),
    (
        r"not valid YAML|yaml\.(scanner|parser)|could not find expected|mapping values are not allowed",
        StartError("a configuration file is not valid YAML", "Correct the file and line that the message names"),
    ),
    (
        r"(settings|models?) file.*(not exist|not found|cannot be read)|No such file or directory: '[^']*\.ya?ml'",
        StartError(
            "a configuration file is not there",
            "Mount it: the values models.file and settings of the chart, or the config map they make",
        ),
    ),
    (
        r"master key|CODEMIE_MASTER_KEY",
        StartError(
            "the master key is missing or wrong",
            "Put the key that this installation was made with into the secret: CODEMIE_MASTER_KEY",
        ),
    ),
    (
        r"KMS|AccessDeniedException|kms:Decrypt|Key Vault|not authorized to perform",
        StartError(
            "the cloud refuses the key or the role of the pod",
            "Give the role of the pod's service account the right to use the key, and look at its annotations",
        ),
    ),
    (
        r"A setting cannot be used",
        StartError("a setting cannot be used", "Correct the variable that the message names"),
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|x509:",
        StartError(
            "a server's certificate is not trusted", "Mount the authority of your company, and name it in SSL_CERT_FILE"
        ),
    ),
    (
        r"Connection refused|ConnectionRefusedError|Connect call failed|ECONNREFUSED",
        StartError(
            "a server that it needs refuses connections", "Look whether the server at the address in the message runs"
        ),
    ),
    (
        r"Connection timed out|TimeoutError|i/o timeout|ETIMEDOUT",
        StartError(
            "a server that it needs does not answer",
            "Look at network policies and firewalls: codemiectl doctor --cluster --only k8s.netpol",
        ),
    ),
    (
        r"Read-only file system|Permission denied|EACCES",
        StartError(
            "it may not write where it wants to", "Compare the security context and the volumes with those of the chart"
        ),
    ),
    (r"No space left on device", StartError("its disk is full", "Give its volume more space")),
    (r"exec format error", StartError("the image is made for other processors", "Use an image for this architecture")),
    (
        r"executable file not found|no such file or directory: unknown",
        StartError("its command is not in the image", "Remove `command` from the pod, or correct the image"),
    ),
)


def known(lines: Sequence[str]) -> StartError | None:
    """What the last line that is known means."""
    for line in reversed(lines):
        for pattern, error in _KNOWN:
            if re.search(pattern, line, re.IGNORECASE):
                return error
    return None


_LEVELS = re.compile(r"error|critical|fatal|exception|refused|failed|codemiectl:", re.IGNORECASE)
_SECRET = re.compile(
    r"(?P<kept>://[^:/@\s]*:)[^@\s]+(?=@)|"
    r"(?P<name>(?:password|passwd|secret|token|api[_-]?key|authorization)[\"']?\s*[=:]\s*(?:bearer\s+)?[\"']?)[^\s\"',;]+",
    re.IGNORECASE,
)


def telling(lines: Sequence[str], most: int = 3) -> list[str]:
    """The lines to show: the last that tell of an error, each once, without what looks like a secret."""
    chosen = [line.strip() for line in lines if _LEVELS.search(line)] or [
        line.strip() for line in lines if line.strip()
    ]
    unique = list(dict.fromkeys(_SECRET.sub(lambda hit: f"{hit['kept'] or hit['name']}***", each) for each in chosen))
    return [each[-300:] for each in unique[-most:]]


def meaning(code: int | None) -> str:
    """What an exit code says."""
    if code is None:
        return "no exit code"
    return (
        f"exit code {code}: {EXIT_CODES.get(code, 'an error of the program' if code < 128 else f'signal {code - 128}')}"
    )
