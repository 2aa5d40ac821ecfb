"""PostgreSQL refuses to run as root: the account it runs under instead, and its way to its files.

The account may pass through the folders above its data and programs, by an access-control entry for it alone.
Nobody else gains anything: modes stay as they are, and a folder it may pass through it still may not list.
"""

import os
import pwd
import shutil
import struct
import subprocess
import sys
from pathlib import Path

from codemie.kernel.errors import ConfigurationError

NAME = "codemie"

# Debian, Fedora and their kin; then Alpine.
_CREATE_COMMANDS = (
    ("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false"),
    ("adduser", "-S", "-D", "-H", "-s", "/bin/false"),
)

# The kernel's layout of a POSIX access-control list: linux/posix_acl_xattr.h
_ACL_ATTRIBUTE = "system.posix_acl_access"
_ACL_VERSION = 2
_USER_OWNER, _USER, _GROUP_OWNER, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_NO_ID = 0xFFFFFFFF
_EXECUTE = 1

_AclEntry = tuple[int, int, int]


def account() -> pwd.struct_passwd | None:
    """The account to run PostgreSQL under, made when it is missing; None when we are not root.

    Raises:
        ConfigurationError: we are root and no such account can be made.
    """
    if os.geteuid() != 0:
        return None
    problem = "neither useradd nor adduser is installed"
    for command in ((), *_CREATE_COMMANDS):
        if command and shutil.which(command[0]):
            made = subprocess.run([*command, NAME], capture_output=True, text=True, timeout=30, check=False)
            problem = made.stderr.strip() or problem
        try:
            return pwd.getpwnam(NAME)
        except KeyError:
            continue
    raise ConfigurationError(
        f"PostgreSQL does not run as root, and its own account '{NAME}' cannot be made",
        details=problem,
        help=f"Start CodeMie as a normal user, create an account '{NAME}', or set CODEMIE_DATABASE_URL",
    )


def open_way(target: Path, user: pwd.struct_passwd) -> None:
    """Let `user` pass through every folder above `target`.

    Raises:
        ConfigurationError: a folder shuts the account out and its file system keeps no access-control lists.
    """
    for folder in reversed(target.resolve().parents):
        status = folder.stat()
        if status.st_mode & 0o001 or status.st_uid == user.pw_uid:
            continue
        try:
            _allow_passage(folder, user.pw_uid, status.st_mode)
        except OSError as error:
            raise ConfigurationError(
                f"PostgreSQL runs as the account '{NAME}', which may not enter {folder}",
                details=f"Granting it passage failed: {error.strerror}",
                help=f"Run 'chmod o+x {folder}', set CODEMIE_HOME to a folder elsewhere, or start as a normal user",
            ) from error


def _allow_passage(folder: Path, uid: int, mode: int) -> None:
    if sys.platform != "linux":
        raise OSError(0, "not on this operating system")
    entries = {(tag, ident): permissions for tag, permissions, ident in _read_acl(folder, mode)}
    # A later chmod keeps the entry but cuts the mask down to the group's bits: then it grants nothing.
    if entries.get((_USER, uid), 0) & entries.get((_MASK, _NO_ID), 0) & _EXECUTE:
        return
    entries[_USER, uid] = entries.get((_USER, uid), 0) | _EXECUTE
    mask = 0
    for (tag, _), permissions in entries.items():
        if tag in {_USER, _GROUP_OWNER, _GROUP}:
            mask |= permissions
    entries[_MASK, _NO_ID] = mask
    rows = [struct.pack("<HHI", tag, permissions, ident) for (tag, ident), permissions in sorted(entries.items())]
    os.setxattr(folder, _ACL_ATTRIBUTE, struct.pack("<I", _ACL_VERSION) + b"".join(rows))


def _read_acl(folder: Path, mode: int) -> list[_AclEntry]:
    if sys.platform != "linux":
        return []
    try:
        raw = os.getxattr(folder, _ACL_ATTRIBUTE)
    except OSError:
        # Without a list of its own a folder has exactly its mode bits.
        return [
            (_USER_OWNER, mode >> 6 & 7, _NO_ID),
            (_GROUP_OWNER, mode >> 3 & 7, _NO_ID),
            (_OTHER, mode & 7, _NO_ID),
        ]
    return [(tag, permissions, ident) for tag, permissions, ident in struct.iter_unpack("<HHI", raw[4:])]
