"""Checks of images and of the secrets they are pulled with."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, warned
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.images import PullSecret, host_of, pull_secret
from codemie.operations.kubernetes.kinds import PODS, SERVICE_ACCOUNTS, Manifest
from codemie.operations.kubernetes.manifest import moment, name_of, namespace_of, spec_of
from codemie.operations.kubernetes.troubles import finding, reported_by

OLD = dt.timedelta(days=90)
ECR_LIFE = dt.timedelta(hours=12)


@dataclass(frozen=True)
class Use:
    """A pull secret that a pod names, by itself or through its service account."""

    namespace: str
    name: str
    pod: str
    hosts: frozenset[str]


async def uses(cluster: Cluster) -> list[Use]:
    """Who pulls with which secret."""
    accounts = {(namespace_of(each), name_of(each)): each for each in await cluster.ours(SERVICE_ACCOUNTS)}
    found: list[Use] = []
    for pod in await cluster.ours(PODS):
        namespace = namespace_of(pod)
        account = accounts.get((namespace, str(spec_of(pod).get("serviceAccountName") or "default"))) or {}
        named = [*(spec_of(pod).get("imagePullSecrets") or ()), *(account.get("imagePullSecrets") or ())]
        found += [Use(namespace, str(name), name_of(pod), _hosts(pod)) for name in {each.get("name") for each in named}]
    return found


def _hosts(pod: Manifest) -> frozenset[str]:
    spec = spec_of(pod)
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    return frozenset(host_of(str(each.get("image"))) for each in containers)


async def _secrets(cluster: Cluster) -> dict[tuple[str, str], Manifest | None]:
    keys = dict.fromkeys((each.namespace, each.name) for each in await uses(cluster))
    return {key: await cluster.secret(*key) for key in keys}


async def _read(cluster: Cluster) -> dict[tuple[str, str], PullSecret]:
    return {key: pull_secret(secret) for key, secret in (await _secrets(cluster)).items() if secret}


NEW_SECRET = "kubectl -n {} create secret docker-registry {} --docker-server=HOST --docker-username=USER"  # noqa: S105 - a command


@check(
    "image.pullsecret.present",
    title="Every pull secret that pods name is there",
    symptom="Pods stay in ImagePullBackOff, mostly on new nodes only.",
    remedy=("Make the secret in each namespace that uses it: kubectl create secret docker-registry NAME",),
    faq=("F49",),
    needs=("k8s.namespace",),
)
async def present(cluster: Cluster) -> Finding:
    """The secret was made in another namespace, has another name, or was deleted; images already there hide it."""
    missing = [key for key, secret in (await _secrets(cluster)).items() if secret is None]
    if missing:
        namespace, name = missing[0]
        pods = {use.pod for use in await uses(cluster) if (use.namespace, use.name) in missing}
        return failed(
            f"There is no secret {name} in {namespace}, which {len(pods)} pods pull images with",
            NEW_SECRET.format(namespace, name),
            pods=", ".join(sorted(pods)[:5]),
        )
    return passed("Every pull secret is there, or none is named")


@check(
    "image.pullsecret.type",
    title="Pull secrets are ones that nodes can read",
    symptom="Pods stay in ImagePullBackOff although the secret is there.",
    remedy=("Make it anew: kubectl create secret docker-registry NAME",),
    faq=("F49",),
    needs=("image.pullsecret.present",),
)
async def type_(cluster: Cluster) -> Finding:
    """A node takes secrets of type kubernetes.io/dockerconfigjson with valid JSON only, and passes over others."""
    wrong = {key: each.fault for key, each in (await _read(cluster)).items() if each.fault}
    if wrong:
        (namespace, name), fault = next(iter(wrong.items()))
        return failed(
            f"The pull secret {name} in {namespace} is of no use: {fault}",
            f"kubectl -n {namespace} delete secret {name}",
            NEW_SECRET.format(namespace, name),
        )
    return passed("Every pull secret can be read by nodes")


@check(
    "image.pullsecret.host",
    title="Pull secrets are for the registries of the images",
    symptom="Pods stay in ImagePullBackOff with `unauthorized`.",
    remedy=("Make it anew with --docker-server=HOST, the part of the image's name before the first slash",),
    faq=("F49",),
    needs=("image.pullsecret.type",),
)
async def host(cluster: Cluster) -> Finding:
    """The login in the secret is for another registry than the one the images come from, so it is never sent."""
    secrets = await _read(cluster)
    hosts: dict[tuple[str, str], set[str]] = defaultdict(set)
    for use in await uses(cluster):
        hosts[use.namespace, use.name] |= use.hosts
    for key, secret in secrets.items():
        if not any(secret.covers(each) for each in hosts[key]):
            namespace, name = key
            return failed(
                f"The pull secret {name} in {namespace} is for {', '.join(sorted(secret.hosts))}, and the images come "
                f"from {', '.join(sorted(hosts[key]))}",
                NEW_SECRET.format(namespace, name).replace("HOST", min(hosts[key])),
            )
    return passed("Every pull secret is for a registry of the images it is named for")


@check(
    "image.pullsecret.used",
    title="Every pod names the pull secret of its registry",
    symptom="Some pods stay in ImagePullBackOff with `unauthorized`, while others of the same registry run.",
    remedy=("Name the secret in the value imagePullSecrets, or in the service account of the pod",),
    severity=Severity.MAJOR,
    faq=("F49",),
    needs=("image.pullsecret.host",),
)
async def used(cluster: Cluster) -> Finding:
    """A secret in the namespace is not enough: the pod, or its service account, has to name it."""
    secrets = await _read(cluster)
    served = {host for secret in secrets.values() for host in secret.hosts}
    named: dict[tuple[str, str], list[PullSecret]] = defaultdict(list)
    for use in await uses(cluster):
        if (use.namespace, use.name) in secrets:
            named[use.namespace, use.pod].append(secrets[use.namespace, use.name])
    for pod in await cluster.ours(PODS):
        for each in sorted(_hosts(pod) & served):
            if not any(secret.covers(each) for secret in named[namespace_of(pod), name_of(pod)]):
                return failed(
                    f"The pod {name_of(pod)} pulls from {each} and names no pull secret for it, as others do",
                    *used.remedy,
                )
    return passed("Every pod names the pull secret of its registry")


@check(
    "image.pullsecret.age",
    title="Credentials of registries are not old",
    symptom="One day new pods stay in ImagePullBackOff.",
    remedy=("Make a new key at the registry, and the secret anew",),
    severity=Severity.MINOR,
    faq=("F49",),
    needs=("image.pullsecret.type",),
)
async def age(cluster: Cluster) -> Finding:
    """Keys of registries run out: Amazon ECR's after 12 hours, others by the rules of a company after 90 days."""
    secrets = await _read(cluster)
    for key, manifest in (await _secrets(cluster)).items():
        made = moment(((manifest or {}).get("metadata") or {}).get("creationTimestamp"))
        if not made:
            continue
        namespace, name = key
        since = cluster.now() - made
        if any(".dkr.ecr." in each for each in secrets[key].hosts) and "AWS" in secrets[key].users and since > ECR_LIFE:
            return failed(
                f"The pull secret {name} holds a password of Amazon ECR that ended 12 hours after it was made",
                "Give the role of the nodes the policy AmazonEC2ContainerRegistryPullOnly, and take the secret away",
            )
        if since > OLD:
            return warned(
                f"The pull secret {name} in {namespace} is {since.days} days old",
                "Make a new key at the registry, then: " + NEW_SECRET.format(namespace, name),
            )
    return passed(f"No pull secret is older than {OLD.days} days")


@check(
    "image.pull",
    title="Images are pulled",
    symptom="Pods stay in ErrImagePull or ImagePullBackOff.",
    remedy=("Do what the reason asks for: another tag, a pull secret, a way to the registry",),
    faq=("F48", "F50"),
    needs=("image.pullsecret.present", "image.pullsecret.type", "image.pullsecret.host", "image.pullsecret.used"),
)
async def pull(cluster: Cluster) -> Finding:
    """There is no such tag, the registry wants a login, nodes do not reach it, or the image is for other processors."""
    return finding(await reported_by("image.pull", cluster), "No image is missing")


CHECKS = (present, type_, host, used, age, pull)
