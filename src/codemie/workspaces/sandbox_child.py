"""Runs one script inside walls it cannot take down. A program of its own: standard library only, imported by nobody.

    python -I -S -B sandbox_child.py '{"script": …, "readable": […], "limits": {…}, "walls": true}'

The walls, in the order they are raised, none of which a process can lower again:

1. resource limits: processor time, address space, file size, open files, processes, no core dumps
2. another user where the caller says so, and no capabilities: even for root, files are then what their mode says
3. empty network, IPC and user namespaces, where the kernel lets us; depth only, nothing depends on them
4. no new privileges
5. Landlock: the working folder may be changed, the interpreter's library and a few devices read, nothing else
6. seccomp: an allow-list of system calls. No sockets, no new processes, no other programs, no signals to others, no
   mounts, no keys, no io_uring; whatever is not named fails with EPERM

A wall that cannot be raised ends the process with status 97 before the script's first line.
"""

import ctypes
import errno
import io
import json
import os
import platform
import resource
import runpy
import struct
import sys
import traceback
from pathlib import Path
from typing import Any

REFUSED = 97
_LINE = 3
"""Where a script finds the line to the platform, if it has one; see `runtime_module`."""
_LIBC = ctypes.CDLL(None, use_errno=True)

# Landlock: linux/landlock.h. Number → which kernels know it: all 13 since ABI 1, then one more each.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = (1 << bit for bit in range(6))
_MAKE_DIR, _MAKE_REG, _REFER, _TRUNCATE = 1 << 7, 1 << 8, 1 << 13, 1 << 14
_FILE_RIGHTS = _WRITE_FILE | _READ_FILE | _TRUNCATE
_CHANGE = _FILE_RIGHTS | _READ_DIR | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER
_HANDLED_SINCE = {1: (1 << 13) - 1, 2: _REFER, 3: _TRUNCATE, 5: 1 << 15}
_NETWORK, _SCOPES = 0b11, 0b11

# What an interpreter without network and children needs: (x86-64, AArch64); None where a system lacks the call.
_ALLOWED = {
    "read": (0, 63), "write": (1, 64), "open": (2, None), "close": (3, 57), "stat": (4, None), "fstat": (5, 80),
    "lstat": (6, None), "poll": (7, None), "lseek": (8, 62), "mmap": (9, 222), "mprotect": (10, 226),
    "munmap": (11, 215), "brk": (12, 214), "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139), "pread64": (17, 67), "pwrite64": (18, 68), "readv": (19, 65), "writev": (20, 66),
    "access": (21, None), "pipe": (22, None), "select": (23, None), "sched_yield": (24, 124), "mremap": (25, 216),
    "msync": (26, 227), "madvise": (28, 233), "dup": (32, 23), "dup2": (33, None), "nanosleep": (35, 101),
    "setitimer": (38, 103), "getpid": (39, 172), "sendfile": (40, 71), "sendto": (44, 206), "recvfrom": (45, 207),
    "exit": (60, 93), "uname": (63, 160), "fcntl": (72, 25), "flock": (73, 32), "fsync": (74, 82),
    "fdatasync": (75, 83), "ftruncate": (77, 46), "getdents": (78, None), "getcwd": (79, 17), "chdir": (80, 49),
    "fchdir": (81, 50), "rename": (82, None), "mkdir": (83, None), "rmdir": (84, None), "creat": (85, None),
    "unlink": (87, None), "readlink": (89, None), "umask": (95, 166), "gettimeofday": (96, 169),
    "getrlimit": (97, 163), "getrusage": (98, 165), "sysinfo": (99, 179), "times": (100, 153), "getuid": (102, 174),
    "getgid": (104, 176), "geteuid": (107, 175), "getegid": (108, 177), "getppid": (110, 173),
    "sigaltstack": (131, 132),
    "statfs": (137, 43), "fstatfs": (138, 44), "gettid": (186, 178), "time": (201, None), "futex": (202, 98),
    "sched_getaffinity": (204, 123), "getdents64": (217, 61), "set_tid_address": (218, 96), "fadvise64": (221, 223),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "exit_group": (231, 94),
    "epoll_wait": (232, None), "epoll_ctl": (233, 21), "openat": (257, 56), "mkdirat": (258, 34),
    "newfstatat": (262, 79), "unlinkat": (263, 35), "renameat": (264, 38), "readlinkat": (267, 78),
    "faccessat": (269, 48), "pselect6": (270, 72), "ppoll": (271, 73), "set_robust_list": (273, 99),
    "epoll_pwait": (281, 22), "eventfd2": (290, 19), "epoll_create1": (291, 20), "dup3": (292, 24), "pipe2": (293, 59),
    "preadv": (295, 69), "pwritev": (296, 70), "renameat2": (316, 276), "getrandom": (318, 278),
    "membarrier": (324, 283), "copy_file_range": (326, 285), "statx": (332, 291), "rseq": (334, 293),
    "faccessat2": (439, 439),
}  # fmt: skip
# Modes and times are no business of Landlock's, so they are left alone, but much of the library sets them in passing.
_IGNORED = {
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "utime": (132, None),
    "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
}  # fmt: skip
_CLONE, _CLONE3, _IOCTL, _SOCKETPAIR, _PRLIMIT = (56, 220), (435, 435), (16, 29), (53, 199), (302, 261)
_KILL, _TGKILL = (62, 129), (234, 131)
_CLONE_THREAD = 0x10000
# TCGETS, TIOCGWINSZ, FIOCLEX, FIONREAD, FIONBIO
_IOCTLS = (0x5401, 0x5413, 0x5451, 0x541B, 0x5421)
_AF_UNIX, _SOCK_STREAM, _SOCK_KIND = 1, 1, 0xF
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _EQUAL, _AND, _AT_LEAST, _RETURN = 0x20, 0x15, 0x54, 0x35, 0x06


class WallMissing(Exception):
    """A wall cannot be raised here."""


def _call(what: str, result: int) -> int:
    if result < 0:
        raise WallMissing(f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def limit_resources(limits: dict[str, int]) -> None:
    """Caps that the kernel keeps for this process."""
    for name, value in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(kind)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (most, most))


def give_up_rights(user: int | None) -> None:
    """Become somebody else, and lose what only root may."""
    if user is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    # Version 3 of the interface: two records of three zeros.
    _call("no capabilities", _LIBC.capset(struct.pack("II", 0x20080522, 0), bytes(24)))


def leave_namespaces() -> None:
    """Empty network and IPC, where unprivileged user namespaces are allowed."""
    if os.geteuid() == 0:
        _LIBC.unshare(0x40000000 | 0x08000000)
    else:
        _LIBC.unshare(0x10000000 | 0x40000000 | 0x08000000)


def forbid_privileges() -> None:
    """Nothing gains rights from here on; Landlock and seccomp insist on it."""
    _call("no_new_privs", _LIBC.prctl(38, 1, 0, 0, 0))
    # No core dumps, and /proc/self belongs to root.
    _call("not dumpable", _LIBC.prctl(4, 0, 0, 0, 0))


def confine_files(writable: str, readable: list[str], devices: list[str]) -> None:
    """Landlock: what is not named cannot be opened."""
    abi = _call("Landlock", _LIBC.syscall(_CREATE_RULESET, None, 0, 1))
    handled = sum(rights for since, rights in _HANDLED_SINCE.items() if abi >= since)
    attributes = struct.pack("QQQ", handled, _NETWORK if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = _call("Landlock rules", _LIBC.syscall(_CREATE_RULESET, attributes[:size], size, 0))
    _allow(ruleset, writable, _CHANGE & handled)
    for path in readable:
        _allow(ruleset, path, (_READ_FILE | _READ_DIR) & handled)
    for path in devices:
        _allow(ruleset, path, (_READ_FILE | _WRITE_FILE) & handled)
    _call("Landlock", _LIBC.syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not Path(path).is_dir():
        rights &= _FILE_RIGHTS
    _call(path, _LIBC.syscall(_ADD_RULE, ruleset, 1, struct.pack("=Qi", rights, place), 0))
    os.close(place)


def confine_calls() -> None:
    """Seccomp: what is not on the list fails."""
    if platform.machine() not in _ARCHITECTURES:
        raise WallMissing(f"no list of system calls for {platform.machine()}")
    column, audit = _ARCHITECTURES[platform.machine()]
    program = b"".join(_program(column, audit, os.getpid()))
    code = ctypes.create_string_buffer(program, len(program))

    class Filter(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    filter_ = Filter(len(program) // 8, ctypes.addressof(code))
    _call("seccomp", _LIBC.prctl(22, 2, ctypes.byref(filter_), 0, 0))


def _op(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)


def _program(column: int, audit: int, pid: int) -> "list[bytes]":
    failed = _op(_RETURN, _ERRNO | errno.EPERM)
    lines = [_op(_LOAD, 4), _op(_EQUAL, audit, 1, 0), _op(_RETURN, _KILL_PROCESS), _op(_LOAD, 0)]
    # The other numbering of x86-64 would walk around the list.
    lines += [_op(_AT_LEAST, 0x40000000, 0, 1), _op(_RETURN, _KILL_PROCESS)]
    for table, answer in ((_ALLOWED, _ALLOW), (_IGNORED, _ERRNO)):
        for numbers in table.values():
            if numbers[column] is not None:
                lines += [_op(_EQUAL, numbers[column], 0, 1), _op(_RETURN, answer)]
    # glibc then falls back to clone, whose flags can be looked at.
    lines += [_op(_EQUAL, _CLONE3[column], 0, 1), _op(_RETURN, _ERRNO | errno.ENOSYS)]
    lines += _when(_CLONE[column], _argument(0), [_op(_AND, _CLONE_THREAD), _op(_EQUAL, _CLONE_THREAD, 0, 1)])
    for number in (_KILL[column], _TGKILL[column]):
        lines += _when(number, _argument(0), [_op(_EQUAL, pid, 0, 1)])
    lines += _when(_PRLIMIT[column], _argument(0), [_op(_EQUAL, 0, 0, 1)])
    for command in _IOCTLS:
        lines += [_op(_EQUAL, _IOCTL[column], 0, 4), _argument(1), _op(_EQUAL, command, 0, 1), _op(_RETURN, _ALLOW)]
        lines += [_op(_LOAD, 0)]
    stream = [_op(_AND, _SOCK_KIND), _op(_EQUAL, _SOCK_STREAM, 0, 1)]
    pair = [_argument(0), _op(_EQUAL, _AF_UNIX, 0, 4), _argument(1), *stream, _op(_RETURN, _ALLOW), failed]
    lines += [_op(_EQUAL, _SOCKETPAIR[column], 0, len(pair)), *pair]
    return [*lines, failed]


def _argument(number: int) -> bytes:
    """Load the low half of an argument; both systems are little-endian."""
    return _op(_LOAD, 16 + 8 * number)


def _when(number: int, load: bytes, checks: "list[bytes]") -> "list[bytes]":
    block = [load, *checks, _op(_RETURN, _ALLOW), _op(_RETURN, _ERRNO | errno.EPERM)]
    return [_op(_EQUAL, number, 0, len(block)), *block]


def raise_walls(order: dict[str, Any]) -> None:
    """All of them, or none at all where an administrator wants it so."""
    limit_resources(order["limits"])
    if not order["walls"]:
        return
    leave_namespaces()
    give_up_rights(order["user"])
    forbid_privileges()
    confine_files(str(Path.cwd()), order["readable"], order["devices"])
    confine_calls()


def close_descriptors(line: int | None) -> None:
    """Whoever started this may have handed down sockets and files without wanting to; one may be wanted."""
    if line is not None and line != _LINE:
        os.dup2(line, _LINE)
    first = _LINE if line is None else _LINE + 1
    os.closerange(first, max(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[0]))


def main() -> None:
    """Raise the walls, then run the script as if it had been started itself."""
    order = json.loads(sys.argv[1])
    close_descriptors(order.get("line"))
    # What needs opening before the walls: nothing may be looked for afterwards.
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, "utf-8", "replace", line_buffering=True)
    sys.stderr = io.TextIOWrapper(sys.stderr.buffer, "utf-8", "replace", line_buffering=True)
    try:
        raise_walls(order)
    except (WallMissing, OSError, ValueError) as error:
        sys.stderr.write(f"The script cannot be isolated on this server: {error}\n")
        sys.stderr.flush()
        os._exit(REFUSED)
    sys.argv = [order["script"], *order.get("arguments", ())]
    sys.path.insert(0, str(Path.cwd()))
    sys.path.extend(order["packages"])
    try:
        runpy.run_path(order["script"], run_name="__main__")
    # Broad: whatever ends the script is shown as it would be had it been started itself, without our own frames.
    except Exception as error:  # noqa: BLE001 - see above
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename != order["script"]:
            trace = trace.tb_next
        traceback.print_exception(type(error), error, trace)
        sys.exit(1)


if __name__ == "__main__":
    main()
