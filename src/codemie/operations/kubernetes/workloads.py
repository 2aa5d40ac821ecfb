"""Checks of what makes pods: the autoscalers and the migration job."""

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, skipped, warned
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kinds import JOBS, PODS, SCALERS
from codemie.operations.kubernetes.manifest import (
    condition,
    labels_of,
    name_of,
    namespace_of,
    owner_of,
    spec_of,
)  # fmt: skip
from codemie.operations.kubernetes.surroundings import is_done
from codemie.operations.kubernetes.troubles import blocked_by, finding, reported_by, troubles, with_logs


@check(
    "k8s.hpa",
    title="Autoscalers measure and have room",
    symptom="Everything is slow under load, and no pods are added.",
    remedy=("See why: kubectl describe hpa", "Install metrics-server, or raise maxReplicas"),
    severity=Severity.MAJOR,
    faq=("F44",),
    needs=("k8s.namespace",),
)
async def hpa(cluster: Cluster) -> Finding:
    """It gets no metrics, its target is not there, or it stands at its upper limit already."""
    scalers = await cluster.ours(SCALERS)
    for each in scalers:
        name, namespace = name_of(each), namespace_of(each)
        for state in (condition(each, "AbleToScale"), condition(each, "ScalingActive")):
            if state.get("status") == "False" and state.get("reason") != "ScalingDisabled":
                return failed(
                    f"The autoscaler {name} does not work: {state.get('message') or state.get('reason')}",
                    f"kubectl -n {namespace} describe hpa {name}",
                    "Install metrics-server where metrics are missing",
                )
        most = spec_of(each).get("maxReplicas", 0)
        limited = condition(each, "ScalingLimited")
        if limited.get("status") == "True" and limited.get("reason") == "TooManyReplicas":
            return warned(
                f"The autoscaler {name} wants more than its {most} pods",
                "Raise autoscaling.maxReplicas in the values, where nodes and database have room for it",
            )
    return passed(f"{len(scalers)} autoscalers work") if scalers else skipped("There are no autoscalers")


@check(
    "k8s.migration_job",
    title="The migration job is done",
    symptom="helm upgrade ends with a failed hook, or new pods wait for the schema.",
    remedy=("Read why: kubectl logs job/NAME", "Start it again: helm upgrade with the same values"),
    faq=("F53",),
    needs=("k8s.namespace",),
)
async def migration_job(cluster: Cluster) -> Finding:
    """The database refused it, it ran longer than its deadline, or a migration met data that it did not expect."""
    found = await with_logs(await reported_by("k8s.migration_job", cluster), cluster)
    jobs = [
        each for each in await cluster.ours(JOBS) if labels_of(each).get("app.kubernetes.io/component") == "migrate"
    ]
    if found:
        return finding(found, "")
    for job in jobs:
        state = condition(job, "Failed")
        if state.get("status") == "True":
            pods = [name_of(pod) for pod in await cluster.ours(PODS) if owner_of(pod) == f"Job/{name_of(job)}"]
            known = [each for each in await troubles(cluster) if name_of(each.pod) in pods]
            return blocked_by(known) or failed(
                f"The job {name_of(job)} failed: {state.get('message') or state.get('reason')}",
                f"kubectl -n {namespace_of(job)} logs job/{name_of(job)}",
                migration_job.remedy[1],
            )
    running = [name_of(each) for each in jobs if not is_done(each)]
    if running:
        return passed(f"{running[0]} is at work")
    return passed("The last migration is done") if jobs else skipped("No migration job is left to look at")


CHECKS = (hpa, migration_job)
