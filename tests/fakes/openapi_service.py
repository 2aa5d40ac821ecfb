"""A pet shop with an OpenAPI document, in every version and both notations, and with each way to sign in.

It keeps what it is told. Its documents are at `/openapi.json`, `/openapi.yaml` and `/swagger.json`; one at
`/private/openapi.json` is for those only who sign in.
"""

import base64
import json
from typing import Any

import yaml
from aiohttp import web

from tests.fakes.vendor_server import Faults

KEY = "right-shop-key"
USER = "shopkeeper"
KEY_HEADER = "X-Shop-Key"

Json = dict[str, Any]


class Shop:
    """A server with two pets."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.url = ""
        self.pets: dict[int, Json] = {
            1: {"id": 1, "name": "Rex", "tags": ["dog"]},
            2: {"id": 2, "name": "Tom", "tags": ["cat"]},
        }
        self.seen: list[web.Request] = []

    def app(self) -> web.Application:
        """Its API."""
        app = web.Application(middlewares=[self.faults.middleware])
        routes: list[tuple[str, str, Any]] = [
            ("GET", "/openapi.json", self._document),
            ("GET", "/openapi.yaml", self._yaml),
            ("GET", "/swagger.json", self._swagger),
            ("GET", "/private/openapi.json", self._private),
            ("GET", "/docs", self._page),
            ("GET", "/v1", self._root),
            ("GET", "/v1/pets", self._list),
            ("POST", "/v1/pets", self._create),
            ("GET", "/v1/pets/{id}", self._show),
            ("PATCH", "/v1/pets/{id}", self._change),
            ("DELETE", "/v1/pets/{id}", self._delete),
            ("PUT", "/v1/pets/{id}/photo", self._photo),
            ("POST", "/v1/orders", self._order),
            ("POST", "/v1/notes", self._note),
            ("GET", "/elsewhere", self._root),
        ]
        app.add_routes([web.route(method, path, handler) for method, path, handler in routes])
        return app

    def _is_known(self, request: web.Request) -> bool:
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            return base64.b64decode(value).decode() == f"{USER}:{KEY}"
        return KEY in (value if kind == "Bearer" else "", request.headers.get(KEY_HEADER, ""))

    def _sign_in(self, request: web.Request) -> None:
        self.seen.append(request)
        if not self._is_known(request):
            told = {"title": "Unauthorized", "status": 401, "detail": "No or wrong credentials."}
            raise web.HTTPUnauthorized(text=json.dumps(told), content_type="application/problem+json")

    async def _document(self, request: web.Request) -> web.Response:
        self.seen.append(request)
        return web.json_response(document())

    async def _yaml(self, request: web.Request) -> web.Response:
        self.seen.append(request)
        return web.Response(text=yaml.safe_dump(document(), sort_keys=False), content_type="application/yaml")

    async def _swagger(self, request: web.Request) -> web.Response:
        self.seen.append(request)
        return web.json_response(swagger(request.host))

    async def _private(self, request: web.Request) -> web.Response:
        self._sign_in(request)
        return web.json_response(document())

    async def _page(self, request: web.Request) -> web.Response:
        self.seen.append(request)
        return web.Response(text="<html><title>Swagger UI</title></html>", content_type="text/html")

    async def _root(self, request: web.Request) -> web.Response:
        self._sign_in(request)
        return web.json_response({"name": "Shop"})

    def _pet(self, request: web.Request) -> Json:
        self._sign_in(request)
        pet = self.pets.get(int(request.match_info["id"])) if request.match_info["id"].isdigit() else None
        if pet is None:
            told = {"title": "Not Found", "status": 404, "detail": f"There is no pet {request.match_info['id']}."}
            raise web.HTTPNotFound(text=json.dumps(told), content_type="application/problem+json")
        return pet

    async def _list(self, request: web.Request) -> web.Response:
        self._sign_in(request)
        tags = request.query.getall("tags", [])
        found = [pet for pet in self.pets.values() if not tags or set(tags) & set(pet["tags"])]
        if name := request.query.get("filter[name]"):
            found = [pet for pet in found if pet["name"] == name]
        limit = int(request.query.get("limit", 20))
        return web.json_response({"items": found[:limit], "total": len(found)})

    async def _create(self, request: web.Request) -> web.Response:
        self._sign_in(request)
        sent = await request.json()
        if not sent.get("name"):
            told = {"title": "Unprocessable", "status": 422, "detail": "A pet has a name."}
            return web.json_response(told, status=422)
        number = max(self.pets, default=0) + 1
        self.pets[number] = {"id": number, "tags": [], **sent}
        return web.json_response(self.pets[number], status=201)

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(self._pet(request))

    async def _change(self, request: web.Request) -> web.Response:
        pet = self._pet(request)
        pet.update(await request.json())
        return web.json_response(pet)

    async def _delete(self, request: web.Request) -> web.Response:
        del self.pets[self._pet(request)["id"]]
        return web.Response(status=204)

    async def _photo(self, request: web.Request) -> web.Response:
        self._pet(request)
        return web.Response(status=204)

    async def _order(self, request: web.Request) -> web.Response:
        self._sign_in(request)
        return web.json_response({"ordered": dict(await request.post())}, status=201)

    async def _note(self, request: web.Request) -> web.Response:
        self._sign_in(request)
        return web.json_response({"kind": request.content_type, "text": await request.text()}, status=201)


def _answers(code: str = "200") -> Json:
    return {code: {"description": "Done."}, "404": {"$ref": "#/components/responses/Missing"}}


def document(version: str = "3.0.3", servers: list[Json] | None = None) -> Json:
    """The shop's document; its server is relative to where the document is."""
    pet_id: Json = {"name": "petId", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewPet"}}}}
    change = {"content": {"application/merge-patch+json": {"schema": {"$ref": "#/components/schemas/NewPet"}}}}
    form = {
        "type": "object",
        "properties": {"pet": {"type": "integer"}, "note": {"type": "string"}},
        "required": ["pet"],
    }
    return {
        "openapi": version,
        "info": {"title": "Pet shop", "version": "1.2"},
        "servers": servers or [{"url": "/{stage}", "variables": {"stage": {"default": "v1"}}}],
        "paths": {
            "/pets": {
                "parameters": [{"name": "X-Request-Id", "in": "header", "schema": {"type": "string"}}],
                "get": {
                    "operationId": "listPets",
                    "summary": "List pets",
                    "tags": ["animals"],
                    "parameters": [
                        {"$ref": "#/components/parameters/Limit"},
                        {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                        {
                            "name": "filter",
                            "in": "query",
                            "style": "deepObject",
                            "schema": {"type": "object", "properties": {"name": {"type": "string"}}},
                        },
                        {"name": "Authorization", "in": "header", "schema": {"type": "string"}},
                        {"name": "X-HTTP-Method-Override", "in": "header", "schema": {"type": "string"}},
                    ],
                    "responses": _answers(),
                },
                "post": {
                    "operationId": "create pet!",
                    "summary": "Sell us a pet",
                    "description": "The pet becomes ours.",
                    "requestBody": body,
                    "responses": _answers("201"),
                },
            },
            "/pets/{petId}": {
                "parameters": [pet_id],
                "get": {"operationId": "showPet", "summary": "Look at a pet", "responses": _answers()},
                "patch": {"operationId": "changePet", "requestBody": change, "responses": _answers()},
                "delete": {"summary": "Give a pet away", "responses": _answers("204")},
            },
            "/pets/{petId}/photo": {
                "parameters": [pet_id],
                "put": {
                    "operationId": "savePhoto",
                    "requestBody": {"required": True, "content": {"image/png": {}}},
                    "responses": _answers("204"),
                },
            },
            "/orders": {
                "post": {
                    "operationId": "order",
                    "summary": "Order a pet",
                    "requestBody": {
                        "required": True,
                        "content": {"application/x-www-form-urlencoded": {"schema": form}},
                    },
                    "responses": _answers("201"),
                }
            },
        },
        "components": {
            "parameters": {
                "Limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100, "default": 20}}
            },
            "responses": {"Missing": {"description": "There is no such pet."}},
            "schemas": {
                "Named": {"type": "object", "properties": {"name": {"type": "string", "pattern": "^(a+)+$"}}},
                "NewPet": {
                    "allOf": [
                        {"$ref": "#/components/schemas/Named"},
                        {
                            "type": "object",
                            "required": ["name"],
                            "properties": {
                                "id": {"type": "integer", "readOnly": True},
                                "tags": {"type": "array", "items": {"type": "string"}},
                                "owner": {"type": "string", "nullable": True, "example": "Ann"},
                                "parent": {"$ref": "#/components/schemas/NewPet"},
                                "breed": {"$ref": "https://evil.example/breeds.json#/Breed"},
                            },
                        },
                    ]
                },
            },
        },
    }


def swagger(host: str) -> Json:
    """The same shop, in part, as Swagger 2 described it."""
    return {
        "swagger": "2.0",
        "info": {"title": "Pet shop", "version": "1.2"},
        "host": host,
        "basePath": "/v1",
        "schemes": ["http"],
        "consumes": ["application/json"],
        "paths": {
            "/pets": {
                "get": {
                    "operationId": "listPets",
                    "summary": "List pets",
                    "parameters": [
                        {"name": "limit", "in": "query", "type": "integer", "maximum": 5, "exclusiveMaximum": True},
                        {
                            "name": "tags",
                            "in": "query",
                            "type": "array",
                            "items": {"type": "string"},
                            "collectionFormat": "multi",
                        },
                    ],
                },
                "post": {
                    "operationId": "createPet",
                    "parameters": [
                        {"name": "pet", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Pet"}}
                    ],
                },
            },
            "/orders": {
                "post": {
                    "operationId": "order",
                    "consumes": ["application/x-www-form-urlencoded"],
                    "parameters": [{"name": "pet", "in": "formData", "type": "integer", "required": True}],
                }
            },
            "/pets/{id}/photo": {
                "put": {
                    "operationId": "savePhoto",
                    "consumes": ["multipart/form-data"],
                    "parameters": [{"name": "photo", "in": "formData", "type": "file", "required": True}],
                }
            },
        },
        "definitions": {"Pet": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}},
    }
