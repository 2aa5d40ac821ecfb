"""Who is calling, what may they do?

Holds users, projects, memberships, sessions and the one policy that decides every right of the platform.
Other rooms use ``caller.Caller``, ``authentication.CallerDep`` and the functions of ``policy``.
"""
