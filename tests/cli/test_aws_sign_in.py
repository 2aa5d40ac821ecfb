"""Sign-ins to AWS that are not there, over, or half there: told as such, by both commands that ask AWS."""

from pathlib import Path

import pytest

from tests.cli.test_preflight import checks, ran

SSO = """[profile sso]
sso_session = office
sso_account_id = 210987654321
sso_role_name = deployer
region = eu-central-1
[sso-session office]
sso_start_url = https://nowhere.invalid/start
sso_region = eu-central-1
"""


@pytest.mark.parametrize("command", ["doctor", "preflight"])
async def test_a_profile_that_is_not_there_is_named(command: str) -> None:
    code, _, errors = await ran(command, "--cloud", "aws", variables={"AWS_PROFILE": "nope"})

    assert (code, "(nope) could not be found" in errors, "list-profiles" in errors) == (3, True, True), errors


async def test_nobody_signed_in_at_sso(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(SSO)
    there = {"AWS_PROFILE": "sso", "AWS_CONFIG_FILE": str(tmp_path / "config"), "HOME": str(tmp_path)}

    running = await ran("doctor", "--cloud", "aws", "--only", "cloud.account", "--json", variables=there)
    before = await ran("preflight", "--cloud", "aws", "--only", "tf.creds.valid", "--json", variables=there)

    assert checks(running[1])["cloud.account"]["status"] == "unknown"
    assert checks(running[1])["cloud.account"]["detail"] == "AWS answers SSOTokenLoadError"
    assert before[0] == 2
    assert checks(before[1])["tf.creds.present"]["detail"] == "From a sign-in at AWS SSO"
    assert checks(before[1])["tf.creds.valid"]["status"] == "fail"


async def test_a_key_without_its_secret_cannot_be_used() -> None:
    half = {"AWS_ACCESS_KEY_ID": "ACCESSKEYOFATEST0000"}

    running = await ran("doctor", "--cloud", "aws", "--only", "cloud.account", "--json", variables=half)
    before = await ran("preflight", "--cloud", "aws", "--only", "tf.creds.present", "--json", variables=half)

    assert checks(running[1])["cloud.account"]["status"] == "unknown"
    assert (before[0], checks(before[1])["tf.creds.present"]["detail"]) == (2, "What was found cannot be used")
