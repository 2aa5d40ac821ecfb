"""Pages that MkDocs gets from the code itself: settings, commands, HTTP API, checks. Nothing is written to docs/."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from codemie.app import create_app
from codemie.identity.policy import ACTIONS, PROJECTLESS, RULES
from codemie.identity.route_rules import ROUTES
from codemie.kernel.settings import Section, env_name
from codemie.settings import SECTIONS, load_settings

# MkDocs loads this file by its path, and looks nowhere for what lies beside it.
sys.path.insert(0, str(Path(__file__).parent))
from checks_page import checks_page, faults_page, with_checks
from commands_page import command_line_page


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages; MkDocs calls this by its name."""
    pages: dict[str, Callable[[], str]] = {
        "reference/settings.md": settings_page,
        "reference/cli.md": command_line_page,
        "reference/api.md": api_page,
        "reference/access.md": access_page,
        "reference/checks.md": checks_page,
        "reference/faults.md": faults_page,
    }
    for path, build in pages.items():
        files.append(File.generated(config, path, content=build()))
    return files


def on_page_markdown(markdown: str, /, *, page: Any, **_: Any) -> str:
    """Name the checks below each question; MkDocs calls this by its name."""
    return with_checks(markdown) if page.file.src_uri == "faq.md" else markdown


def settings_page() -> str:
    """Every setting with its variable, default and meaning."""
    intro = (
        "# Settings\n\n"
        "A value comes from the environment, else from the settings file, else it is the default. The file is "
        "`codemie.yaml` in the home folder, or the one `CODEMIE_CONFIG` names; its keys are `<room>: <field>:`, "
        "for example\n\n```yaml\nkernel:\n  port: 9000\n  log_level: DEBUG\n```\n\n"
        "`codemiectl config show` prints the values in force and where each came from. A key nobody knows is an "
        "error, a variable nobody knows is pointed out.\n"
    )
    return intro + "".join(_section(room, model) for room, model in SECTIONS.items())


def _section(room: str, model: type[Section]) -> str:
    rows = [f"\n## {room}\n\n{model.__doc__ or ''}\n\n| Key | Variable | Default | Meaning |\n|---|---|---|---|\n"]
    for name, field in model.model_fields.items():
        default = "–" if field.default is None else f"`{field.default}`"
        meaning = (field.description or "").replace("|", "\\|")
        rows.append(f"| `{room}.{name}` | `{env_name(room, name, field)}` | {default} | {meaning} |\n")
    return "".join(rows)


def access_page() -> str:
    """Who may do what: the policy's rules for objects, and the rule of every route."""
    intro = (
        "# Who may do what\n\nThese tables are data in the code: `codemie/identity/policy.py` and "
        "`codemie/identity/route_rules.py`. A test sends every role to every route and compares; a route that is not "
        "in the table fails it.\n\nA personal access token has none of its user's platform roles, reaches only the "
        "projects it was made for, and writes only if it was made for that.\n\n## Objects\n\n"
        "Each relation is enough: *owner* created it, *manager* administers its project, *shared* is a member of the "
        "project it is shared in, *member* of its project in any case, *global* sees what is published to all, "
        "*superuser* is administrator or maintainer.\n\n"
    )
    objects = "| Object | " + " | ".join(ACTIONS) + " |\n|---|" + "---|" * len(ACTIONS) + "\n"
    for kind, rule in RULES.items():
        cells = (", ".join(sorted(rule.granting(action))) for action in ACTIONS)
        apart = " (in no project)" if kind in PROJECTLESS else ""
        objects += f"| {kind.replace('_', ' ')}{apart} | {' | '.join(cells)} |\n"
    routes = (
        "\n## Routes\n\nWithout signing in, everything but what is open to anybody answers 401. Where *refused* and "
        "*absent* differ, the protocol's clients read it so.\n\n"
        "| Method | Path | Open to | Refused | Absent |\n|---|---|---|---|---|\n"
    )
    for route, access in ROUTES.items():
        method, _, path = route.partition(" ")
        known = access.gate in {"public", "signed in"}
        statuses = "– | –" if known else f"{access.denied} | {access.absent if access.action else '–'}"
        routes += f"| `{method}` | `{path}` | {access.who} | {statuses} |\n"
    return intro + objects + routes


def api_page() -> str:
    """Every operation of the HTTP API, by area."""
    document = create_app(load_settings({})[0]).app.openapi()  # type: ignore[attr-defined]
    areas: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            about = (operation.get("description") or operation.get("summary") or "").split("\n\n")[0]
            row = f"| `{method.upper()}` | `{path}` | {' '.join(about.split()).replace('|', '&#124;')} |\n"
            areas.setdefault((operation.get("tags") or ["other"])[0], []).append(row)
    intro = (
        "# HTTP API\n\nA running platform describes itself at `/openapi.json`, with every schema, and lets you try it "
        "at `/docs`. Every path below `/v1` is also served under `/code-assistant-api/v1`. Sign in with "
        "`Authorization: Bearer <token>` or the cookie of the web UI.\n\nErrors have one shape: "
        '`{"error": {"message": "…", "details": "…", "help": "…"}}`.\n'
    )
    header = "| Method | Path | What for |\n|---|---|---|\n"
    return intro + "".join(f"\n## {area}\n\n{header}{''.join(rows)}" for area, rows in sorted(areas.items()))


def on_post_page(output: str, /, **_: Any) -> str:
    """Take out what the theme would load from elsewhere; MkDocs calls this by its name.

    The one script in question lets old browsers search in pages opened from a folder.
    """
    return re.sub(r'<script src="https?://[^"]*"></script>', "", output)


# The page for what is not found is a template, not a page.
on_post_template = on_post_page
