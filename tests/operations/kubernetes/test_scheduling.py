"""The simulation of the scheduler: what it places fits, and what it does not place fits nowhere."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.operations.kubernetes.manifest import quantity
from codemie.operations.kubernetes.scheduling import Node, obstacle, place, requests_of

ZONE = "topology.kubernetes.io/zone"


def a_pod(cpu: str = "1", memory: str = "1Gi", name: str = "p", **spec: Any) -> dict[str, Any]:
    container = {"name": "c", "resources": {"requests": {"cpu": cpu, "memory": memory}}}
    metadata = {"name": name, "namespace": "codemie", "labels": {"app": "codemie"}}
    return {"metadata": metadata, "spec": {"containers": [container], **spec}}


def a_node(name: str = "n", cpu: str = "4", memory: str = "8Gi", **rest: Any) -> Node:
    free = {"cpu": quantity(cpu), "memory": quantity(memory), "pods": Decimal(10)}
    return Node(name, free, **rest)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("500m", "0.5"),
        ("2", "2"),
        ("1.5Gi", str(3 * 2**29)),
        ("2e3", "2000"),
        ("1E", str(10**18)),
        ("250u", "0.00025"),
        ("", "0"),
        ("none", "0"),
    ],
)
def test_quantities_are_read_as_kubernetes_writes_them(text: str, amount: str) -> None:
    assert quantity(text) == Decimal(amount)


pods = st.lists(
    st.tuples(st.integers(1, 4000), st.integers(1, 8192)).map(lambda each: a_pod(f"{each[0]}m", f"{each[1]}Mi")),
    max_size=12,
)
rooms = st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 16384), st.integers(0, 4)), max_size=5)


def nodes_of(given_rooms: list[tuple[int, int, int]]) -> list[Node]:
    return [
        Node(f"n{at}", {"cpu": Decimal(cpu) / 1000, "memory": Decimal(memory * 2**20), "pods": Decimal(places)})
        for at, (cpu, memory, places) in enumerate(given_rooms)
    ]


@given(pods, rooms)
def test_no_node_is_given_more_than_it_has(waiting: list[dict[str, Any]], free: list[tuple[int, int, int]]) -> None:
    nodes = nodes_of(free)

    placed = place(waiting, nodes)

    assert all(amount >= 0 for node in nodes for amount in node.free.values())
    for before, node in zip(nodes_of(free), nodes, strict=True):
        there = [each.pod for each in placed if each.node == node.name]
        for resource, amount in before.free.items():
            assert amount - sum(requests_of(each)[resource] for each in there) == node.free[resource]


@given(pods, rooms)
def test_what_is_not_placed_fits_nowhere_at_the_end_either(
    waiting: list[dict[str, Any]], free: list[tuple[int, int, int]]
) -> None:
    nodes = nodes_of(free)

    left = [each for each in place(waiting, nodes) if each.node is None]

    assert all(obstacle(each.pod, node, nodes, {}) for each in left for node in nodes)
    assert all(each.reason for each in left)


@given(pods, rooms)
def test_more_nodes_never_lose_the_first_pod(waiting: list[dict[str, Any]], free: list[tuple[int, int, int]]) -> None:
    if not waiting or place(waiting[:1], nodes_of(free))[0].node is None:
        return

    assert place(waiting[:1], nodes_of([(0, 0, 0), *free]))[0].node is not None


def reason(pod: dict[str, Any], *nodes: Node, zones: dict[str, str] | None = None) -> str:
    placed = place([pod], nodes, zones)[0]
    assert placed.node is None
    return placed.reason


def test_the_resource_that_is_missing_is_named_with_its_amount_at_the_nearest_node() -> None:
    said = reason(a_pod(cpu="6"), a_node("small", cpu="1"), a_node("large", cpu="5500m"))

    assert said == "cpu: 6000m asked, 5500m free, 500m missing on large, the node that comes nearest"


def test_a_full_node_is_one_without_places() -> None:
    node = a_node()
    node.free["pods"] = Decimal(0)

    assert "pods: 1 asked, 0 free" in reason(a_pod(), node)


TAINT = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("toleration", "fits"),
    [
        ({"key": "gpu", "operator": "Equal", "value": "yes", "effect": "NoSchedule"}, True),
        ({"key": "gpu", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"key": "gpu", "value": "no"}, False),
        ({"key": "gpu", "operator": "Exists", "effect": "NoExecute"}, False),
    ],
)
def test_a_taint_keeps_out_what_does_not_tolerate_it(toleration: dict[str, str], *, fits: bool) -> None:
    placed = place([a_pod(tolerations=[toleration])], [a_node(taints=[TAINT])])[0]

    assert (placed.node is not None) is fits


def test_a_taint_that_only_prefers_keeps_nobody_out() -> None:
    assert place([a_pod()], [a_node(taints=[{**TAINT, "effect": "PreferNoSchedule"}])])[0].node == "n"


def test_a_cordoned_node_takes_nothing() -> None:
    assert "cordoned" in reason(a_pod(), a_node(closed=True))


def test_node_affinity_that_no_node_holds_is_named() -> None:
    term = {"matchExpressions": [{"key": "kubernetes.io/arch", "operator": "In", "values": ["arm64"]}]}
    rule = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}

    said = reason(a_pod(affinity=rule), a_node(labels={"kubernetes.io/arch": "amd64"}))

    assert said == "no node holds its node affinity: kubernetes.io/arch In arm64"


def test_a_volume_binds_its_pod_to_its_zone() -> None:
    pod = a_pod(volumes=[{"persistentVolumeClaim": {"claimName": "data"}}])
    nodes = a_node("a", cpu="0", labels={ZONE: "a"}), a_node("b", labels={ZONE: "b"})

    assert place([pod], nodes, {"codemie/data": "b"})[0].node == "b"
    assert "is in zone c" in reason(pod, *nodes, zones={"codemie/data": "c"})


def test_pods_that_must_not_stand_together_go_to_different_nodes() -> None:
    term = {"labelSelector": {"matchLabels": {"app": "codemie"}}, "topologyKey": "kubernetes.io/hostname"}
    rule = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    waiting = [a_pod(cpu="100m", name=f"p{at}", affinity=rule) for at in range(3)]

    placed = place(waiting, [a_node("a"), a_node("b")])

    assert [each.node for each in placed] == ["a", "b", None]
    assert "must not stand beside" in placed[2].reason


def test_init_containers_count_as_the_largest_of_them() -> None:
    pod = a_pod(
        cpu="1", initContainers=[{"resources": {"requests": {"cpu": "3"}}}, {"resources": {"requests": {"cpu": "2"}}}]
    )

    assert requests_of(pod)["cpu"] == 3
