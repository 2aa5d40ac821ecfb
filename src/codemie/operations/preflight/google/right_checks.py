"""The check of what the sign-in may do in the project: all that the stack takes."""

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed, unknown
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.google.refusals import Refused, unseen
from codemie.operations.preflight.account import needed_actions
from codemie.operations.preflight.google.project import Project

_AT_ONCE = 100
"""Permissions in a question: Google takes no more."""
_MOST_REFUSED, _WRONG = 10, 400
_ROLE = "codemieDeployer"
_MOST_SHOWN = 40


@check(
    "tf.iam.actions",
    title="The sign-in may do what the stack takes",
    symptom="The apply stops in the middle with 403: a permission is required.",
    remedy=(
        "Add the permissions to a role of the project, and give that to who deploys",
        "The whole list is in deploy/terraform/gcp/deployer-policy.json",
    ),
    phase="iam",
    faq=("F30",),
    needs=("tf.creds.account", "tf.creds.mfa"),
    timeout=60,
)
async def actions(project: Project) -> Finding:
    """No role that the sign-in has in the project, or above it, holds a permission; or a policy denies it.

    Google tests each permission on the project: one that is given on a single thing in it counts as missing.
    """
    needed = needed_actions("gcp")
    held, untold = set[str](), set[str]()
    for first in range(0, len(needed), _AT_ONCE):
        some, none = await _held(project, list(needed[first : first + _AT_ONCE]))
        held, untold = held | some, untold | none
    missing = [each for each in needed if each not in held | untold]
    if not missing and untold:
        text = f"{len(held)} permissions are held; of {len(untold)} Google does not tell in a project"
        return unknown(text, *actions.remedy[1:], **dict.fromkeys(sorted(untold)[:_MOST_SHOWN], "not told"))
    if not missing:
        return passed(f"All {len(needed)} permissions are held")
    families = ", ".join(sorted({each.partition(".")[0] for each in missing}))
    shown = dict.fromkeys(missing[:_MOST_SHOWN], "not held")
    text = f"{len(missing)} of {len(needed)} permissions are not held: {families}"
    return failed(text, *_patch(project, missing), *actions.remedy[1:], **shown)


async def _held(project: Project, names: list[str]) -> tuple[set[str], set[str]]:
    """Which permissions are held, and which cannot be tested on a project: Google refuses a question that has one."""
    path, untold = f"projects/{project.id}:testIamPermissions", set[str]()
    for _ in range(_MOST_REFUSED):
        asked = [each for each in names if each not in untold]
        try:
            told = await project.google.ask("resource_manager_v3", path, {"permissions": asked})
            return set(told.get("permissions") or ()), untold
        except Refused as error:
            named = {each for each in asked if each in str(error)}
            if error.status != _WRONG or not named:
                raise unseen(error, project.id, "resourcemanager.projects.get") from error
            untold |= named
    raise Unobservable("Google tests too few of the permissions", "Compare the roles with the list by hand")


def _patch(project: Project, missing: list[str]) -> tuple[str, str]:
    """Commands that give them."""
    source = project.google.source()
    who = source.impersonates or source.who if source else ""
    member = f"serviceAccount:{who}" if who.endswith(".gserviceaccount.com") else "user:ADDRESS"
    role = f"gcloud iam roles create {_ROLE} --project {project.id} --permissions {','.join(missing)}"
    given = f"gcloud projects add-iam-policy-binding {project.id} --member {member}"
    return (
        f"{role} (where there is one already: roles update, with --add-permissions)",
        f"{given} --role projects/{project.id}/roles/{_ROLE}",
    )
