"""Checks of every image that the installation names, at its registry, before a node has to pull it."""

from collections.abc import Mapping

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed, unknown
from codemie.checks.sources import Unobservable
from codemie.operations.preflight.pulling import Answer, Images, State

_LOGIN = (
    "Make a secret with the login, and name it in pull_secrets of codemie.yaml",
    "For this check: docker login HOST, on the machine that it runs on",
)
_SECONDS = 40.0


@check(
    "images.auth",
    title="Every registry lets us pull",
    symptom="Pods stay in ImagePullBackOff: unauthorized, or denied.",
    remedy=_LOGIN,
    phase="images",
    faq=("F49", "F50"),
    timeout=_SECONDS,
)
async def auth(images: Images) -> Finding:
    """401: the registry wants a login and has none or a wrong one. 403: the login is right, and may not read this."""
    answers = await images.answers()
    if denied := _those(answers, State.DENIED):
        remedy = "Let the account of the login read the repository: the login itself is right"
        return failed(f"The login may not read {', '.join(denied)}", remedy, **_told(denied, "403"))
    if wrong := _those(answers, State.WRONG_LOGIN):
        return failed(
            f"The registry refuses the login for {', '.join(wrong)}",
            "Sign in again: docker login HOST; the key of an account may have ended",
            *_LOGIN[:1],
            **_told(wrong, "401, with the login of this machine"),
        )
    closed = _those(answers, State.CLOSED)
    if closed and images.pull_secrets:
        names = ", ".join(images.pull_secrets)
        return unknown(
            f"A registry wants a login for {', '.join(closed)}: it stands in the cluster, in {names}",
            _LOGIN[1],
            "Once it is installed, look with doctor --cluster",
            **_told(closed, "401, without a login"),
        )
    if closed:
        said = f"A registry wants a login for {', '.join(closed)}, and pull_secrets names none"
        return failed(said, *_LOGIN, **_told(closed, "401, without a login"))
    return _if_all_answer(answers, "Every registry lets us pull")


@check(
    "images.found",
    title="The registries have every image",
    symptom="Pods stay in ImagePullBackOff: not found.",
    remedy=(
        "Correct registry, repository and tag in codemie.yaml",
        "Push the image there first: deploy/docker holds what makes ours, codemiectl bundle push brings all",
    ),
    phase="images",
    faq=("F48", "F49"),
    needs=("images.auth",),
    timeout=_SECONDS,
)
async def found(images: Images) -> Finding:
    """The tag was never pushed, the repository is called otherwise, or the mirror does not hold it."""
    answers = await images.answers()
    if missing := _those(answers, State.MISSING):
        return failed(f"{', '.join(missing)} is not there", *found.remedy, **_told(missing, "404"))
    return _if_all_answer(answers, f"All {len(answers)} are there: {', '.join(answers)}")


@check(
    "images.platform",
    title="Every image is for the processors of the nodes",
    symptom="Pods end at once: exec format error, or no match for platform.",
    remedy=(
        "Build it for both: docker buildx build --platform linux/amd64,linux/arm64",
        "Or choose nodes of the kind that the image is for",
    ),
    phase="images",
    faq=("F48",),
    needs=("images.found",),
    timeout=_SECONDS,
)
async def platform(images: Images) -> Finding:
    """It was built on a machine of another kind, and only for that."""
    answers = await images.answers()
    wanted = images.platforms
    told = {name: answer.platforms for name, answer in answers.items() if answer.platforms is not None}
    strange = {
        name: f"for {', '.join(each) or 'nothing'}" for name, each in told.items() if not set(wanted) <= set(each)
    }
    if strange:
        return failed(f"{', '.join(strange)} is not for {' and '.join(wanted)}", *platform.remedy, **strange)
    hidden = [answer.said for answer in answers.values() if answer.state is State.THERE and answer.platforms is None]
    if hidden:
        raise Unobservable(hidden[0], "Try it again in a while")
    return _if_all_answer(answers, f"All are for {' and '.join(wanted)}")


def _those(answers: Mapping[str, Answer], state: State) -> list[str]:
    return [name for name, answer in answers.items() if answer.state is state]


def _told(names: list[str], said: str) -> dict[str, str]:
    return dict.fromkeys(names, said)


def _if_all_answer(answers: Mapping[str, Answer], well: str) -> Finding:
    """A pass, unless of some image nothing is known."""
    silent = {name: answer.said for name, answer in answers.items() if answer.state is State.SILENT}
    if silent:
        raise Unobservable(
            next(iter(silent.values())), "It counts what the nodes of the cluster reach, not what this machine does"
        )
    hidden = _those(answers, State.CLOSED)
    if hidden:
        raise Unobservable(f"{', '.join(hidden)} cannot be seen without a login", _LOGIN[1])
    return passed(well)


CHECKS: tuple[Check, ...] = (auth, found, platform)
