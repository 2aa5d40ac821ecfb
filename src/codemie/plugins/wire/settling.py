"""When the server has done all that it was told.

Observed of nats-py 2.16: `flush` writes its ping at once, ahead of what waits to be written. So its answer says
nothing of that; but what waited is written before the next ping is.
"""

from nats.aio.client import Client


async def settled(client: Client, seconds: int) -> None:
    """Return when the server has done what was said to it before.

    Args:
        client: that said it.
        seconds: for how long to wait for each of two answers.

    Raises:
        nats.errors.Error: there is no answer, or no connection.
    """
    await client.flush(seconds)
    await client.flush(seconds)
