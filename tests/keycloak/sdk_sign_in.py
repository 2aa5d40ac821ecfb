"""Signs in with the official SDK, run by the SDK's own Python; prints who the platform says it is.

Usage: sdk_sign_in.py JSON with the client's arguments
"""

import json
import sys

from codemie_sdk import CodeMieClient

me = CodeMieClient(**json.loads(sys.argv[1])).users.about_me()
seen = {"username": me.username, "name": me.name, "projects": sorted(project.name for project in me.projects)}
sys.stdout.write(json.dumps(seen) + "\n")
