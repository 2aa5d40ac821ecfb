"""Who am I, asked of services whose tools come later: their credentials can be kept and tested already."""

import time
from hashlib import sha256
from urllib.parse import quote

from joserfc import jwt
from joserfc.jwk import OctKey

from codemie.integrations.catalogue import NO_URL
from codemie.integrations.probes.question import Probe, Values, address_of, basic, bearer, judged

_SQUAD = "https://prod-api.zephyr4jiracloud.com/connect"
_TELEGRAM = "https://api.telegram.org"


def xray(values: Values) -> Probe:
    """A token (https://docs.getxray.app/display/XRAYCLOUD/Authentication+-+REST+v2)."""
    body = {name: str(values.get(name) or "") for name in ("client_id", "client_secret")}
    return Probe(f"{address_of(values, 'base_url')}/api/v2/authenticate", judged(), method="POST", body=body)


def zephyr_squad(values: Values) -> Probe:
    """What server this is (https://zephyrsquad.docs.apiary.io/): every account may ask.

    The token names the request it is for, by a hash of method, path and query.
    """
    path = "/public/rest/api/1.0/serverinfo"
    key, now = str(values.get("access_key") or ""), int(time.time())
    claims = {
        "sub": str(values.get("account_id") or ""),
        "qsh": sha256(f"GET&{path}&".encode()).hexdigest(),
        "iss": key,
        "iat": now,
        "exp": now + 300,
    }
    secret = OctKey.import_key(str(values.get("secret_key") or "-"))
    token = jwt.encode({"alg": "HS256"}, claims, secret)
    headers = {"Authorization": f"JWT {token}", "zapiAccessKey": key}
    return Probe(f"{_own_address(values) or _SQUAD}{path}", judged(), headers)


def xwiki(values: Values) -> Probe:
    """The wikis (https://www.xwiki.org/xwiki/bin/view/Documentation/UserGuide/Features/XWikiRESTfulAPI)."""
    token = values.get("token")
    headers = bearer(token) if values.get("use_bearer") else basic(values.get("username"), token)
    url = f"{address_of(values)}/rest/wikis?media=json"
    return Probe(url, judged(), {**headers, "Accept": "application/json"})


def elastic(values: Values) -> Probe:
    """Whose key it is (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-security-authenticate)."""
    key = basic(values.get("elastic_api_key_id"), values.get("elastic_api_key"))["Authorization"]
    headers = {"Authorization": key.replace("Basic", "ApiKey", 1), "Accept": "application/json"}
    return Probe(f"{address_of(values)}/_security/_authenticate", judged(), headers)


def keycloak(values: Values) -> Probe:
    """A token for the client (https://www.keycloak.org/securing-apps/oidc-layers)."""
    form = {
        "grant_type": "client_credentials",
        "client_id": str(values.get("client_id") or ""),
        "client_secret": str(values.get("client_secret") or ""),
    }
    realm = quote(str(values.get("realm") or ""), safe="")
    url = f"{address_of(values, 'base_url')}/realms/{realm}/protocol/openid-connect/token"
    return Probe(url, judged(), method="POST", form=form)


def telegram(values: Values) -> Probe:
    """Who the bot is (https://core.telegram.org/bots/api#getme)."""
    token = quote(str(values.get("token") or ""), safe=":")
    return Probe(f"{_own_address(values) or _TELEGRAM}/bot{token}/getMe", judged())


def lite_llm(values: Values) -> Probe:
    """The models of the key (https://docs.litellm.ai/docs/proxy/model_management)."""
    return Probe(f"{_own_address(values)}/models", judged(), bearer(values.get("api_key")))


def dial(values: Values) -> Probe:
    """The models of the key (https://dialx.ai/dial_api#operation/getModels)."""
    headers = {"Api-Key": str(values.get("api_key") or "")}
    return Probe(f"{address_of(values)}/openai/models", judged(), headers)


def _own_address(values: Values) -> str:
    """The address that was given; clients send a placeholder for none."""
    given = address_of(values)
    return "" if given == NO_URL else given
