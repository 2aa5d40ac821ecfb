"""A model that needs no network: deterministic answers, tool calls, structured output, embeddings and injected faults.

`engine.respond` decides what to say and `engine.play` turns it into stream events, both without I/O. The three fronts
are `http` (OpenAI-compatible routes), `pydantic` (a pydantic-ai model) and `models.direct`.
"""
