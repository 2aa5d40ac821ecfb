"""Where an agent keeps the files of a conversation, and runs scripts over them.

`service.py` reads and changes files; `execution.py` runs a script in a process that can do nothing else
(`sandbox.py`, `sandbox_child.py`); `tools.py` gives both to agents. Files of the chat itself are lent by whoever
implements `ChatFiles`.
"""
