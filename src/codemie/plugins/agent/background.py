"""The agent as a service of one person: a user unit of systemd, or an agent of launchd."""

from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

NAME = "codemie-agent"
_LAUNCHD_NAME = "ai.codemie.agent"


@dataclass(frozen=True, slots=True)
class Unit:
    """What is written where, and what makes the system read it.

    Args:
        path: of the file.
        content: of it; no secret, others may read it.
        start: commands that start it now and at every sign-in.
        stop: commands that undo that.
        log: how to read what it says.
    """

    path: Path
    content: str
    start: tuple[tuple[str, ...], ...]
    stop: tuple[tuple[str, ...], ...]
    log: str


def unit_for(platform: str, python: Path, home: Path, config: Path | None, root: Path) -> Unit | None:
    """The unit for a system; None where there is none.

    Args:
        platform: as `sys.platform` has it.
        python: that has CodeMie installed.
        home: of the person.
        config: the agent's configuration, when not the usual.
        root: the folder to serve.
    """
    command = [str(python), "-m", "codemie.cli", "plugin", "run", "--non-interactive", "--repo-path", str(root)]
    command += ["--config", str(config)] if config else []
    if platform.startswith("linux"):
        return _systemd(command, home)
    return _launchd(command, home) if platform == "darwin" else None


def _systemd(command: list[str], home: Path) -> Unit:
    # 3: the key or the configuration is wrong; trying again every few seconds mends neither.
    content = f"""[Unit]
Description=CodeMie agent: tools of this machine for the platform
After=network-online.target
Wants=network-online.target

[Service]
ExecStart={" ".join(_quoted(word) for word in command)}
Restart=on-failure
RestartSec=5
RestartPreventExitStatus=2 3
TimeoutStopSec=40
NoNewPrivileges=yes
LockPersonality=yes
RestrictSUIDSGID=yes

[Install]
WantedBy=default.target
"""
    manage = ("systemctl", "--user")
    return Unit(
        home / ".config" / "systemd" / "user" / f"{NAME}.service",
        content,
        ((*manage, "daemon-reload"), (*manage, "enable", NAME), (*manage, "restart", NAME)),
        ((*manage, "disable", "--now", NAME),),
        f"journalctl --user -u {NAME} -f",
    )


def _quoted(word: str) -> str:
    """As systemd reads words: in quotes, with its own signs doubled."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _launchd(command: list[str], home: Path) -> Unit:
    words = "\n".join(f"    <string>{escape(word)}</string>" for word in command)
    log = home / "Library" / "Logs" / f"{NAME}.log"
    content = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>{_LAUNCHD_NAME}</string>
  <key>ProgramArguments</key>
  <array>
{words}
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>ExitTimeOut</key>
  <integer>40</integer>
  <key>StandardErrorPath</key>
  <string>{escape(str(log))}</string>
</dict>
</plist>
"""
    path = home / "Library" / "LaunchAgents" / f"{_LAUNCHD_NAME}.plist"
    return Unit(
        path,
        content,
        (("launchctl", "load", "-w", str(path)),),
        (("launchctl", "unload", "-w", str(path)),),
        f"tail -f {log}",
    )
