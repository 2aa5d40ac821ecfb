"""EKS in front of moto, which keeps little of what it is told of a cluster and knows no add-ons or access entries."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

Environment = dict[str, Any]
Start = Callable[[str, list[tuple[str, str]]], Any]
Thing = dict[str, Any]

_PLACE = re.compile(
    r"^/clusters(/(?P<cluster>[^/]+))?(/(?P<kind>node-groups|addons|access-entries))?(/(?P<name>[^/]+))?"
    r"(?P<policies>/access-policies)?(/(?P<policy>.+))?$"
)
_NAMES = {  # kind => field of its name, wrapper of the answer, ending of the ARN's field
    "": ("name", "cluster", "arn"),
    "node-groups": ("nodegroupName", "nodegroup", "nodegroupArn"),
    "addons": ("addonName", "addon", "addonArn"),
    "access-entries": ("principalArn", "accessEntry", "accessEntryArn"),
}
_LISTS = {"node-groups": "nodegroups", "addons": "addons", "access-entries": "accessEntries"}
_NOW = 1_700_000_000


class Eks:
    """A WSGI application. It keeps what it is told, adds what AWS would add, and says that all of it works."""

    def __init__(self, moto: Callable[[Environment, Start], Iterable[bytes]], account: str, region: str) -> None:
        self._moto = moto
        self._account, self._region = account, region
        self._kept: dict[tuple[str, str, str], Thing] = {}
        self._policies: dict[tuple[str, str], Thing] = {}

    def __call__(self, environment: Environment, start: Start) -> Iterable[bytes]:
        # A name may hold an encoded slash, which the decoded path no longer tells from others.
        place = _PLACE.match(environment.get("RAW_URI", environment["PATH_INFO"]).split("?")[0])
        if place is None:
            return self._moto(environment, start)
        size = int(environment.get("CONTENT_LENGTH") or 0)
        asked = json.loads(environment["wsgi.input"].read(size) or b"{}")
        parts = {key: unquote(value) for key, value in place.groupdict(default="").items()}
        answer = (self._policy if parts["policies"] else self._item)(environment["REQUEST_METHOD"], parts, asked)
        found = answer is not None
        body = json.dumps(answer if found else {"message": "There is no such thing"}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start("200 OK", headers) if found else start(
            "404 Not Found", [*headers, ("x-amzn-ErrorType", "ResourceNotFoundException")]
        )
        return [body]

    def change(self, kind: str, name: str, **facts: Any) -> None:
        """Let it tell other things of the cluster, a node group or an add-on.

        Args:
            kind: "" for the cluster, `node-groups`, `addons`.
            name: of it.
            facts: as the API tells them.
        """
        for key, item in self._kept.items():
            if key[1:] == (kind, name):
                item.update(facts)

    def _item(self, method: str, parts: dict[str, str], asked: Thing) -> Thing | None:
        kind = parts["kind"]
        name_field, wrapper, arn_field = _NAMES[kind]
        name = parts["name"] or str(asked.get(name_field, "")) if kind else parts["cluster"] or asked["name"]
        cluster = parts["cluster"] or name
        key = (cluster, kind, name)
        if method == "GET" and not name:
            return {_LISTS[kind]: [known for owner, what, known in self._kept if (owner, what) == (cluster, kind)]}
        if method == "POST" and key not in self._kept:
            arn = f"arn:aws:eks:{self._region}:{self._account}:{wrapper}/{cluster}/{name}"
            known = {arn_field: arn, "status": "ACTIVE", "createdAt": _NOW, "modifiedAt": _NOW, "tags": {}}
            self._kept[key] = {**known, **self._added(kind, name, asked), **({"clusterName": cluster} if kind else {})}
        if (item := self._kept.get(key)) is None:
            return None
        if method == "DELETE":
            del self._kept[key]
            if not kind:
                self._ec2().delete_security_group(group_id=item["resourcesVpcConfig"]["clusterSecurityGroupId"])
        return {wrapper: item}

    def _added(self, kind: str, name: str, asked: Thing) -> Thing:
        if kind == "":
            return {**asked, **self._cluster(name, asked)}
        if kind == "node-groups":
            group = {"autoScalingGroups": [{"name": f"eks-{name}"}]}
            return {"health": {"issues": []}, "releaseVersion": "1.0.0-20260101", "resources": group, **asked}
        if kind == "addons":
            return {"health": {"issues": []}, **asked}
        return {"type": "STANDARD", "kubernetesGroups": [], "username": name, **asked}

    def _cluster(self, name: str, asked: Thing) -> Thing:
        network = asked["resourcesVpcConfig"]
        ec2 = self._ec2()
        vpc = ec2.get_subnet(network["subnetIds"][0]).vpc_id
        group = ec2.create_security_group(f"eks-cluster-sg-{name}", "Nodes and control plane", vpc)
        # As EKS does: whoever is in the group reaches whoever else is.
        ec2.authorize_security_group_ingress(group.id, "-1", None, None, [], source_groups=[{"GroupId": group.id}])
        identity = {"oidc": {"issuer": f"https://oidc.eks.{self._region}.amazonaws.com/id/0123456789ABCDEF"}}
        return {
            "endpoint": f"https://0123456789ABCDEF.gr7.{self._region}.eks.amazonaws.com",
            "certificateAuthority": {"data": "bm9uZQ=="},
            "platformVersion": "eks.1",
            "identity": identity,
            "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
            "resourcesVpcConfig": {
                "securityGroupIds": [],
                "publicAccessCidrs": [],
                **network,
                "vpcId": vpc,
                "clusterSecurityGroupId": group.id,
            },
        }

    def _ec2(self) -> Any:
        from moto.ec2.models import ec2_backends

        return ec2_backends[self._account][self._region]

    def _policy(self, method: str, parts: dict[str, str], asked: Thing) -> Thing:
        principal = parts["name"]
        answer = {"clusterName": parts["cluster"], "principalArn": principal}
        if method == "POST":
            granted = {**asked, "associatedAt": _NOW, "modifiedAt": _NOW}
            self._policies[principal, asked["policyArn"]] = granted
            return {**answer, "associatedAccessPolicy": granted}
        if method == "DELETE":
            self._policies.pop((principal, parts["policy"]), None)
            return {}
        every = [policy for (who, _), policy in self._policies.items() if who == principal]
        return {**answer, "associatedAccessPolicies": every}
