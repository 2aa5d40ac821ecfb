"""What is found without anybody writing a rule for it: addresses, numbers of accounts and cards, keys."""

from collections.abc import Mapping
from functools import cache
from string import ascii_letters, digits
from typing import Any

from codemie.guardrails.finders import Finder
from codemie.guardrails.rules import DetectorName
from codemie.kernel.linear_patterns import compiled

LABELS: Mapping[DetectorName, str] = {
    "email": "e-mail address",
    "phone": "phone number",
    "payment_card": "payment card",
    "iban": "bank account",
    "aws_key": "AWS key",
    "access_token": "access token",
    "private_key": "private key",
}

_TOKEN_BYTES = (ascii_letters + digits + "_-.").encode()
_ADDRESS_BYTES = bytes(set(range(256)) - set(b"\t\n\x0b\x0c\r <>()[],;:\"'`"))
_LOCAL = r"[^\s@<>()\[\],;:\"'\x60]{1,64}"
_DOMAIN = r"(?:[^\s@<>()\[\],;:\"'\x60/.]{1,63}\.){1,5}[^\s\x00-\x40\x5b-\x60\x7b-\x7f]{2,24}"

_PHONE = (
    r"\+\d(?:[\s().-]{0,3}\d){6,14}"
    r"|\b00[1-9](?:[\s().-]{0,3}\d){7,14}"
    r"|(?:\(\d{3}\)|\b\d{3})[\s.-]{1,2}\d{3}[\s.-]{1,2}\d{4}\b"
    r"|\b0\d{2,4}[\s/-]{1,3}\d{3,4}[\s-]?\d{3,6}\b"
)
_TOKENS = (
    r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abeoprs]-[\w-]{10,}"
    r"|sk-[\w-]{20,}|[rs]k_live_[A-Za-z0-9]{16,}|AIza[\w-]{35}|npm_[A-Za-z0-9]{30,}"
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,})"
)
_PEM = r"PRIVATE KEY(?: BLOCK)?-----"
_PRIVATE_KEY = (
    rf"-----BEGIN [A-Z0-9 ]{{0,30}}{_PEM}(?:\s{{0,4}}[A-Za-z0-9+/=:,-]{{16,80}})*"
    rf"(?:\s{{0,4}}[A-Za-z0-9+/=]{{1,80}})?(?:\s{{0,4}}-----END [A-Z0-9 ]{{0,30}}{_PEM})?"
)

# Registered lengths: ISO 13616, IBAN registry of SWIFT.
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
    "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20,
    "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
    "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
    "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip
_CARD_DIGITS = range(13, 20)
_SHORTEST_GROUP = 2


def luhn(number: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1)."""
    doubled = (int(digit) * 2 if place % 2 else int(digit) for place, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _card_end(text: bytes, begin: int, end: int) -> int | None:
    """Where a card's number ends that begins here: after a whole group of digits."""
    number, group = "", 0
    for place in range(begin, min(len(text), end + 1)):
        byte = text[place : place + 1]
        if byte.isdigit():
            number, group = number + byte.decode(), group + 1
            ends = not text[place + 1 : place + 2].isdigit()
            if ends and (group < _SHORTEST_GROUP or len(number) > _CARD_DIGITS[-1]):
                return None
            if ends and len(number) in _CARD_DIGITS and number[0] in "23456" and luhn(number):
                return place + 1
        elif byte in (b" ", b"-"):
            group = 0
        else:
            return None
    return None


def _iban_end(text: bytes, begin: int, end: int) -> int | None:
    length = _IBAN_LENGTHS.get(text[begin : begin + 2].decode().upper())
    if length is None:
        return None
    number = ""
    for place in range(begin, end):
        byte = text[place : place + 1]
        number += byte.decode().upper() if byte.isalnum() else ""
        if len(number) == length:
            rearranged = number[4:] + number[:4]
            holds = int("".join(str(int(character, 36)) for character in rearranged)) % 97 == 1
            return place + 1 if holds and not text[place + 1 : place + 2].isalnum() else None
    return None


@cache
def finders(name: DetectorName) -> tuple[Finder, ...]:
    """What the detector looks for."""
    return tuple(Finder(compiled(pattern), *rest) for pattern, *rest in _FINDERS[name])


# Pattern, reach, margin, run, verify: see `Finder`. Characters of an address may take four bytes.
_FINDERS: Mapping[DetectorName, tuple[tuple[Any, ...], ...]] = {
    "email": ((f"{_LOCAL}@{_DOMAIN}", 4 * (64 + 1 + 5 * 64 + 24 + 1), 0, _ADDRESS_BYTES),),
    "phone": ((_PHONE, 80),),
    "payment_card": ((r"\b\d(?:[ -]?\d){12,18}", 64, 0, b"", _card_end),),
    "iban": ((r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,29}", 80, 0, b"", _iban_end),),
    "aws_key": (
        (r"\b(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|ANPA|ANVA)[A-Z0-9]{16}\b", 24, 0, _TOKEN_BYTES),
        (r"(?i)\baws[\w .-]{0,20}(?:secret|key)[\w .-]{0,20}[\s\"'=:]{1,6}[A-Za-z0-9/+]{40}", 110),
    ),
    "access_token": ((_TOKENS, None, 0, _TOKEN_BYTES),),
    "private_key": ((_PRIVATE_KEY, 90, 200),),
}
