"""Five sub-assistants called at once cost little more than the slowest of them."""

import json
import time
import uuid
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import harness
from benchmarks.harness import BenchPlatform, Row

MEMBERS, ROUNDS = 5, 5
SLOWEST_SECONDS = 2.0
MODEL = """llm_models:
  - {base_name: team, provider: mock}
"""


def measure() -> list[Row]:
    """The row of the assistants page."""
    with harness.stub() as model_url, harness.serving(model_url) as platform:
        home = Path(platform.environment["CODEMIE_HOME"])
        catalogue = home / "models.yaml"
        catalogue.write_text(catalogue.read_text().replace("llm_models:\n", MODEL))
        (home / "mock-rules.yaml").write_text(json.dumps({"rules": rules()}))
        members = [make(platform, f"Member {number}") for number in range(MEMBERS)]
        lead = make(platform, "Lead", assistant_ids=members)
        seconds(platform, members[-1], "work 4")  # the agent loop is loaded, the connections are open
        alone = median(seconds(platform, members[-1], "work 4") for _ in range(ROUNDS))
        together = median(seconds(platform, lead, "everybody work") for _ in range(ROUNDS))
    return [
        Row(
            f"team.{MEMBERS}",
            ratio=together / alone,
            figures={"seconds": together},
            baseline={"slowest_alone_seconds": alone},
            target="at most 1.3 x the slowest sub-assistant",
            met=together <= 1.3 * alone,
        )
    ]


def rules() -> list[dict[str, Any]]:
    """The lead calls everybody in one step; member n works n + 1 fifths of the slowest's time."""
    calls = [{"name": f"transfer_to_member_{number}", "arguments": {"task": f"work {number}"}} for number in range(5)]
    work = [
        {
            "when": {"contains": f"work {number}"},
            "then": {"reply": f"Done {number}.", "delay_seconds": SLOWEST_SECONDS * (number + 1) / MEMBERS},
        }
        for number in range(MEMBERS)
    ]
    return [
        {"when": {"contains": "everybody work", "after_tool": True}, "then": {"reply": "All done."}},
        {"when": {"contains": "everybody work"}, "then": {"tool_calls": calls}},
        *work,
    ]


def make(platform: BenchPlatform, name: str, **fields: Any) -> str:
    """An assistant of the mock."""
    body = {
        "name": name,
        "slug": f"bench-{uuid.uuid4().hex[:8]}",
        "description": "measured",
        "system_prompt": "You are a helpful assistant.",
        "project": platform.get("/v1/user")["applications"][0],
        "llm_model_type": "team",
        "shared": False,
        "toolkits": [],
        **fields,
    }
    return str(platform.post("/v1/assistants", body)["assistantId"])


def seconds(platform: BenchPlatform, assistant: str, text: str) -> float:
    """How long one whole reply takes."""
    started = time.perf_counter()
    answer = platform.post(f"/v1/assistants/{assistant}/model", {"text": text})
    taken = time.perf_counter() - started
    if not answer["success"] or "one" not in answer["generated"]:
        raise RuntimeError(f"The answer is not what the rules say: {answer['generated']!r}")
    return taken
