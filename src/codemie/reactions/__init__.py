"""Who likes or dislikes what.

Others use ``service.toggle`` and ``service.withdraw``, which give the fresh counts, and ``service.of_user``. The room
knows kinds and ids only; the room a thing belongs to decides who may react to it, and keeps the counts beside it.
"""
