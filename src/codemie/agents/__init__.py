"""How a model and a set of tools turn a request into an answer. Knows neither HTTP nor tables.

`loop.run` takes an `AgentRun` and yields the events of `events.py` until `Completed` or `Failed`.
Nothing here raises for what a model, a provider or a tool does: it becomes an event.
"""
