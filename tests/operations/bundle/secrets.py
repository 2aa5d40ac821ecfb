"""Secrets of every kind, each where it would stand: a text of a log, of settings or of a manifest that holds it."""

from base64 import b64encode

# Joined here so that no scanner takes this file for a leak.
_BLOCK = "-----BEGIN {0}-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\nplanted{1}\n-----END {0}-----"
_SEED = "SUAPLANTED" + "35" + "A" * 46
_JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJwbGFudGVkMzYiOjF9.c2lnbmF0dXJlMzY"
_RANDOM = "q7Zx2LmP9vRt4KwY8sNc6BdF1gHjQa3U"


def _pem(kind: str, mark: str) -> str:
    return _BLOCK.format(kind, mark)


SECRETS: tuple[tuple[str, str], ...] = (
    # The secret, and the text around it.
    ("hunter2planted", "POSTGRES_PASSWORD=hunter2planted"),
    ("hunter3planted", 'password: "hunter3planted"'),
    ("hunter4 with blanks", "'db_password': 'hunter4 with blanks'"),
    ("$tarts-with-dollar5", "password=$tarts-with-dollar5"),
    ("{curly}-word6", "admin_password: {curly}-word6"),
    ("dbpass7planted", "postgresql://codemie:dbpass7planted@db.internal:5432/codemie"),
    ("natspass8planted", "nats://platform:natspass8planted@nats:4222"),
    ("redis9planted", "redis://:redis9planted@cache:6379/0"),
    ("gitlabtoken10planted", "https://gitlabtoken10planted@git.example.org/x.git"),
    ("proxy11planted", "HTTPS_PROXY=http://me:proxy11planted@proxy:3128"),
    ("AKIA" + "IOSFODNN7PLANTED", "user AKIA" + "IOSFODNN7PLANTED made it"),
    ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYPLANTEDKEY", "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYPLANTEDKEY"),
    ("FwoGZXIvYXdzPLANTED14", "AWS_SESSION_TOKEN=FwoGZXIvYXdzPLANTED14"),
    ("ASIA" + "Y34FZKBOKPLANTED", "credential ASIA" + "Y34FZKBOKPLANTED expired"),
    ("plantedAzureAccountKey16==", "DefaultEndpointsProtocol=https;AccountKey=plantedAzureAccountKey16==;Suffix=x"),
    ("plantedClientSecret17~", "AZURE_CLIENT_SECRET: plantedClientSecret17~"),
    ("plantedSas18%2B", "https://x.blob.core.windows.net/c?sv=2022&sig=plantedSas18%2B&se=1"),
    ("AIza" + "SyPlanted19planted19planted19plant19", "key AIza" + "SyPlanted19planted19planted19plant19 refused"),
    ("ya29." + "planted20planted20planted20", "got ya29." + "planted20planted20planted20"),
    # Of a service account or a machine; and the secret of an application in Entra ID.
    ("ya29.c." + "planted20b0planted20bplanted20b", "got ya29.c." + "planted20b0planted20bplanted20b back"),
    ("pLa8Q~" + "nted20c.planted20c_planted20c-plan", "said pLa8Q~" + "nted20c.planted20c_planted20c-plan is wrong"),
    ("GOCSPX-" + "planted21planted21planted", "id GOCSPX-" + "planted21planted21planted"),
    ("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj", '"private_key": "' + _pem("PRIVATE KEY", "22") + '"'),
    ("planted23", _pem("RSA PRIVATE KEY", "23")),
    ("planted24", _pem("OPENSSH PRIVATE KEY", "24")),
    ("planted25", _pem("EC PRIVATE KEY", "25").replace("\n", "\\n")),
    ("sk-proj-" + "planted26planted26planted26", "openai sk-proj-" + "planted26planted26planted26 is wrong"),
    ("sk-ant-" + "planted27planted27planted27", "key=sk-ant-" + "planted27planted27planted27"),
    ("ghp_" + "planted28planted28planted28planted28", "remote ghp_" + "planted28planted28planted28planted28"),
    ("github_pat_" + "planted29planted29planted", "github_pat_" + "planted29planted29planted"),
    ("glpat-" + "planted30planted30", "PRIVATE-TOKEN: glpat-" + "planted30planted30"),
    ("xoxb-" + "planted31-planted31", "slack xoxb-" + "planted31-planted31"),
    ("ATATT3" + "xplanted32planted32planted32", "jira ATATT3" + "xplanted32planted32planted32"),
    ("npm_" + "planted33planted33planted33planted33", "npm_" + "planted33planted33planted33planted33"),
    ("pypi-" + "planted34planted34planted34planted34", "pypi-" + "planted34planted34planted34planted34"),
    (_SEED, f"seed {_SEED}"),
    (_JWT, f"token {_JWT}"),
    ("planted37planted37", "Authorization: Bearer planted37planted37"),
    (b64encode(b"me:planted38").decode(), f"Authorization: Basic {b64encode(b'me:planted38').decode()}"),
    ("planted39session", "Cookie: session=planted39session; theme=dark"),
    ("planted40cookie", "set-cookie: _oauth2_proxy=planted40cookie; HttpOnly"),
    ("planted41code", "GET /oauth2/callback?code=planted41code&state=x"),
    ("planted42hash42planted42", "$argon2id$v=19$m=65536,t=3,p=4$planted42hash42planted42$xyz"),
    ("planted43option", "curl --client-secret planted43option https://x"),
    ("planted44json", '{"level": "info", "api_key": "planted44json"}'),
    ("planted45plugin", "PLUGIN_KEY=ok CODEMIE_PLUGINS_BROKER_SECRET=planted45plugin"),
    ("planted46webhook", "https://hooks.slack.com/services/T0/B0/planted46webhook"),
    (_RANDOM + "AbC9dEf8", f"found {_RANDOM}AbC9dEf8 in the answer"),
    ("planted48passphrase", "key_passphrase = 'planted48passphrase'"),
    ("planted50nested", '{"body": "{\\"client_secret\\": \\"planted50nested\\"}"}'),
    ("planted49amz", "https://s3/x?X-Amz-Signature=planted49amz&X-Amz-Expires=60"),
)
