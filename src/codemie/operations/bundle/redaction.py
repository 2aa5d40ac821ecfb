"""Takes secrets out of texts: those that are known, those that look like one, and those that stand where secrets stand.

Nothing is ever put into a bundle that has not passed through here, names of files included. What is left must still be
worth reading: a secret is replaced by the name of its kind, a person by a pseudonym that is the same everywhere.
"""

import hashlib
import hmac
import math
import re
import secrets
from base64 import b64encode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from codemie.operations.bundle.sentences import without_passwords

_SHORTEST_KNOWN = 6
"""A shorter word stands in too many texts for other reasons."""


@dataclass(frozen=True)
class _Rule:
    """A kind of secret that is known by its look.

    Attributes:
        name: of the kind, as the archive counts it.
        pattern: its group `secret`, or all of it, is taken out.
    """

    name: str
    pattern: re.Pattern[str]


_NAMES = (
    r"(?:[\w.-]*(?:pass(?:word|wd|phrase)?|secret|token|(?:api|access|private|master|account)[_-]?key|credential"
    r"|connection[_-]?string|signature|pwd)[\w.-]*)"
)


def _rule(name: str, pattern: str, flags: re.RegexFlag = re.NOFLAG) -> _Rule:
    return _Rule(name, re.compile(pattern, flags))


# The most special first: what one has taken out, the next does not see.
_RULES = (
    _rule(
        "private key",
        r"-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|SEED|CREDENTIALS?|USER JWT|NKEY)[A-Z0-9 ]*-----"
        r"(?:.*?-----END [A-Z0-9 ]*-----|[\sA-Za-z0-9+/=\\]*)",
        re.DOTALL,
    ),
    _rule("JSON web token", r"\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*){0,3}"),
    _rule("authorization", r"(?i)\b(?:proxy-)?authorization[\"']?\s*[:=]\s*[\"']?(?:\w+ +)?(?P<secret>[^\s\"',;}]+)"),
    _rule("authorization", r"(?i)\b(?:bearer|basic|negotiate) +(?P<secret>[\w.~+/=-]{8,})"),
    _rule("cookie", r"(?i)\b(?:set-)?cookie[\"']?\s*[:=]\s*[\"']?(?P<secret>[^\r\n\"'}]+)"),
    _rule("user of an address", r"(?i)\b[a-z][a-z0-9+.-]*://(?P<secret>[^\s/@\"'<>]*:[^\s/@\"'<>]*)@"),
    _rule("user of an address", r"(?i)\b[a-z][a-z0-9+.-]*://(?P<secret>[\w.~%+-]{12,})@"),
    _rule("access key of AWS", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"),
    _rule("key of Google", r"\bAIza[\w-]{35}|\bya29\.(?:[a-z]\.)?[\w-]{20,}|\bGOCSPX-[\w-]{20,}"),
    _rule("client secret of Entra ID", r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,37}(?![\w~-])"),
    _rule("key of a model provider", r"\bsk-(?:proj-|ant-|svcacct-|or-)?[\w-]{16,}"),
    _rule("token of GitHub", r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,})"),
    _rule("token of GitLab", r"\bgl(?:pat|ptt|dt|rt|cbt|soat|ft)-[\w-]{16,}"),
    _rule("token of Slack", r"\bxox[abeoprs]-[\w-]{10,}|https://hooks\.slack\.com/services/\S+"),
    _rule("token of Atlassian", r"\bATATT3[\w=+/-]{20,}|\bATCTT3[\w=+/-]{20,}"),
    _rule("token of npm or PyPI", r"\bnpm_\w{30,}|\bpypi-[\w-]{30,}"),
    _rule("key of NATS", r"\bS[UAOCNX][A-Z2-7]{54,56}\b"),
    _rule("password hash", r"\$(?:argon2\w*|2[aby]|6|5|y|scrypt|pbkdf2[\w-]*)\$[\w$=,./+-]{20,}"),
    _rule("key of Azure storage", r"(?i)\b(?:AccountKey|SharedAccessKey|SharedAccessSignature)=(?P<secret>[^;\s\"']+)"),
    _rule(
        "signed address",
        r"(?i)[?&](?:sig|signature|x-amz-(?:signature|credential|security-token)|x-goog-signature|token|key|code|state"
        r"|access_token|id_token|client_secret|api_?key|password)=(?P<secret>[^&\s\"'<>]+)",
    ),
    # Inside a text that is itself quoted, quotes are escaped.
    _rule("value of a secret name", rf"(?i){_NAMES}(?:\\+\")?\s*[:=]\s*\\+\"(?P<secret>.+?)\\+\""),
    _rule("value of a secret name", rf"(?i)[\"']?{_NAMES}[\"']?\s*(?:=>|:=|[:=])\s*\"(?P<secret>(?:[^\"\\]|\\.)+)\""),
    _rule("value of a secret name", rf"(?i)[\"']?{_NAMES}[\"']?\s*(?:=>|:=|[:=])\s*'(?P<secret>[^']+)'"),
    _rule("value of a secret name", rf"(?i)\b{_NAMES}[\"']?\s*(?:=>|:=|[:=])\s*(?P<secret>[^\s\"',;&}}\]]+)"),
    _rule("option of a command", rf"(?i)--{_NAMES}[ =](?P<secret>[^\s\"']+)"),
)

_BY_PLACE = frozenset(
    {"authorization", "cookie", "user of an address", "signed address", "value of a secret name", "option of a command"}
)
"""Kinds that are known by where they stand. Instructions show such places, with a word in them that is no secret."""

_LONG = re.compile(r"(?<![\w/+=.-])[A-Za-z0-9+/_-]{40,}={0,2}(?![\w/+=-])")
_HARMLESS = re.compile(
    r"[0-9a-f]{40}|[0-9a-f]{64}|sha256:[0-9a-f]{64}|[a-z/_.-]+|[0-9._-]+"
    # Names that are put together, as those of pods, folders and variables are.
    r"|/?[a-z0-9]{1,14}(?:[/._-][a-z0-9]{1,14})+|[A-Z0-9]{1,16}(?:_[A-Z0-9]{1,16})+"
)
_EMAIL = re.compile(r"(?i)\b[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b")
_ROLES = r"(?:user|actor|caller|owner|creator|author|subject|person|member|sender|recipient|grantee)"
_PERSON = re.compile(
    rf"(?i)(?P<name>(?:[\"']|\b)(?:[a-z]+_)*(?:{_ROLES}(?:_?id|_name|_email)|(?:created|updated|granted|shared)_by)"
    r"[\"']?\s*[:=]\s*[\"']?)(?P<id>[\w@.-]{3,})"
)
_NOBODY = re.compile(r"(?:none|null|true|false|all|unknown|system|nobody|\d{1,4})\b", re.IGNORECASE)
_UUID = re.compile(r"(?i)[0-9a-f]{8}(?P<dash>-?)(?:[0-9a-f]{4}(?P=dash)){3}[0-9a-f]{12}")
_WORD = re.compile(r"(?<![\w-])[\w-]{8,}(?![\w-])")
_MASK = re.compile(r"‹[^‹›\s]*›|\*{4,}|None|null|true|false|\d{1,4}", re.IGNORECASE)
"""What stands where a secret would, and is none."""

_RANDOM_BITS = 4.0
"""Shannon entropy a character from which a word is taken for a key: English has 2 to 3, a key in base64 over 4.5."""


@dataclass
class Redactor:
    """Takes secrets out, and counts what it took.

    Attributes:
        keep_emails: leave addresses of people as they are.
        hits: kind → how often it was taken out.
    """

    keep_emails: bool = False
    hits: Counter[str] = field(default_factory=Counter[str])
    _known: re.Pattern[str] | None = None
    _salt: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    _people: set[str] = field(default_factory=set[str])

    @classmethod
    def knowing(cls, values: Iterable[str], *, keep_emails: bool = False) -> "Redactor":
        """One that knows these secrets, in whatever form they are written."""
        forms = {form for value in values if len(value) >= _SHORTEST_KNOWN for form in _forms(value)}
        ordered = sorted(forms, key=len, reverse=True)
        return cls(keep_emails, _known=re.compile("|".join(map(re.escape, ordered))) if ordered else None)

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        if self._known:
            text = self._known.sub(self._out("known secret"), text)
        for rule in _RULES:
            text = rule.pattern.sub(self._out(rule.name), text)
        text = _LONG.sub(self._out_if_random, text)
        if not self.keep_emails:
            text = _EMAIL.sub(lambda found: self._person(found[0]), text)
        return self.without_people(_PERSON.sub(self._out_of_field, text))

    def of_words(self, text: str) -> str:
        """The same for what somebody wrote by hand, who tells a password as people do: "my password is …"."""
        return self(without_passwords(text, self._password))

    def meet(self, *ids: str) -> None:
        """Know these people: their ids are replaced wherever they stand, whatever the name of the field."""
        self._people.update(_id(each) for each in ids if len(each) >= _SHORTEST_KNOWN)

    def without_people(self, text: str) -> str:
        """The text with a pseudonym for each id that is known by now; one that went through before may hold more."""

        def taken(found: re.Match[str]) -> str:
            return self._person(found[0]) if _id(found[0]) in self._people else found[0]

        return _WORD.sub(taken, _UUID.sub(taken, text)) if self._people else text

    def _out(self, name: str) -> Callable[[re.Match[str]], str]:
        def taken(found: re.Match[str]) -> str:
            whole, secret = found[0], found.groupdict().get("secret")
            if secret is not None and _MASK.fullmatch(secret):
                return whole
            self.hits[name] += 1
            mask = f"‹{name.replace(' ', '-')}›"
            if secret is None:
                return mask
            begin = found.start("secret") - found.start()
            return whole[:begin] + mask + whole[begin + len(secret) :]

        return taken

    def _out_if_random(self, found: re.Match[str]) -> str:
        word = found[0]
        if _HARMLESS.fullmatch(word) or _entropy(word) < _RANDOM_BITS:
            return word
        self.hits["long random word"] += 1
        return "‹long-random-word›"

    def _password(self) -> str:
        self.hits["password in a sentence"] += 1
        return "‹password-in-a-sentence›"

    def _out_of_field(self, found: re.Match[str]) -> str:
        """Whoever stands in a field of people is met: the same id elsewhere is the same person."""
        person = found["id"]
        if _NOBODY.fullmatch(person):
            return found[0]
        if _UUID.fullmatch(person) or (_WORD.fullmatch(person) and any(map(str.isdigit, person))):
            self.meet(person)
        return found["name"] + self._person(person)

    def _person(self, name: str) -> str:
        """The same name gives the same pseudonym within one archive, and nobody can try names out on it later."""
        if name.startswith("person-"):
            return name
        self.hits["person"] += 1
        return f"‹person-{hmac.new(self._salt, _id(name).encode(), hashlib.sha256).hexdigest()[:8]}›"


def tokens_in(text: str) -> Iterator[tuple[str, int]]:
    """Kind and place of each secret that is known by its look alone."""
    for rule in _RULES:
        if rule.name not in _BY_PLACE:
            yield from ((rule.name, found.start()) for found in rule.pattern.finditer(text))


def _id(name: str) -> str:
    """One form of a name: letters are alike, and a UUID is one with and without dashes."""
    return (name.replace("-", "") if _UUID.fullmatch(name) else name).lower()


def _forms(value: str) -> set[str]:
    """A secret as it may be written: plain, for addresses, for JSON, in hexadecimal digits, in base64 at any offset."""
    raw = value.encode()
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    forms = {value, quote(value, safe=""), quote(value), quote_plus(value), escaped, raw.hex(), raw.hex().upper()}
    for encode in (b64encode, urlsafe_b64encode):
        for shift in range(3):
            # Only the characters that no neighbour has a part in: a byte is eight bits, a character six.
            encoded = encode(b"\0" * shift + raw).decode()
            forms.add(encoded[-(-8 * shift // 6) : 8 * (shift + len(raw)) // 6])
    return {form for form in forms if len(form) >= _SHORTEST_KNOWN}


def _entropy(word: str) -> float:
    counts = Counter(word)
    return -sum(count / len(word) * math.log2(count / len(word)) for count in counts.values())
