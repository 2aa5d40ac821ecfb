"""How Google Cloud refuses: its envelope of errors, and the permission that each question takes."""

from typing import Any

Thing = dict[str, Any]
_OLD = {"compute", "sql", "storage", "dns"}
"""Services that name the reason of an error in a list."""
_RIGHTS = {"sql": "cloudsql", "kms": "cloudkms", "service_usage": "serviceusage"}
_SHORT = {"b": "buckets", "o": "objects", "rrsets": "resourceRecordSets"}


def refused(
    service: str, status: int, code: str, reason: str, words: str, metadata: dict[str, str] | None = None
) -> tuple[int, Thing]:
    """An error in the envelope of the service."""
    error: Thing = {"code": status, "message": words}
    if service in _OLD:
        error["errors"] = [{"message": words, "domain": "global", "reason": reason}]
    if service not in {"sql", "storage", "dns"}:
        error["status"] = code
    if metadata:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": kind, "reason": reason, "domain": "googleapis.com", "metadata": metadata}]
    return status, {"error": error}


def switched_off(service: str, api: str, number: str) -> tuple[int, Thing]:
    words = (
        f"{api} has not been used in project {number} before or it is disabled. Enable it by visiting "
        f"https://console.developers.google.com/apis/api/{api}/overview?project={number} then retry."
    )
    return refused(
        service, 403, "PERMISSION_DENIED", "SERVICE_DISABLED", words, {"service": api, "consumer": f"projects/{number}"}
    )


def lacking(service: str, right: str, path: str, account: str) -> tuple[int, Thing]:
    match service:
        case "compute":
            words = f"Required '{right}' permission for '{path}'"
            return refused(service, 403, "PERMISSION_DENIED", "forbidden", words)
        case "container":
            words = f'Required "{right}" permission(s) for "{path}".'
            return refused(service, 403, "PERMISSION_DENIED", "forbidden", words)
        case "storage":
            words = (
                f"{account} does not have {right} access to the Google Cloud Storage bucket. "
                f"Permission '{right}' denied on resource (or it may not exist)."
            )
            return refused(service, 403, "", "forbidden", words)
        case "sql":
            return refused(service, 403, "", "notAuthorized", "The client is not authorized to make this request.")
        case "dns":
            return refused(service, 403, "", "forbidden", "Forbidden")
        case _:
            words = f"Permission '{right}' denied on resource '//{service}/{path}' (or it may not exist)."
            return refused(
                service,
                403,
                "PERMISSION_DENIED",
                "IAM_PERMISSION_DENIED",
                words,
                {"permission": right, "resource": path},
            )


def right_of(service: str, path: str, method: str) -> str:
    """The permission that a question takes."""
    if service in {"cloud_billing", "resource_manager_v3"}:
        return "resourcemanager.projects.get"
    if service == "sql":
        return "cloudsql.instances.get" if "operations" in path or path.count("/") > 2 else "cloudsql.instances.list"
    if service == "container":
        return "container.clusters.get"
    parts = path.partition("?")[0].split("/")
    is_list = is_collection(service, path)
    kind = parts[-1] if is_list else parts[-2]
    if parts[-1] in {"getHealth", "listErrors", "listManagedInstances"}:
        kind, is_list = parts[-3], False
    if parts[-1] == "getEffectiveFirewalls":
        return "compute.networks.getEffectiveFirewalls"
    if "global" in parts and kind in {"addresses", "forwardingRules"}:
        kind = f"global{kind[0].upper()}{kind[1:]}"
    verb = "list" if is_list else "get"
    if service == "storage" and method != "GET":
        verb = "create" if method == "POST" else "delete"
    return f"{_RIGHTS.get(service, service)}.{_SHORT.get(kind, kind)}.{verb}"


def is_collection(service: str, path: str) -> bool:
    """Paths have kinds and names by turns, most from the first on."""
    parts = path.split("/")
    if service == "compute" and "global" in parts:
        parts.remove("global")
    return len(parts) % 2 == 1
