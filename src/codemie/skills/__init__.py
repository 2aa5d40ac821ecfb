"""What an assistant can be taught: instructions with files, written once and attached to many assistants.

Others use ``service.get_skill`` (a skill the caller may read, or the error that says why not) and ``attachments``
(which assistants have which skills).
"""
