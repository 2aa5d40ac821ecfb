"""What must not be said, to assistants or by them, and what happens when it is?

A guardrail is a list of rules of a project; assignments say where it stands guard. ``service`` keeps the first,
``assigning`` the second. ``guard.Guarded`` guards a turn: made of what one statement read, it judges texts, whole or as
they grow.
"""
