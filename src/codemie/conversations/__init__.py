"""What was said, by whom, and how a reply is produced and streamed.

`chat.py` is one turn from question to stored answer; `streaming.py` puts its events on the wire;
the other modules list, read and change what was said before.
"""
