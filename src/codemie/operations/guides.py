"""Which part of which guide a check belongs to, for whoever looks it up on a certain cloud."""

_KUBERNETES = "deploy-on-kubernetes.md"

# Beginning of a check's id → what it is about; the first that fits counts.
_TOPICS = (
    (("tf.creds.", "tf.account.", "tf.iam.", "tf.quota."), "ready"),
    (("tf.backend.", "tf.state."), "states"),
    (("tf.", "cloud.", "lb.", "dns.", "tls."), "platform"),
    (("images.", "image."), "image"),
    (("nats.",), "agents"),
    (("idp.", "proxy."), "sign-in"),
    (("crypto.", "config."), "secrets"),
    (("net.", "http.", "egress."), "networks"),
    (("upgrade.",), "upgrade"),
)
_SECTIONS: dict[str, dict[str, str]] = {
    "aws": {
        "ready": "deploy-on-aws.md#1-have-ready",
        "states": "deploy-on-aws.md#2-bucket-and-role",
        "platform": "deploy-on-aws.md#3-the-platform",
        "image": "deploy-on-aws.md#4-the-image",
        "chart": "deploy-on-aws.md#6-the-chart",
    },
    "azure": {
        "ready": "deploy-on-azure.md#have-ready",
        "states": "deploy-on-azure.md#states",
        "platform": "deploy-on-azure.md#the-platform",
        "image": "deploy-on-azure.md#the-image",
        "chart": "deploy-on-azure.md#the-chart",
    },
    "gcp": {
        "ready": "deploy-on-google-cloud.md#have-ready",
        "states": "deploy-on-google-cloud.md#states",
        "platform": "deploy-on-google-cloud.md#the-platform",
        "image": "deploy-on-google-cloud.md#the-image",
        "chart": "deploy-on-google-cloud.md#the-chart",
    },
}
# The same chart everywhere, so what it is about is told once.
_OF_THE_CHART = {
    "agents": f"{_KUBERNETES}#agents-of-the-plugin-engine",
    "sign-in": f"{_KUBERNETES}#sign-in",
    "secrets": f"{_KUBERNETES}#secrets",
    "networks": f"{_KUBERNETES}#networks",
    "upgrade": f"{_KUBERNETES}#upgrade",
}

CLOUDS = tuple(_SECTIONS)


def sections(check: str, cloud: str) -> tuple[str, ...]:
    """Where to read on, as addresses within docs/how-to.

    Args:
        check: id of a check.
        cloud: one of `CLOUDS`.
    """
    topic = next((topic for beginnings, topic in _TOPICS if check.startswith(beginnings)), "chart")
    of_cloud = _SECTIONS[cloud]
    if topic in of_cloud:
        return (of_cloud[topic],)
    return (_OF_THE_CHART[topic], of_cloud["chart"])
