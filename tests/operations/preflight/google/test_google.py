"""A project of Google Cloud, good and with one fault at a time."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemie.checks.report import Report, Status
from codemie.operations.cloud.google.sign_in import Unusable, find
from codemie.operations.preflight.checks import OF_ACCOUNT, OF_STATES
from tests.fakes.google_cloud import PROJECT, REGION, GoogleCloud, serving
from tests.operations.injection import assert_only
from tests.operations.preflight.google.account_faults import refusing, with_token
from tests.operations.preflight.google.faults import FAULTS
from tests.operations.preflight.google.injecting import GoogleFault
from tests.operations.preflight.google.name_faults import deleted
from tests.operations.preflight.google.state_faults import locked
from tests.operations.preflight.google.world import BUCKET, LOCK, PARENT, STATE, GoogleWorld, found

_DOES_NOT_APPLY = {"tf.creds.mfa", "tf.quota.clusters", "tf.quota.databases", "tf.backend.table"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[GoogleCloud]:
    with serving() as made:
        yield made


@pytest.fixture(scope="module")
def well(cloud: GoogleCloud) -> Report:
    return asyncio.run(GoogleWorld(cloud).report())


def test_all_is_well_where_nothing_is_broken(well: Report) -> None:
    told = {check.id: check for check in well.checks}
    own = [told[check.id] for check in (*OF_ACCOUNT["gcp"], *OF_STATES["gcp"])]

    assert {check.id: check.finding.detail for check in own if check.status is not Status.PASS} == {
        name: told[name].finding.detail for name in _DOES_NOT_APPLY
    }
    assert all("does not apply to gc" in told[name].finding.detail for name in _DOES_NOT_APPLY)
    assert {fault.check for fault in FAULTS} == {check.id for check in own} - _DOES_NOT_APPLY


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{fault.check}: {fault.what}" for fault in FAULTS])
async def test_a_fault_turns_its_own_check_red(fault: GoogleFault, well: Report, cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)
    fault.inject(world)

    broken = await world.report()

    assert_only(fault, well, broken)
    told = next(each.finding for each in broken.checks if each.id == fault.check)
    assert fault.says in json.dumps([told.detail, told.evidence, told.remedy])
    assert "planted" not in json.dumps(broken.as_document())
    assert "PRIVATE KEY" not in json.dumps(broken.as_document())


PERSON = {
    "type": "authorized_user",
    "client_id": "764086051850.apps.googleusercontent.com",
    "client_secret": "planted-client-secret",
    "refresh_token": "planted-refresh-token",
    "quota_project_id": PROJECT,
}


async def test_a_person_who_must_sign_in_again_is_told_so(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)
    world.environment = {**cloud.environment(), "GOOGLE_CREDENTIALS": json.dumps(PERSON)}
    signed = await found(world, "tf.creds.valid")
    refusing("invalid_grant", "reauth related error (invalid_rapt)", "invalid_rapt")(world)

    told = await found(world, "tf.creds.valid")

    assert (signed.status, told.status) == (Status.PASS, Status.FAIL)
    assert "wants the person to sign in again" in told.finding.detail
    assert told.finding.remedy[0] == "gcloud auth application-default login"


async def test_a_person_s_calls_count_for_the_quota_project(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)
    world.environment = {**cloud.environment(), "GOOGLE_CREDENTIALS": json.dumps(PERSON)}

    await world.report()

    assert cloud.quota_projects == {PROJECT}


async def test_the_sources_are_looked_for_in_terraform_s_order(cloud: GoogleCloud, tmp_path: Path) -> None:
    world = GoogleWorld(cloud)
    file = tmp_path / "application_default_credentials.json"
    file.write_text(json.dumps(PERSON))
    by_gcloud = {**cloud.environment(), "CLOUDSDK_CONFIG": str(tmp_path)}
    by_file = {**by_gcloud, "GOOGLE_APPLICATION_CREDENTIALS": str(file)}
    by_content = {**by_file, "GOOGLE_CREDENTIALS": json.dumps(cloud.key_file())}
    by_token = {**by_content, "GOOGLE_OAUTH_ACCESS_TOKEN": cloud.token}
    told: list[str] = []
    for environment in (by_gcloud, by_file, by_content, by_token):
        world.environment = environment
        told.append((await found(world, "tf.creds.present")).finding.detail)

    assert [detail.partition(", from ")[0] for detail in told] == [
        "It is a person's sign-in by gcloud",
        "It is a person's sign-in by gcloud",
        "It is the key of a service account",
        "It is a token",
    ]
    assert "(GOOGLE_APPLICATION_CREDENTIALS)" in told[1]


async def test_an_identity_of_elsewhere_is_exchanged(cloud: GoogleCloud, tmp_path: Path) -> None:
    world = GoogleWorld(cloud)
    file = tmp_path / "token"
    file.write_text("planted-token-of-the-job")
    world.environment = {
        **cloud.environment(),
        "GOOGLE_CREDENTIALS": json.dumps(
            {
                "type": "external_account",
                "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/git",
                "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
                "token_url": f"{cloud.url}/token",
                "credential_source": {"file": str(file)},
            }
        ),
    }
    good = await found(world, "tf.creds.valid")
    refusing("unauthorized_client", "The given credential is rejected by the attribute condition.")(world)
    bad = await found(world, "tf.creds.valid")

    assert (good.status, bad.status) == (Status.PASS, Status.FAIL), good.finding
    assert "does not take the token of this job" in bad.finding.detail


async def test_what_may_not_be_asked_is_unknown_and_names_the_permission(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)
    cloud.lacking.add("compute.regions.get")

    told = await found(world, "tf.account.region")

    assert (told.status, told.finding.detail) == (Status.UNKNOWN, "The sign-in lacks compute.regions.get")


async def test_a_service_that_is_off_is_no_answer(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)
    cloud.off.add("compute.googleapis.com")

    told = await found(world, "tf.account.region")

    assert told.status is Status.UNKNOWN
    assert told.finding.remedy == (f"gcloud services enable compute.googleapis.com --project {PROJECT}",)


async def test_nobody_is_told_of_a_project_that_nobody_named(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)
    world.values = {}

    assert (await found(world, "tf.creds.account")).status is Status.UNKNOWN

    world.environment |= {"GOOGLE_CLOUD_PROJECT": PROJECT}

    assert (await found(world, "tf.creds.account")).status is Status.PASS


async def test_a_busy_service_is_asked_again_and_then_not_guessed(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)
    cloud.errors[f"cloud_billing/{PARENT}"] = (503, "UNAVAILABLE", "backendError", "busy")

    told = await found(world, "tf.account.billing")

    assert (told.status, told.finding.detail) == (Status.UNKNOWN, "Google answers 503 UNAVAILABLE")
    assert sum("billingInfo" in each for each in cloud.asked) == 3


async def test_a_token_that_was_made_a_moment_ago_lasts(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)
    with_token(world)
    cloud.expires_in = 3590

    assert (await found(world, "tf.creds.expiry")).finding.detail == "It lasts for 60 minutes"


async def test_a_limit_is_told_with_what_is_needed_of_it(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)
    world.limit("SSD_TOTAL_GB", 500, 100)

    limit = (await found(world, "tf.quota.disks")).finding

    assert limit.evidence | {"needed": "600", "used": "100", "limit": "500"} == limit.evidence
    assert limit.remedy[0].endswith("--dimensions=region=europe-west3 --preferred-value=875")


async def test_a_stack_that_is_there_needs_nothing_new(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)
    world.limit("SSD_TOTAL_GB", 500, 500)
    cloud.put(f"container/{PARENT}/locations/{REGION}/clusters/codemie", status="RUNNING")
    cloud.put(f"kms/{PARENT}/locations/{REGION}/keyRings/codemie")

    report = {each.id: each for each in (await world.report()).checks}

    assert report["tf.quota.disks"].status is Status.PASS
    assert report["tf.names.unused"].status is Status.PASS


async def test_a_limit_that_google_does_not_tell_is_unknown(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)
    world.values["machine_type"] = "c9-standard-4"
    cloud.put(f"compute/{PARENT}/zones/{REGION}-b/machineTypes/c9-standard-4", guestCpus=4)

    told = await found(world, "tf.quota.vcpus")

    assert (told.status, "no limit C9_CPUS" in told.finding.detail) == (Status.UNKNOWN, True)


async def test_who_may_not_look_at_buckets_is_not_told_of_an_owner(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)
    cloud.lacking.add("storage.buckets.get")

    told = await found(world, "tf.names.free")

    assert (told.status, told.finding.detail) == (Status.UNKNOWN, "The sign-in lacks storage.buckets.get")


async def test_the_name_of_a_database_is_free_after_a_week(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)
    deleted(8)(world)

    assert (await found(world, "tf.names.unused")).status is Status.PASS


async def test_lists_are_read_to_their_last_page(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)
    cloud.page = 1
    deleted(3)(world)
    for number in range(2, 5):
        cloud.put(f"sql/{PARENT}/operations/0{number}", operationType="CREATE", targetId="other", status="DONE")

    assert (await found(world, "tf.names.unused")).status is Status.WARN


async def test_a_lock_is_told_with_the_generation_that_takes_it_away(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)
    locked(50)(world)

    lock = (await found(world, "tf.state.lock")).finding

    assert lock.evidence["held by"] == "ci@runner-7"
    assert lock.remedy[-1].endswith(f"terraform force-unlock {cloud.objects[BUCKET, LOCK][-1][0]}")


async def test_nothing_is_left_of_what_was_written(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)

    written = await found(world, "tf.backend.writable")

    assert written.status is Status.PASS
    assert {name for (_, name), versions in cloud.objects.items() if versions} == {STATE}


async def test_nothing_is_written_unasked(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud, may_write=False)
    before = list(cloud.writes)

    assert (await found(world, "tf.backend.writable")).status is Status.SKIP
    assert cloud.writes == before


async def test_a_state_of_its_own_sign_in_is_read_with_that(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)
    world.state_environment = {**cloud.environment(), "GOOGLE_CREDENTIALS": "{}"}
    without = await found(world, "tf.state.integrity")
    world.state_environment["GOOGLE_BACKEND_CREDENTIALS"] = json.dumps(cloud.key_file())
    given = await found(world, "tf.state.integrity")

    assert (without.status, given.status) == (Status.UNKNOWN, Status.PASS)


async def test_a_permission_that_google_does_not_test_hides_no_other(cloud: GoogleCloud) -> None:
    world = GoogleWorld(cloud)
    cloud.untestable = {"servicenetworking.services.addPeering", "compute.networks.get"}

    untold = await found(world, "tf.iam.actions")
    cloud.lacking.add("dns.changes.create")
    lacking = await found(world, "tf.iam.actions")

    assert (untold.status, set(untold.finding.evidence)) == (Status.UNKNOWN, cloud.untestable)
    assert (lacking.status, list(lacking.finding.evidence)) == (Status.FAIL, ["dns.changes.create"])


async def test_who_acts_as_another_account_must_be_allowed_to(cloud: GoogleCloud) -> None:
    world, other = GoogleWorld(cloud), f"terraform@{PROJECT}.iam.gserviceaccount.com"
    world.environment["GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"] = other
    refused = await found(world, "tf.creds.valid")
    cloud.may_act_as.add(other)

    allowed, present = await found(world, "tf.creds.valid"), await found(world, "tf.creds.present")

    assert (refused.status, allowed.status) == (Status.FAIL, Status.PASS)
    assert "may not act as the service account" in refused.finding.detail
    assert present.finding.detail.endswith(f"acting as {other}")


@pytest.mark.parametrize("written", ["eyJ0eXBlIjogInBsYW50ZWQifQ==" * 20, '"{planted}"', "~planted", "planted\0"])
def test_a_key_that_is_taken_for_a_path_is_not_shown(written: str) -> None:
    with pytest.raises(Unusable, match="GOOGLE_CREDENTIALS holds neither JSON nor the path") as refused:
        find({"GOOGLE_CREDENTIALS": written})

    assert written not in str(refused.value)


def test_credentials_in_place_of_the_path_to_them_are_not_shown() -> None:
    with pytest.raises(Unusable, match="holds the credentials themselves") as refused:
        find({"GOOGLE_APPLICATION_CREDENTIALS": '{"type": "service_account", "private_key": "planted"}'})

    assert "planted" not in str(refused.value)


async def test_a_state_that_is_too_large_is_unknown_and_not_cut(
    cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codemie.operations.preflight.google.states.MOST_STATE_BYTES", 40)

    told = await found(GoogleWorld(cloud), "tf.state.integrity")

    assert (told.status, "more than 40 bytes" in told.finding.detail) == (Status.UNKNOWN, True), told


async def test_what_google_repeats_of_a_secret_is_not_quoted(cloud: GoogleCloud) -> None:
    secret = "ya29.a0AfH6SMBx7Qm2Zr9LkT4vWp8NcY3sDfGh5JkE1oUiR6tBqVnX0"
    world = GoogleWorld(cloud)
    cloud.grant = lambda _: (400, {"error": "strange", "error_description": f"Not known: Bearer {secret}"})
    signed = await found(world, "tf.creds.valid")
    again = GoogleWorld(cloud)
    cloud.errors[f"storage/b/{BUCKET}"] = (400, "INVALID", "invalid", f"Not known: Bearer {secret}")
    reached = await found(again, "tf.backend.reachable")

    told = json.dumps([str(signed.finding), str(reached.finding)])
    assert "Not known" in str(signed.finding)
    assert "Not known" in str(reached.finding)
    assert secret not in told
