"""The document at /openapi.json: what every route takes and gives, made of the classes that read and describe it.

Routes read their bodies themselves, to refuse in OpenAI's shape; so the document is not FastAPI's. A test holds that it
has every route, and another, with schemathesis, that the server keeps to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import scratchwork
from scratchwork.serve import replies, wire
from scratchwork.serve.door import OPEN, Rules
from scratchwork.serve.house import AUTO, House
from scratchwork.serve.problems import Attempt, Drawing
from scratchwork.tasks.corpus import TASKS

JSON = "application/json"
Body = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """A route. `reply`: None for text; `statuses`: how it may fail, besides what every route has in common."""

    does: str
    reply: type[BaseModel] | None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    statuses: tuple[int, ...] = ()
    streams: bool = False


EVENT = {  # OpenAI's chunks and events, as their clients know them; after the last chunk of a chat "[DONE]"
    "type": "object",
    "required": ["data"],
    "properties": {"event": {"type": "string"}, "data": {"type": "string", "contentMediaType": "application/json"}},
}
ASKED = (404, 429, 503)  # no such model; too many of one client; too many wait
ROUTES = {
    "post /v1/chat/completions": Entry(
        "Answer a conversation", replies.ChatCompletion, wire.ChatRequest, None, ASKED, True
    ),
    "post /v1/completions": Entry(
        "Go on with a text", replies.TextCompletion, wire.CompletionRequest, None, ASKED, True
    ),
    "post /v1/responses": Entry(
        "Answer a conversation", replies.ResponseObject, wire.ResponsesRequest, None, ASKED, True
    ),
    "post /v1/chat/completions/control": Entry("End the thinking of a reply", replies.Ended, wire.ControlRequest),
    "get /v1/models": Entry("What is served", replies.Cards),
    "get /v1/models/{name}": Entry("One model", replies.Card, statuses=(404,)),
    "get /v1/scratchwork/families": Entry("Kinds of problems", replies.Families),
    "get /v1/scratchwork/problem": Entry("A problem to try", replies.Drawn, query=Drawing, statuses=(400,)),
    "post /v1/scratchwork/verdict": Entry("Whether an answer is right", replies.Verdict, Attempt),
    "get /health": Entry("Whether requests are taken", replies.Health, statuses=(503,)),
    "get /metrics": Entry("Numbers for Prometheus", None),
    "get /version": Entry("Of the server", replies.Version),
}
STATUSES = {
    400: "The request cannot be met as it stands",
    401: "The API key is missing or wrong",
    403: "Not from here, or not with these settings",
    404: "No such thing",
    413: "The body is too large",
    415: "The body is not said to be JSON",
    429: "Too many requests of one client: see Retry-After",
    431: "Too many headers",
    500: "The server failed",
    503: "Come again later: see Retry-After",
}


def add_openapi(app: FastAPI, house: House, rules: Rules) -> None:
    """Have the app tell this document, made when someone first asks."""

    def document() -> Body:
        if app.openapi_schema is None:
            app.openapi_schema = document_of(house, rules)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign] # as FastAPI has it done


def document_of(house: House, rules: Rules) -> Body:
    """The document of a server for this house, under these rules."""
    kinds: list[type[BaseModel]] = [replies.Failure]
    kinds += [kind for entry in ROUTES.values() for kind in (entry.reply, entry.body, entry.query) if kind]
    _, defined = models_json_schema(
        [(kind, "validation") for kind in dict.fromkeys(kinds)], ref_template="#/components/schemas/{model}"
    )
    schemas = defined["$defs"]
    names = [*house.models, *([AUTO] if house.auto else [])]
    for asking in (wire.ChatRequest, wire.CompletionRequest, wire.ResponsesRequest):
        schemas[asking.__name__]["properties"]["model"]["anyOf"][0] = {"enum": names}
    for place in (Drawing, Attempt):
        schemas[place.__name__]["properties"]["family"] = {"enum": list(TASKS)}
    paths: dict[str, Body] = {}
    for where, entry in ROUTES.items():
        method, path = where.split()
        paths.setdefault(path, {})[method] = operation(entry, path, schemas, names, guarded=bool(rules.keys))
    document: Body = {
        "openapi": "3.2.0",  # the first that can describe a stream
        "info": {"title": "Scratchwork", "version": scratchwork.__version__},
        "paths": paths,
        "components": {"schemas": schemas},
    }
    if rules.keys:
        document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    return document


def operation(entry: Entry, path: str, schemas: Body, names: list[str], guarded: bool) -> Body:
    """One method of a path."""
    guarded = guarded and path not in OPEN
    statuses = {403, 431, 500, *entry.statuses, *([401] if guarded else []), *([400, 413, 415] if entry.body else [])}
    described: Body = {
        "summary": entry.does,
        "parameters": parameters(entry, path, schemas, names),
        "responses": {
            "200": {"description": "As asked", "content": content(entry)},
            **{str(n): {"description": STATUSES[n], "content": json_of(replies.Failure)} for n in sorted(statuses)},
        },
    }
    if entry.body:
        described["requestBody"] = {"required": True, "content": json_of(entry.body)}
    if guarded:
        described["security"] = [{"key": []}]
    return described


def parameters(entry: Entry, path: str, schemas: Body, names: list[str]) -> list[Body]:
    """In the path a model's name; in the query the fields of the class that reads it."""
    found = []
    if "{name}" in path:
        found.append({"name": "name", "in": "path", "required": True, "schema": {"enum": names}})
    if entry.query:
        fields = schemas[entry.query.__name__]["properties"]
        wanted = {name for name, field in entry.query.model_fields.items() if field.is_required()}
        found += [
            {"name": name, "in": "query", "required": name in wanted, "schema": schema}
            for name, schema in fields.items()
        ]
    return found


def content(entry: Entry) -> Body:
    """What a reply may be."""
    if entry.reply is None:
        return {CONTENT_TYPE_LATEST: {"schema": {"type": "string"}}}
    return {**json_of(entry.reply), **({"text/event-stream": {"itemSchema": EVENT}} if entry.streams else {})}


def json_of(kind: type[BaseModel]) -> Body:
    return {JSON: {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}
