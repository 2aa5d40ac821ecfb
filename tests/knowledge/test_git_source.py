"""Git data sources: what is read, what is refused, and that addresses never lead inside."""

import os
from collections.abc import AsyncGenerator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest
from pydantic import SecretStr

from codemie.identity.caller import Caller
from codemie.kernel.egress import AddressRefused, EgressPolicy, HostUnknown
from codemie.kernel.settings import KernelSettings
from codemie.knowledge import intake
from codemie.knowledge.schemas import CodeUpdate
from codemie.knowledge.settings import KnowledgeSettings
from codemie.knowledge.sources.address import AddressInvalid, RepositoryAddress
from codemie.knowledge.sources.contract import SourceProblem
from codemie.knowledge.sources.git_problems import NotARepository, TooBig, Unauthorised, Unreachable
from codemie.knowledge.sources.opening import SourceOpener, SourceRow
from codemie.knowledge.tables import DataSource
from tests.knowledge.git_host import git_host
from tests.knowledge.repositories import commit, git, make_repository
from tests.knowledge.sources import add_repository, fresh_name, indexed, named, own_project
from tests.knowledge.test_datasources_http import envelope
from tests.support import Platform

FILES: dict[str, str | bytes] = {
    "src/loop.py": "class AgentLoop:\n    def run_agent_loop(self):\n        return 'spin'\n",
    "src/util.py": "def helper():\n    return 1\n",
    "docs/guide.md": "# Guide\n\nHow to start the engine.\n",
    "tests/test_loop.py": "def test_loop():\n    assert True\n",
    "logo.png": b"\x89PNG\r\n",
    "data.weird": b"\x00\x01\x02\x03" * 40,
    "empty.py": b"",
}


@pytest.fixture
async def host(tmp_path: Path) -> AsyncGenerator[str]:
    make_repository(tmp_path / "shop.git", FILES)
    async with git_host(tmp_path) as address:
        yield address


def opener(home: Path, **settings: object) -> SourceOpener:
    """Sources opened outside a platform, with these settings; no test here needs the database."""
    allowed = {"egress_allow": ("127.0.0.1",), "min_free_bytes": 0, "git_probe_seconds": 5, **settings}
    return SourceOpener(KnowledgeSettings(**allowed), KernelSettings(home=home), None, None)  # type: ignore[arg-type]


def row(link: str, **settings: object) -> SourceRow:
    """A data source over a repository's main branch."""
    return SourceRow("source", "code", {"link": link, "branch": "main", **settings})


async def test_a_repository_is_indexed_and_answers_with_file_and_lines(
    client: httpx2.AsyncClient, tmp_path: Path
) -> None:
    name = fresh_name("code")
    created = await add_repository(client, make_repository(tmp_path / "repo", FILES), name=name)
    assert created.status_code == 201, created.text

    detail = await indexed(client, name)

    assert detail["processed_files"] == ["docs/guide.md", "src/loop.py", "src/util.py", "tests/test_loop.py"]
    skipped = (await client.get(f"/v1/index/{detail['id']}/skipped")).json()["data"]
    assert {row["source"]: row["code"] for row in skipped} == {
        "data.weird": "binary",
        "empty.py": "empty",
        "logo.png": "asset",
    }
    query = {"query": "where is the agent loop run"}
    best = (await client.get(f"/v1/index/{detail['id']}/search", params=query)).json()["data"][0]
    assert (best["source"], best["start_line"]) == ("src/loop.py", 1)
    listed = await named(client, name)
    assert (listed["link"], detail["branch"]) == (detail["link"], "main")


async def test_a_passage_stands_among_the_lines_it_has_in_the_file(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    blocks = [f"def part_{number}():\n" + f"    call('part {number}')\n" * 60 for number in range(3)]
    file = "\n\n".join(blocks)
    name = fresh_name("code")
    await add_repository(client, make_repository(tmp_path / "repo", {"parts.py": file}), name=name)
    detail = await indexed(client, name)
    found = await client.get(f"/v1/index/{detail['id']}/search", params={"query": "part_1"})
    middle = next(hit for hit in found.json()["data"] if "def part_1" in hit["text"])

    passage = (await client.get(f"/v1/index/{detail['id']}/passages/{middle['chunk_id']}")).json()

    assert passage["before"], "something stands before it"
    assert passage["after"], "something stands after it"
    shown = (passage["before"] + passage["text"] + passage["after"]).split("\n")
    first = passage["start_line"] - passage["before"].count("\n")
    assert shown == file.split("\n")[first - 1 : first - 1 + len(shown)]


async def test_patterns_include_and_exclude_files(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    name = fresh_name("code")
    link = make_repository(tmp_path / "repo", FILES)
    await add_repository(client, link, name=name, filesFilter="*.py\n!tests/\n!empty.py")

    detail = await indexed(client, name)

    assert detail["processed_files"] == ["src/loop.py", "src/util.py"]
    assert detail["processing_info"]["filtered_documents"] == 5


async def test_an_incremental_reindex_touches_only_what_changed(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    name, project = fresh_name("code"), await own_project(client)
    await add_repository(client, make_repository(tmp_path / "repo", FILES), name=name)
    before = await indexed(client, name)
    commit(tmp_path / "repo", {"src/new.py": "def brand_new():\n    return 2\n"}, removed=("src/util.py",))

    path = f"/v1/application/{project}/index/{name}"
    answer = await client.put(path, params={"incremental_reindex": True}, json={})

    assert answer.status_code == 201
    after = await indexed(client, name)
    assert after["processing_info"]["changed_documents"] == 1
    assert after["processing_info"]["removed_documents"] == 1
    assert "src/new.py" in after["processed_files"]
    assert "src/util.py" not in after["processed_files"]
    assert after["update_date"] > before["update_date"]


async def test_a_full_reindex_reads_the_newest_commit(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    name, project = fresh_name("code"), await own_project(client)
    await add_repository(client, make_repository(tmp_path / "repo", FILES), name=name)
    await indexed(client, name)
    commit(tmp_path / "repo", {"src/new.py": "def brand_new():\n    return 2\n"})

    path = f"/v1/application/{project}/index/{name}"
    answer = await client.put(path, params={"full_reindex": True}, json={})

    assert "Indexing of datasource" in answer.json()["message"]
    assert "src/new.py" in (await indexed(client, name))["processed_files"]


async def test_a_partial_edit_keeps_link_branch_and_model(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    name, project = fresh_name("code"), await own_project(client)
    await add_repository(client, make_repository(tmp_path / "repo", FILES), name=name, embeddingsModel="mock-embedding")
    before = await indexed(client, name)

    body = {"name": name, "description": "New words", "skip_reindex": True}
    answer = await client.put(f"/v1/application/{project}/index/{name}", json=body)

    assert answer.status_code == 201
    after = (await client.get(f"/v1/index/{before['id']}")).json()
    assert after["description"] == "New words"
    kept = ("link", "branch", "embeddings_model", "setting_id", "files_filter", "project_space_visible", "completed")
    assert {key: after[key] for key in kept} == {key: before[key] for key in kept}


async def test_an_edit_writes_only_the_address_parts_it_names(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    name, project = fresh_name("code"), await own_project(client)
    await add_repository(client, make_repository(tmp_path / "repo", FILES), name=name)
    await indexed(client, name)
    git(tmp_path / "repo", "branch", "release")
    knowledge = SimpleNamespace(sources=SimpleNamespace(probe=_any_branch))
    nobody = Caller("", "", "", "")
    before = DataSource(owner_id="", project="", settings={"link": "https://example.org/a", "branch": "main"})

    async def written(**body: str) -> dict[str, str]:
        return await intake.address_change(knowledge, nobody, before, CodeUpdate(**body))  # type: ignore[arg-type]

    assert await written(description="words") == {}
    assert await written(branch="release") == {"branch": "release"}
    assert await written(link="https://example.org/b") == {"link": "https://example.org/b"}
    answer = await client.put(f"/v1/application/{project}/index/{name}", json={"branch": "release"})
    assert answer.status_code == 201, answer.text
    after = await indexed(client, name)
    assert (after["branch"], after["link"]) == ("release", (tmp_path / "repo").as_uri())


async def _any_branch(_: str, branch: str | None) -> str:
    return branch or "main"


async def test_an_unknown_branch_is_refused_with_the_branches_there_are(
    client: httpx2.AsyncClient, tmp_path: Path
) -> None:
    answer = await add_repository(client, make_repository(tmp_path / "repo", FILES), branch="develop")

    assert answer.status_code == 422
    assert envelope(answer)["message"] == "The repository has no branch or tag 'develop'"
    assert "main" in str(envelope(answer)["help"])


async def test_an_empty_repository_is_refused(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "empty")

    answer = await add_repository(client, (tmp_path / "empty").as_uri())

    assert answer.status_code == 422
    assert "no commits" in str(envelope(answer)["message"])


async def test_what_is_no_repository_is_refused_in_the_words_clients_compare(
    client: httpx2.AsyncClient, tmp_path: Path
) -> None:
    answer = await add_repository(client, tmp_path.as_uri())

    assert answer.status_code == 422
    assert envelope(answer)["message"] == "Repository Not Publicly Accessible"
    assert "Please select a Git integration" in str(envelope(answer)["details"])


async def test_health_tells_the_same_without_storing_anything(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    link = make_repository(tmp_path / "repo", FILES)
    good = await client.post("/v1/index/health", json={"index_type": "git", "project_name": "", "git_url": link})
    bad = await client.post("/v1/index/health", json={"index_type": "git", "project_name": "", "git_url": "ftp://x/y"})
    other = await client.post("/v1/index/health", json={"index_type": "jira", "project_name": ""})

    assert good.json() == {"implemented": True, "documents_count": 0, "error": None}
    assert bad.json()["error"]["field_error"] == "git_url"
    assert other.json()["implemented"] is False


@pytest.mark.parametrize(
    "link",
    [
        "https://user:token-1234@example.org/shop/app",
        "https://token-1234@example.org/shop/app",
        "git://example.org/shop/app",
        "ext::sh -c whoami",
        "--upload-pack=touch /tmp/x",
        "ssh://-oProxyCommand=whoami/x",
        "https://example.org/a\nb",
        "https://example.org",
        "https://example.org/x?y=1",
        "file://elsewhere/x",
        "",
    ],
)
def test_an_address_of_the_wrong_kind_is_refused_and_never_repeated_whole(link: str) -> None:
    with pytest.raises(AddressInvalid) as refusal:
        RepositoryAddress.parse(link, allow_file=True)

    assert "token-1234" not in str(refusal.value.envelope())


@pytest.mark.parametrize("link", ["hello", "example.org/shop/app", "https:example.org/shop/app"])
def test_what_is_no_address_is_told_so_with_the_kinds_that_are(link: str) -> None:
    with pytest.raises(
        AddressInvalid, match=r"not the address of a Git repository\. Use an https:// or ssh:// address"
    ):
        RepositoryAddress.parse(link, allow_file=True)


def test_the_short_form_of_ssh_addresses_is_understood() -> None:
    address = RepositoryAddress.parse("git@example.org:shop/app.git", allow_file=False)

    assert (address.scheme, address.host, address.port) == ("ssh", "example.org", 22)
    assert address.url == "ssh://git@example.org/shop/app.git"


def test_file_addresses_need_an_administrators_leave_and_never_lead_into_our_home(tmp_path: Path) -> None:
    link = make_repository(tmp_path / "repo", FILES)
    with pytest.raises(AddressInvalid, match="not allowed"):
        opener(tmp_path / "home", git_file_urls=False).git(link)
    (tmp_path / "alias").symlink_to(tmp_path / "home")
    (tmp_path / "home" / "x").mkdir(parents=True)
    (tmp_path / "repo" / "inside").symlink_to(tmp_path / "home" / "x")
    uri = tmp_path.as_uri()
    for inward in ("alias/x", "%68ome/x", "repo/%2e%2e/home/x", "repo%2F..%2fhome", "%61lias/x", "repo/inside"):
        with pytest.raises(AddressInvalid, match="own directory"):
            opener(tmp_path / "home", git_file_urls=True).git(f"{uri}/{inward}")
    for odd in ("repo%00", "repo?/../home/x", "repo#/../home/x"):
        with pytest.raises(AddressInvalid):
            opener(tmp_path / "home", git_file_urls=True).git(f"{uri}/{odd}")


def test_repositories_on_the_servers_disk_are_closed_unless_somebody_opens_them(tmp_path: Path) -> None:
    link = make_repository(tmp_path / "repo", FILES)
    socket = SecretStr("postgresql://postgres@/codemie?host=/run/postgresql")
    sources = opener(tmp_path / "home")
    embedded = replace(sources, kernel=sources.kernel.model_copy(update={"database_url": socket}))

    with pytest.raises(AddressInvalid, match="not allowed"):
        embedded.git(link)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1",
     "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2130706433", "0x7f.1", "224.0.0.1", "100.64.0.1"],
)  # fmt: skip
async def test_addresses_inside_are_refused(host: str) -> None:
    with pytest.raises((AddressRefused, HostUnknown)):
        await EgressPolicy.of(()).resolve(host, 443)


@pytest.mark.parametrize(
    "address", ["fec0::1", "::7f00:1", "::ffff:0:7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::1", "168.63.129.16"]
)
def test_addresses_that_only_look_public_are_refused(address: str) -> None:
    assert not EgressPolicy.of(()).allows("system.example", ip_address(address))
    assert EgressPolicy.of([address]).allows("system.example", ip_address(address))
    assert EgressPolicy.of(()).allows("system.example", ip_address("2606:4700::1111"))


async def test_an_administrator_may_allow_hosts_and_networks() -> None:
    assert await EgressPolicy.of(["127.0.0.0/8"]).resolve("127.0.0.1", 443) == ["127.0.0.1"]
    assert "127.0.0.1" in await EgressPolicy.of(["localhost"]).resolve("localhost", 443)
    with pytest.raises(AddressRefused):
        await EgressPolicy.of(["10.0.0.0/8"]).resolve("127.0.0.1", 443)


async def test_a_loopback_repository_is_refused_over_http(client: httpx2.AsyncClient, host: str) -> None:
    answer = await add_repository(client, f"{host}/git/shop.git")

    assert answer.status_code == 422
    assert "private, loopback or reserved" in str(envelope(answer)["message"])
    assert "knowledge.egress_allow" in str(envelope(answer)["help"])


async def test_a_repository_is_read_over_http(host: str, tmp_path: Path) -> None:
    sources = opener(tmp_path / "home")
    assert await sources.probe(f"{host}/git/shop.git", None) == "main"

    snapshot = await sources.open(row(f"{host}/moved/shop.git", files_filter="*.md"), None)

    entries = [entry async for entry in snapshot.entries()]
    assert [entry.source for entry in entries] == ["docs/guide.md"]
    assert await snapshot.read(entries[0]) == b"# Guide\n\nHow to start the engine.\n"
    again = await sources.open(row("http://127.0.0.1:1/gone"), snapshot.revision)
    assert again.revision == snapshot.revision, "the copy of the commit is used again"
    for opened in (snapshot, again):
        await opened.close()


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/private/app", Unauthorised),
        ("/page/app", NotARepository),
        ("/git/absent.git", NotARepository),
        ("/inward/app", AddressRefused),
    ],
)
async def test_each_refusal_of_a_host_has_its_name(
    host: str, tmp_path: Path, path: str, problem: type[Exception]
) -> None:
    with pytest.raises(problem):
        await opener(tmp_path / "home").probe(f"{host}{path}", None)


async def test_a_host_that_does_not_answer_is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(Unreachable):
        await opener(tmp_path / "home").probe("http://127.0.0.1:1/app", None)


async def test_a_repository_beyond_the_limit_is_not_fetched(tmp_path: Path) -> None:
    link = make_repository(tmp_path / "repo", {"big.bin": os.urandom(3 * 2**20)})
    sources = opener(tmp_path / "home", git_file_urls=True, max_repository_bytes=2**20)

    with pytest.raises(TooBig):
        await sources.open(row(link), None)

    assert not list((tmp_path / "home" / "workspaces" / "source").iterdir())


async def test_symbolic_links_and_oversized_files_are_listed_but_not_read(tmp_path: Path) -> None:
    repository = tmp_path / "repo"
    make_repository(repository, {"big.txt": "x" * 5000})
    (repository / "link.txt").symlink_to("/etc/passwd")
    commit(repository, {})
    sources = opener(tmp_path / "home", git_file_urls=True, max_repository_file_bytes=1000)

    snapshot = await sources.open(row(repository.as_uri()), None)

    codes = {entry.source: entry.skip and entry.skip.code async for entry in snapshot.entries()}
    assert codes == {"big.txt": "too_large", "link.txt": "not_a_file"}
    await snapshot.close()


async def test_too_little_disk_space_is_told(tmp_path: Path) -> None:
    sources = opener(tmp_path / "home", git_file_urls=True, min_free_bytes=2**60)

    with pytest.raises(SourceProblem, match="disk space") as problem:
        await sources.open(row(make_repository(tmp_path / "repo", FILES)), None)

    assert problem.value.status == 507


async def test_credentials_in_an_address_reach_neither_answer_nor_row(
    client: httpx2.AsyncClient, platform: Platform
) -> None:
    answer = await add_repository(client, "https://oauth2:planted-token@example.org/shop/app")

    assert answer.status_code == 422
    assert "planted-token" not in answer.text
    assert "credentials" in str(envelope(answer)["message"])
