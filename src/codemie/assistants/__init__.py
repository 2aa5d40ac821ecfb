"""What an assistant is made of and who may use it.

Others use ``service.get_assistant`` (an assistant the caller may read, or the error that says why not) and
``assembly`` (an assistant becomes what an agent run needs).
"""
