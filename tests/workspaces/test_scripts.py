"""Scripts of workspaces: what they can do, and that they cannot do anything else. The real walls of this machine."""

import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from codemie.workspaces import sandbox, sandbox_child
from codemie.workspaces.sandbox import Sandbox
from codemie.workspaces.settings import WorkspacesSettings
from tests.conftest import MakeUser
from tests.conversations.test_files import conversation_with, upload
from tests.support import Platform, free_port, require, serving
from tests.workspaces.places import files_of, new_workspace, refused, write

pytestmark = pytest.mark.process

CHILD_TEXT = Path(sandbox_child.__file__).read_text()
DEFAULTS: dict[str, Any] = {}


@pytest.fixture(scope="module", autouse=True)
async def isolation() -> None:
    """These tests are about a Linux that can isolate; what happens elsewhere is tested below."""
    if not sys.platform.startswith("linux"):
        require(False, "Landlock and seccomp")


async def run(client: Any, source: str, workspace: str | None = None, **wanted: Any) -> dict[str, Any]:
    """Run a script in a workspace of its own, or in the one that is given."""
    workspace = workspace or await new_workspace(client)
    await write(client, f"/v1/workspaces/{workspace}/files", "script.py", source)
    body = {"script_path": "script.py", **wanted}
    answer = await client.post(f"/v1/workspaces/{workspace}/execute", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def attempts(client: Any, *expressions: str) -> dict[str, str]:
    """What a script is told that tries something: the name of the error, or what it got."""
    source = (
        f"import json, os, resource, socket, subprocess\ntold = {{}}\nfor tried in {list(expressions)!r}:\n"
        "    try:\n        told[tried] = 'GOT ' + repr(eval(tried))\n"
        "    except BaseException as e:\n        told[tried] = type(e).__name__\nprint(json.dumps(told))\n"
    )
    return dict(json.loads((await run(client, source))["output"]))


@pytest.fixture
async def owner(make_user: MakeUser) -> Any:
    return await make_user("owner")


async def test_a_script_computes_over_the_files_and_its_new_files_come_back(owner: Any) -> None:
    conversation = await conversation_with(owner, await upload(owner, "data.csv", b"1\n2\n39\n"))
    workspace = await new_workspace(owner, conversation)
    source = (
        "import csv, json, pathlib, sqlite3, asyncio, threading\n"
        "total = sum(int(row[0]) for row in csv.reader(open('data.csv')))\n"
        "pathlib.Path('out').mkdir()\n"
        "pathlib.Path('out/total.json').write_text(json.dumps(total))\n"
        "open('chart.bin', 'wb').write(bytes(range(256)))\n"
        "async def later():\n    await asyncio.sleep(0.01)\n    return total\n"
        "print('total', asyncio.run(later()), sqlite3.connect('x.db').execute('select 1').fetchone(), 'ünï')\n"
    )
    done = await run(owner, source, workspace)
    assert done["message"] == "Script script.py executed"
    assert done["output"] == "total 42 (1,) ünï\n"
    assert {"chart.bin", "out/total.json"} <= {file["path"] for file in done["workspaceFiles"]}
    path = f"/v1/workspaces/{workspace}/files"
    assert (await owner.get(f"{path}/content", params={"file_path": "out/total.json"})).json()["content"] == "42"
    downloaded = await owner.get(f"{path}/download", params={"file_path": "chart.bin"})
    assert downloaded.content == bytes(range(256))


async def test_files_of_the_chat_stand_in_nobodys_way(owner: Any) -> None:
    """One has the name of a folder, the others those of the platform's own files."""
    conversation = str(uuid.uuid4())
    workspace = await new_workspace(owner, conversation)
    await write(owner, f"/v1/workspaces/{workspace}/files", "data/x", "mine")
    names = ("data", ".codemie_bridge", "codemie_runtime_sdk.py")
    await conversation_with(owner, *[await upload(owner, name, b"lent") for name in names], known=conversation)
    done = await run(owner, "print(open('data/x').read(), open('chat-1-data').read())", workspace)
    assert (done["message"], done["output"]) == ("Script script.py executed", "mine lent\n")


async def test_only_the_wanted_files_come_back(owner: Any) -> None:
    workspace = await new_workspace(owner)
    done = await run(owner, "for n in 'ab': open(n, 'w').write(n)", workspace, export_files=["a", "missing"])
    assert [file["path"] for file in done["workspaceFiles"]] == ["a"]
    assert done["warnings"] == ["missing was not made or changed by the script"]
    assert await files_of(owner, f"/v1/workspaces/{workspace}/files") == ["a", "script.py"]


async def test_an_error_is_shown_as_python_shows_it(owner: Any) -> None:
    done = await run(owner, "def f():\n    1 / 0\nf()\n")
    assert done["message"] == "Script script.py failed with exit status 1"
    assert done["output"].startswith('Traceback (most recent call last):\n  File "script.py", line 3')
    assert "sandbox_child" not in done["output"]


async def test_a_script_that_is_not_there_is_told(owner: Any) -> None:
    workspace = await new_workspace(owner)
    refused(await owner.post(f"/v1/workspaces/{workspace}/execute", json={"script_path": "none.py"}), "not found")


LEADS_OUT = (
    "socket.create_connection(('127.0.0.1', 1))",
    "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "socket.socket(socket.AF_UNIX)",
    "socket.socket(socket.AF_NETLINK)",
    "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
    "os.fork()",
    "os.execv('/bin/ls', ['ls'])",
    "subprocess.run(['/bin/ls'])",
    "os.posix_spawn('/bin/ls', ['ls'], {})",
    "open('/etc/passwd').read()",
    "os.listdir('/')",
    "os.listdir('/proc')",
    "open('/proc/self/environ').read()",
    "open(f'/proc/{os.getppid()}/environ').read()",
    "open(f'/proc/{os.getppid()}/mem').read()",
    "open('/tmp/outside', 'w')",
    "open('../outside', 'w')",
    "os.mkdir('../outside')",
    "os.remove('/etc/hostname')",
    "os.rename('script.py', '/tmp/outside')",
    "os.truncate('/etc/hostname', 0)",
    "os.symlink('/etc/passwd', 'link')",
    "os.link('/etc/passwd', 'link')",
    "os.mkfifo('pipe')",
    "os.chown('script.py', 0, 0)",
    "os.setxattr('script.py', 'user.x', b'1')",
    "os.kill(os.getppid(), 0)",
    "os.kill(-1, 0)",
    "os.setuid(0)",
    "os.chroot('.')",
    "os.memfd_create('x')",
    "resource.prlimit(os.getppid(), 7, (1, 1))",
)


async def test_what_leads_out_is_refused(owner: Any) -> None:
    told = await attempts(owner, *LEADS_OUT)
    assert set(told) == set(LEADS_OUT)
    assert {tried: answer for tried, answer in told.items() if answer not in {"PermissionError", "OSError"}} == {}


async def test_calls_that_are_not_listed_are_refused(owner: Any) -> None:
    """Ptrace, mount, unshare, process_vm_readv, io_uring_setup, bpf, keyctl, init_module, setns, kexec_load."""
    if os.uname().machine != "x86_64":
        pytest.skip("the numbers are those of x86-64")
    source = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "for number in (101, 165, 272, 310, 425, 321, 250, 175, 308, 246):\n"
        "    print(libc.syscall(number, 0, 0, 0, 0, 0), ctypes.get_errno())\n"
    )
    assert (await run(owner, source))["output"] == "-1 1\n" * 10


async def test_the_other_numbering_of_calls_ends_the_script(owner: Any) -> None:
    if os.uname().machine != "x86_64":
        pytest.skip("there is only one numbering on this machine")
    done = await run(owner, "import ctypes\nctypes.CDLL(None).syscall(0x40000000 + 41, 2, 1, 0)\nprint('alive')")
    assert "alive" not in done["output"]
    assert "signal 31" in done["message"]


async def test_the_platforms_secrets_cannot_be_read(owner: Any, platform: Platform, tmp_path: Path) -> None:
    secret = platform.home / "master.key"
    secret.write_text("planted")
    secret.chmod(0o666)
    platform.home.chmod(0o755)
    told = await attempts(
        owner,
        f"open({str(secret)!r}).read()",
        f"os.listdir({str(platform.home)!r})",
        f"open({str(secret)!r}, 'a').write('x')",
    )
    assert set(told.values()) == {"PermissionError"}
    assert secret.read_text() == "planted"


async def test_the_environment_is_empty_and_there_are_no_foreign_descriptors(owner: Any) -> None:
    done = await run(
        owner,
        "import os, sys\n"
        "def is_open(n):\n"
        "    try:\n        os.fstat(n)\n    except OSError:\n        return False\n    return True\n"
        "print(dict(os.environ), [n for n in range(128) if is_open(n)], sys.stdin.read())\n",
    )
    assert done["output"] == "{'LANG': 'C.UTF-8'} [0, 1, 2] \n"


async def test_modes_and_times_outside_stay_as_they_are(owner: Any, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("x")
    victim.chmod(0o640)
    os.utime(victim, (1, 1))
    await run(owner, f"import os\nos.chmod({str(victim)!r}, 0)\nos.utime({str(victim)!r}, (5, 5))")
    assert (victim.stat().st_mode & 0o777, victim.stat().st_mtime) == (0o640, 1)


async def test_an_endless_loop_ends(limited: Any) -> None:
    done = await run(limited, "while True: pass")
    assert "used more than it may" in done["message"] or "ran longer" in done["message"]


async def test_a_script_that_sleeps_ends(limited: Any) -> None:
    done = await run(limited, "print('begun', flush=True)\nimport time\ntime.sleep(600)")
    assert done["message"] == "Script script.py was stopped: it ran longer than 2 seconds"
    assert done["output"] == "begun\n"


async def test_memory_ends(owner: Any) -> None:
    done = await run(owner, "x = []\nwhile True: x.append(bytearray(10**7))")
    assert "MemoryError" in done["output"] or "signal" in done["message"]


async def test_threads_end(owner: Any) -> None:
    done = await run(
        owner,
        "import threading, time\nn = 0\ntry:\n    while n < 10_000:\n"
        "        threading.Thread(target=time.sleep, args=(0.5,)).start(); n += 1\n"
        "except RuntimeError:\n    print('at most', n)\n",
    )
    assert "at most" in done["output"]


async def test_output_ends(limited: Any) -> None:
    done = await run(limited, "while True: print('spam' * 100)")
    assert done["message"].startswith("Script script.py was stopped: its output exceeded 2000 bytes")
    assert len(done["output"]) == 2000


async def test_files_end(limited: Any) -> None:
    one = await run(limited, "f = open('big', 'wb')\nwhile True: f.write(b'x' * 100); f.flush()")
    assert "File too large" in one["output"]
    many = await run(limited, "import time\nn = 0\nwhile True:\n    open(str(n), 'wb').write(b'x' * 900); n += 1")
    assert "their files" in many["message"] or "take more room" in many["message"] or "used more" in many["message"]


async def test_what_does_not_fit_is_told_and_left_out(limited: Any) -> None:
    workspace = await new_workspace(limited)
    done = await run(limited, "for n in range(5): open(f'f{n}', 'w').write('x')", workspace)
    assert len(done["workspaceFiles"]) == 2
    assert len(done["warnings"]) == 3
    assert "3 files" in done["warnings"][0]


async def test_a_script_cannot_take_the_platforms_paths(owner: Any) -> None:
    workspace = await new_workspace(owner)
    source = (
        "import os\nos.mkdir('.codemie_bridge')\nopen('.codemie_bridge/x', 'w').close()\n"
        "open('codemie_runtime_sdk.py', 'w').close()"
    )
    done = await run(owner, source, workspace)
    assert done["warnings"] == [".codemie_bridge/x was not kept: file_path is reserved"]
    assert await files_of(owner, f"/v1/workspaces/{workspace}/files") == ["script.py"]


async def test_tools_cannot_be_called_without_an_agent(owner: Any) -> None:
    source = (
        "from codemie_runtime_sdk import call_tool, call_tools, ToolCallError\n"
        "try:\n    call_tool('x', {})\nexcept ToolCallError as e:\n    print(e.code, e.retryable, e.may_have_run)\n"
        "print([e.code for e in call_tools([{'name': 'x', 'args': {}}] * 2)])\n"
    )
    assert (await run(owner, source))["output"] == "no_context False False\n['no_context', 'no_context']\n"


async def test_scripts_leave_nothing_on_the_disk(owner: Any) -> None:
    before = set(Path("/tmp").glob("codemie-script-*"))  # noqa: ASYNC240
    await run(owner, "open('x', 'w').write('x')")
    assert set(Path("/tmp").glob("codemie-script-*")) <= before  # noqa: ASYNC240


@pytest.mark.parametrize(
    ("call", "wrong"), [("_RESTRICT_SELF = 444", "_RESTRICT_SELF = 9444"), ("_LIBC.prctl(22", "_LIBC.prctl(9922")]
)
async def test_where_a_wall_is_missing_nothing_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, call: str, wrong: str
) -> None:
    """A kernel without Landlock, and one without seccomp, as far as a program can tell."""
    text = CHILD_TEXT
    assert call in text
    (tmp_path / "child.py").write_text(text.replace(call, wrong))
    monkeypatch.setattr(sandbox, "_CHILD", tmp_path / "child.py")
    refusal = await Sandbox(WorkspacesSettings(**DEFAULTS)).refusal()
    assert refusal is not None
    assert "cannot isolate scripts" in refusal


async def test_walls_that_hold_nothing_are_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = CHILD_TEXT
    (tmp_path / "child.py").write_text(text.replace("    confine_calls()\n", ""))
    monkeypatch.setattr(sandbox, "_CHILD", tmp_path / "child.py")
    refusal = await Sandbox(WorkspacesSettings(**DEFAULTS)).refusal()
    assert refusal is not None
    assert "not prevented: sockets" in refusal


@pytest.mark.parametrize(("isolation", "runs"), [("off", False), ("none", True)])
async def test_an_administrator_decides_otherwise(
    platform: Platform, platform_environment: dict[str, str], admin_token: str, isolation: str, runs: object
) -> None:
    settings = {
        **platform_environment,
        "CODEMIE_WORKSPACES_SCRIPT_ISOLATION": isolation,
        "CODEMIE_PORT": str(free_port()),
    }
    async with serving(settings) as running, running.client(admin_token) as client:
        workspace = await new_workspace(client)
        await write(client, f"/v1/workspaces/{workspace}/files", "a.py", "print('ran', open('/etc/passwd').read()[:4])")
        answer = await client.post(f"/v1/workspaces/{workspace}/execute", json={"script_path": "a.py"})
    if runs:
        assert answer.json()["output"] == "ran root\n"
    else:
        refused(answer, "switched off")
