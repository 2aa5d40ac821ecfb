"""Passwords told in sentences: who writes what is wrong is no program, and puts neither a colon nor quotes.

Only texts that somebody wrote by hand are looked at in this way: in a log, `password reset2` is no password.
"""

import re
from collections.abc import Callable

_NAMED = (
    r"(?:pass(?:word|wd|code|phrase|wort)?|pwd?|kennwort|secret|token|(?:api|access|license)[ _-]?key"
    r"|mot de passe|contrase[nñ]a|senha|wachtwoord|has[lł]o|пароль)"
)
_QUOTES = "\"'`*_„“”«»‚‘’()[\\]"
_TOLD = (
    r"(?:[\"`„“«](?P<quoted>[^\"`”“»\n]{3,80})[\"`”“»]|(?<!\w)'(?P<apostrophes>[^'\n]{3,80})'(?!\w)"
    rf"|[{_QUOTES}]*(?<=[\s:={_QUOTES}])(?P<bare>[^\s\"`„“”«»‚‘’()[\]]{{3,}}))"
)
_WHOSE = r"(?:for|of|to|at|from|von|für|des|der|de|para|pour|dla)\b(?:[ \t]+[\w@.'’/-]+?){1,7}?"
_CHANGED = r"(?:(?:is|was|has been|wurde)[ \t]+)?(?:set|changed|reset)"
_LINK = r"(?:is|was|are|ist|lautet|war|est|était|es|era|é|to|auf|→|->|=>|–|-)(?=\s|:)|[:=]"
_LINKED = re.compile(
    rf"(?i)\b{_NAMED}\b(?:[ \t]+(?:{_WHOSE}|{_CHANGED}))?(?:[ \t]*(?:(?<=\s)|(?=[:=]))(?:{_LINK})){{1,2}}[ \t]*{_TOLD}"
)
_BESIDE = re.compile(rf"(?i)\b(?P<short>pwd?)?(?(short)|{_NAMED})[ \t]+{_TOLD}")
_LOOKS = re.compile(r"\d|[a-z][A-Z]|[^\w.,;:!?…/'-]")
_MASK = re.compile(r"‹[^‹›\s]*›|\*{4,}|\d{1,4}")
_ORDINARY_WORDS = """
a accepted again all also always an and any asked at bad been being blank broken but by changed correct created denied
did different do does empty encrypted expired field fine for form forgotten from good had has have hidden how if in
incorrect invalid is it kept known locked login long lost made manager missing needed never new no not now of okay old
on only or page policy prompt protected refused rejected replaced required reset revoked right rotated same sent set
short should shown still stored strong that the there this to too unknown unset updated used valid was weak what when
where which who why will with without wrong
aber abgelaufen auch das der die ein eine falsch geändert gesetzt gesperrt immer ist kein keine korrekt leer nicht noch
nur oder richtig unbekannt und ungültig vergessen war zu zurückgesetzt est faux incorrecto
"""
_ORDINARY = frozenset(_ORDINARY_WORDS.split())
"""What people write behind `the password is`, and is none."""


def without_passwords(text: str, mask: Callable[[], str]) -> str:
    """A text without the passwords its sentences tell; a word too many is taken rather than one too few.

    Args:
        text: written by hand.
        mask: asked once for each that is taken out, gives what stands there instead.
    """

    def replaced(found: re.Match[str], *, must_look: bool) -> str:
        group = next(name for name in ("quoted", "apostrophes", "bare") if found[name])
        secret = found[group]
        if (word := secret.strip("'.,;:!?…").lower()) in _ORDINARY or _MASK.fullmatch(word):
            return found[0]
        if must_look and group == "bare" and not _LOOKS.search(secret):
            return found[0]
        begin, end = (place - found.start() for place in found.span(group))
        return found[0][:begin] + mask() + found[0][end:]

    text = _LINKED.sub(lambda found: replaced(found, must_look=False), text)
    # `pwd` is no word of a sentence: what stands beside it is one.
    return _BESIDE.sub(lambda found: replaced(found, must_look=not found["short"]), text)
