"""Generate: messages to a model's streamed text. Also the embedder of a server that speaks the OpenAI API."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import EmbedderError, ModelError
from rag.servers import Call, RequestRefused, open_server
from rag.types import Embedder, Generate, Message, Usage

if TYPE_CHECKING:
    from rag.types import Vectors

    Options = Mapping[str, object]

REASONING_TOKENS = 2048  # models that want `max_completion_tokens` think within it
BATCH = 256

STOPS: Mapping[str, str] = {
    "length": "the answer was cut off at {max_tokens} tokens: raise PINCITE_ANSWER_TOKENS",
    "content_filter": "the answer was cut off by the content filter of {server}: ask in other words",
    "refusal": "the model of {server} refused to answer: ask in other words, or set PINCITE_MODEL to another model",
    "error": "the answer was cut off by a fault of {server}: ask again",
    "": "the answer was cut off: {server} ended it without saying why; ask again",
}
"""Words for a `finish_reason` that leaves the answer incomplete; "" if there was none."""


def open_generate(
    *, model: str, api_key: str | None, base_url: str | None, timeout: float, max_tokens: int
) -> Generate:
    """`model` "" is the first that the server lists, asked for once. A call ends `timeout` seconds after it began.

    What was received is yielded, and only then `ModelError` raised. Closing the iterator closes the connection.
    Raises `SettingsError` for a key or a base URL that cannot be used.
    """
    server = open_server(api_key=api_key, base_url=base_url, timeout=timeout, setting="PINCITE_MODEL")
    naming = threading.Lock()
    options: Options = {"temperature": 0, "max_tokens": max_tokens, "stream_options": {"include_usage": True}}
    instead: Mapping[str, Options] = {
        "max_tokens": {"max_completion_tokens": max_tokens + REASONING_TOKENS, "reasoning_effort": "low"}
    }

    def generate(messages: Sequence[Message]) -> Iterator[str | Usage]:
        nonlocal model, options
        with Call(server) as call:
            with naming:
                model = model or _first_model(call, server=server.name)
            sent = [{name: _encodable(text) for name, text in message.items()} for message in messages]
            request = {"model": model, "messages": sent, "stream": True}
            chunks, options = _open_stream(call, request, options=options, instead=instead)
            finish, usage, empty = "", None, True
            for chunk in chunks:
                if text := _text(chunk):
                    empty = False
                    yield text
                finish = finish if finish == "refusal" else _finish_reason(chunk) or finish
                usage = _usage(chunk) or usage
            if usage:
                yield usage
            if not finish:
                call.check_deadline()
            if finish in STOPS:
                raise ModelError(STOPS[finish].format(max_tokens=max_tokens, server=server.name))
            if empty:
                raise ModelError(
                    f"{server.name} sent an empty answer: ask again, or set PINCITE_MODEL to another model"
                )

    return generate


def _first_model(call: Call, *, server: str) -> str:
    match call.get("/models"):
        case {"data": [{"id": str(model)}, *_]} if model:
            return model
    raise ModelError(f"{server} lists no model: load one there, or name one in PINCITE_MODEL")


def _open_stream(
    call: Call, request: Options, *, options: Options, instead: Mapping[str, Options]
) -> tuple[Iterator[object], Options]:
    """Return the answer's chunks with the options that the server took; one that it refuses gives way."""
    while True:
        try:
            return call.stream("/chat/completions", {**request, **options}), options
        except RequestRefused as refusal:
            refused = next((option for option in options if refusal.names(option)), None)
            if refused is None or refused == "max_completion_tokens":
                raise
        kept = {option: value for option, value in options.items() if option != refused}
        options = {**kept, **instead.get(refused, {})}


def _text(chunk: object) -> str:
    match chunk:
        case {"choices": [{"delta": {"content": str(text)}} | {"message": {"content": str(text)}}, *_]}:
            return text
    return ""


def _finish_reason(chunk: object) -> str:
    """As the server names it; "refusal" where the model has words for why it does not answer, as OpenAI's do."""
    match chunk:
        case {"choices": [{"delta": {"refusal": str(why)}} | {"message": {"refusal": str(why)}}, *_]} if why:
            return "refusal"
        case {"choices": [{"finish_reason": str(reason)}, *_]}:
            return reason
    return ""


def _usage(chunk: object) -> Usage | None:
    match chunk:
        case {"usage": {"prompt_tokens": int(prompt), "completion_tokens": int(answer)}}:
            return Usage(prompt_tokens=prompt, answer_tokens=answer)
    return None


def open_embedder(*, model: str, api_key: str | None, base_url: str | None, timeout: float) -> Embedder:
    """Embeds one short text at once, to learn the dimensions. Each batch of 256 texts may take `timeout` seconds."""
    server = open_server(api_key=api_key, base_url=base_url, timeout=timeout, setting="PINCITE_EMBEDDING_MODEL")

    def embed_batch(texts: Sequence[str]) -> Vectors:
        sent = [_encodable(text) or " " for text in texts]  # an empty text is refused
        with Call(server) as call:
            reply = call.post("/embeddings", {"model": model, "input": sent, "encoding_format": "float"})
        return _unit_rows(reply, count=len(texts), server=server.name)

    dimensions = embed_batch(["Pincite"]).shape[1]

    def embed(texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), dimensions), dtype=np.float32)
        for start in range(0, len(texts), BATCH):
            rows = embed_batch(texts[start : start + BATCH])
            if rows.shape[1] != dimensions:
                raise EmbedderError(
                    f"{server.name} sent vectors of {rows.shape[1]} dimensions after {dimensions}: "
                    "check PINCITE_EMBEDDING_MODEL"
                )
            vectors[start : start + BATCH] = rows
        return vectors

    return Embedder(embed=embed, fingerprint=f"openai:{model}:{dimensions}", dimensions=dimensions)


def _unit_rows(reply: object, *, count: int, server: str) -> Vectors:
    """Return the vectors in the order of their `index`, each of length 1."""
    try:
        items = {item["index"]: item["embedding"] for item in reply["data"]}  # type: ignore[index]  # its shape is caught below
        rows = np.array([items[index] for index in range(count)], dtype=np.float64)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise EmbedderError(f"{server} did not send a vector for each text: check PINCITE_EMBEDDING_MODEL") from error
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    if rows.ndim != 2 or len(items) != count or not (np.isfinite(lengths) & (lengths > 0)).all():
        raise EmbedderError(f"{server} sent vectors that cannot be used: check PINCITE_EMBEDDING_MODEL")
    vectors: Vectors = (rows / lengths).astype(np.float32)
    return vectors


def _encodable(text: str) -> str:
    """Return the text with its lone surrogates replaced: they have no UTF-8."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
