"""The floor of a Python web service doing a chat's bare work: check a token, read a row, call the model, insert a row.

`python -m benchmarks.floor <database url> <model url>` prints its address and serves until it is killed.
"""

import hashlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import asyncpg
import uvicorn
from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import RSAKey
from tests.support import free_port

KEY = RSAKey.generate_key(2048)
TABLES = """
CREATE TABLE IF NOT EXISTS floor_item (id int PRIMARY KEY, name text);
CREATE TABLE IF NOT EXISTS floor_log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text);
INSERT INTO floor_item VALUES (1, 'item') ON CONFLICT DO NOTHING;
"""


def make_app(database_url: str, model_url: str) -> FastAPI:
    """The service."""
    opened: dict[str, Any] = {}
    verified: dict[bytes, Any] = {}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(database_url, min_size=4, max_size=16) as pool, aiohttp.ClientSession() as http:
            await pool.execute(TABLES)
            opened.update(pool=pool, http=http)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/token")
    def token() -> str:
        return jwt.encode({"alg": "RS256"}, {"sub": "bench"}, KEY)

    @app.post("/chat")
    async def chat(body: dict[str, Any], request: Request) -> dict[str, Any]:
        token = request.headers["authorization"].removeprefix("Bearer ")
        digest = hashlib.sha256(token.encode()).digest()
        if digest not in verified:
            verified[digest] = jwt.decode(token, KEY, algorithms=["RS256"])
        row = await opened["pool"].fetchrow("SELECT id, name FROM floor_item WHERE id = $1", 1)
        call = {"model": "stub", "messages": [{"role": "user", "content": body["text"]}]}
        async with opened["http"].post(f"{model_url}/chat/completions", json=call) as answer:
            text = (await answer.json())["choices"][0]["message"]["content"]
        await opened["pool"].execute("INSERT INTO floor_log (body) VALUES ($1)", text)
        return {"generated": text, "item": row["name"]}

    return app


if __name__ == "__main__":
    port = free_port()
    print(f"http://127.0.0.1:{port}", flush=True)
    uvicorn.run(make_app(sys.argv[1], sys.argv[2]), port=port, log_level="warning", access_log=False)
