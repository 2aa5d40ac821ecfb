"""What an assistant is made of and who may use it.

Others use ``service.get_assistant`` (an assistant the caller may read, or the error that says why not),
``usage.record_use`` (counts distinct users) and ``seeding.seed`` (marketplace assistants every installation has).
"""
