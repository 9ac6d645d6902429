from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rag.errors import EmbedderError, ModelError, SettingsError
from rag.models import REASONING_TOKENS, open_embedder, open_generate
from rag.types import Embedder, Generate, Usage
from tests.local_model import local_model
from tests.scripted_server import (
    Reply,
    Request,
    Script,
    ScriptedServer,
    answered,
    chunk,
    embedded,
    event,
    events,
    listed,
    page,
    refused,
    scripted_server,
    streamed,
    whole,
)

__all__ = ["local_model"]

KEY = "sk-secret-0123456789"
QUESTION = [{"role": "user", "content": "Who visited Tehran?"}]


def generator(url: str, *, model: str = "scripted", timeout: float = 5.0) -> Generate:
    return open_generate(model=model, api_key=KEY, base_url=url, timeout=timeout, max_tokens=64)


def embedder(url: str, *, timeout: float = 5.0) -> Embedder:
    return open_embedder(model="embedding", api_key=None, base_url=url, timeout=timeout)


def pieces_and_error(answer: Iterator[str | Usage]) -> tuple[list[str | Usage], str]:
    """What arrived before the ModelError, and its message."""
    pieces: list[str | Usage] = []
    with pytest.raises(ModelError, match=r"^[^\n]+$") as caught:
        collect(answer, pieces)
    return pieces, str(caught.value)


def collect(answer: Iterator[str | Usage], pieces: list[str | Usage]) -> None:
    for piece in answer:
        pieces.append(piece)


def told(server: ScriptedServer, words: str) -> str:
    return words.replace("SERVER", server.url)


# answers


def test_pieces_come_as_sent_and_the_usage_last() -> None:
    with scripted_server([streamed("Paris. ", "", "[1]")]) as server:
        assert list(generator(server.url)(QUESTION)) == ["Paris. ", "[1]", Usage(prompt_tokens=1500, answer_tokens=7)]


def test_the_request_names_model_messages_and_options_and_carries_the_key() -> None:
    with scripted_server() as server:
        list(generator(server.url)(QUESTION))
    [request] = server.requests
    assert request.body == {
        "model": "scripted",
        "messages": QUESTION,
        "stream": True,
        "temperature": 0,
        "max_tokens": 64,
        "stream_options": {"include_usage": True},
    }
    assert (request.path, request.headers["authorization"]) == ("/v1/chat/completions", f"Bearer {KEY}")


def test_a_piece_is_there_before_the_next_is_sent() -> None:
    with scripted_server([streamed("a", "b", pause=0.5)]) as server:
        answer = generator(server.url)(QUESTION)
        started = time.monotonic()
        assert next(answer) == "a"
        assert time.monotonic() - started < 0.95
        assert list(answer) == ["b", Usage(1500, 7)]


def test_nothing_is_asked_before_the_first_piece_is_wanted() -> None:
    with scripted_server() as server:
        generator(server.url)(QUESTION)
        assert server.requests == []


def test_lone_surrogates_in_a_message_are_replaced() -> None:
    with scripted_server() as server:
        list(generator(server.url)([{"role": "user", "content": "a\ud800b \ud83d\ude00"}]))
    assert server.requests[0].body["messages"] == [{"role": "user", "content": "a�b 😀"}]


def test_a_server_that_does_not_stream_is_read_all_the_same() -> None:
    whole_answer = answered("Paris. [1]")
    with scripted_server(
        [whole_answer, replace(whole_answer, parts=[b'{"error": null, ' + whole_answer.parts[0][1:]])]
    ) as server:
        assert list(generator(server.url)(QUESTION)) == ["Paris. [1]", Usage(1500, 7)]
        assert list(generator(server.url)(QUESTION)) == ["Paris. [1]", Usage(1500, 7)]


@pytest.mark.parametrize(
    "odd",
    [
        {"choices": []},
        {"choices": None},
        {"choices": [None]},
        {"choices": [{"delta": None}]},
        {"choices": [{"delta": {"content": None}}]},
        {"choices": [{"delta": {"content": 5}}]},
        {"choices": [{"finish_reason": None}]},
        {"usage": None},
        {"usage": {"prompt_tokens": None}},
        {"error": None, "choices": []},
        {},
        [],
        5,
        None,
    ],
)
def test_odd_chunks_are_passed_over(odd: object) -> None:
    with scripted_server([events(chunk("a"), event(odd), *streamed("b").parts)]) as server:
        assert list(generator(server.url)(QUESTION)) == ["a", "b", Usage(1500, 7)]


def test_the_usage_that_counts_is_the_last() -> None:
    running = event({"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 1}})
    with scripted_server([events(running, *streamed("a").parts)]) as server:
        assert list(generator(server.url)(QUESTION)) == ["a", Usage(1500, 7)]


# the model's name


def test_the_first_model_that_the_server_lists_is_asked_for_once() -> None:
    with scripted_server(models=[listed("first", "second")]) as server:
        generate = generator(server.url, model="")
        list(generate(QUESTION))
        list(generate(QUESTION))
    assert [(request.path, request.body and request.body["model"]) for request in server.requests] == [
        ("/v1/models", None),
        ("/v1/chat/completions", "first"),
        ("/v1/chat/completions", "first"),
    ]


@pytest.mark.parametrize("models", [listed(), listed(""), whole({}), whole({"data": [{"id": 5}]}), whole([])])
def test_a_server_that_lists_no_model_is_named(models: Reply) -> None:
    with scripted_server(models=[models]) as server:
        assert pieces_and_error(generator(server.url, model="")(QUESTION)) == (
            [],
            told(server, "SERVER lists no model: load one there, or name one in PINCITE_MODEL"),
        )


# options that a server refuses


def refusing(*options: str) -> Script:
    def reply(request: Request) -> Reply:
        named = [option for option in options if option in request.body]
        if named:
            return refused(400, f"Unsupported parameter: '{named[0]}' is not supported with this model.")
        return streamed("Paris.")

    return reply


@pytest.mark.parametrize(
    ("options", "taken"),
    [
        (["stream_options"], {"temperature": 0, "max_tokens": 64}),
        (["temperature"], {"max_tokens": 64, "stream_options": {"include_usage": True}}),
        (
            ["temperature", "max_tokens"],
            {
                "max_completion_tokens": 64 + REASONING_TOKENS,
                "reasoning_effort": "low",
                "stream_options": {"include_usage": True},
            },
        ),
        (
            ["stream_options", "max_tokens", "reasoning_effort"],
            {"temperature": 0, "max_completion_tokens": 64 + REASONING_TOKENS},
        ),
    ],
)
def test_options_that_a_server_refuses_are_replaced_once_and_for_all(options: list[str], taken: dict[str, Any]) -> None:
    with scripted_server([refusing(*options)]) as server:
        generate = generator(server.url)
        answers = [list(generate(QUESTION)) for _ in range(2)]
    assert answers == [["Paris.", Usage(1500, 7)]] * 2
    assert len(server.requests) == len(options) + 2
    for request in server.requests[-2:]:
        assert request.body == {"model": "scripted", "messages": QUESTION, "stream": True, **taken}


def test_a_limit_that_stays_refused_ends_the_call() -> None:
    with scripted_server([refusing("max_tokens", "max_completion_tokens")]) as server:
        pieces, error = pieces_and_error(generator(server.url)(QUESTION))
    assert (pieces, len(server.requests)) == ([], 2)
    assert error == told(
        server,
        "SERVER refused the request (HTTP 400; it says: "
        "Unsupported parameter: 'max_completion_tokens' is not supported with this model.)",
    )


# faults within the answer


@pytest.mark.parametrize(
    ("reply", "usage", "words"),
    [
        (
            streamed("Paris", finish=None),
            [Usage(1500, 7)],
            "the answer was cut off: SERVER ended it without saying why; ask again",
        ),
        (
            streamed("Paris", finish=None, usage=None, done=False),
            [],
            "the answer was cut off: SERVER ended it without saying why; ask again",
        ),
        (
            streamed("Paris", finish="length"),
            [Usage(1500, 7)],
            "the answer was cut off at 64 tokens: raise PINCITE_ANSWER_TOKENS",
        ),
        (
            streamed("Paris", finish="content_filter", usage=None),
            [],
            "the answer was cut off by the content filter of SERVER: ask in other words",
        ),
        (
            streamed("Paris", finish="error", usage=None),
            [],
            "the answer was cut off by a fault of SERVER: ask again",
        ),
        (
            streamed("Paris", finish=None, usage=None, done=False, end="cut"),
            [],
            "the answer was cut off: the connection to SERVER was lost; ask again",
        ),
    ],
)
def test_what_arrived_before_a_fault_is_not_lost(reply: Reply, usage: list[Usage], words: str) -> None:
    with scripted_server([reply]) as server:
        assert pieces_and_error(generator(server.url)(QUESTION)) == (["Paris", *usage], told(server, words))


def test_an_empty_answer_is_an_error() -> None:
    with scripted_server([streamed(usage=None)]) as server:
        assert pieces_and_error(generator(server.url)(QUESTION)) == (
            [],
            told(server, "SERVER sent an empty answer: ask again, or set PINCITE_MODEL to another model"),
        )


# time


def test_a_stream_that_its_deadline_ends_does_not_pass_for_a_whole_answer() -> None:
    with scripted_server([replace(events(chunk("Paris"), end="stall"), chunked=False)]) as server:
        assert pieces_and_error(generator(server.url, timeout=0.6)(QUESTION)) == (
            ["Paris"],
            told(server, "SERVER did not finish within 0.6 s: raise PINCITE_TIMEOUT or use a faster model"),
        )


def test_one_deadline_holds_for_all_requests_of_an_answer() -> None:
    slow = replace(listed("scripted"), before=0.4)
    with scripted_server([replace(streamed("Paris."), before=0.4)], models=[slow]) as server:
        started = time.monotonic()
        with pytest.raises(ModelError, match=r" did not finish within 0\.6 s: "):
            list(generator(server.url, model="", timeout=0.6)(QUESTION))
        assert time.monotonic() - started < 1.2


def test_an_answer_that_was_complete_in_time_is_whole_for_a_slow_reader() -> None:
    with scripted_server([streamed("Paris", ".")]) as server:
        answer = generator(server.url, timeout=0.5)(QUESTION)
        first = next(answer)
        time.sleep(0.7)
        assert [first, *answer] == ["Paris", ".", Usage(1500, 7)]


def test_closing_the_answer_closes_the_connection() -> None:
    with scripted_server([events(chunk("Paris"), end="stall")]) as server:
        answer = generator(server.url)(QUESTION)
        assert next(answer) == "Paris"
        assert not server.hung_up.is_set()
        answer.close()  # type: ignore[attr-defined]  # a generator
        assert server.hung_up.wait(1)


def test_a_key_that_cannot_be_used_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(SettingsError, match=r"^PINCITE_MODEL needs a server: set OPENAI_API_KEY"):
        open_generate(model="x", api_key=None, base_url=None, timeout=1, max_tokens=64)
    with pytest.raises(SettingsError, match=r"^PINCITE_EMBEDDING_MODEL needs a server: set OPENAI_API_KEY"):
        open_embedder(model="x", api_key=None, base_url=None, timeout=1)


# embeddings


def test_vectors_are_of_length_1_and_in_the_order_of_the_texts() -> None:
    shuffled = whole({"data": [{"index": 1, "embedding": [0, 2]}, {"index": 0, "embedding": [3, 4]}]})
    with scripted_server(embeddings=[embedded([1, 0]), shuffled]) as server:
        made = embedder(server.url)
        vectors = made.embed(["a", "b"])
    assert (made.fingerprint, made.dimensions) == ("openai:embedding:2", 2)
    assert vectors.dtype == np.float32
    assert np.array_equal(vectors, np.array([[0.6, 0.8], [0, 1]], dtype=np.float32))
    assert server.requests[1].body == {"model": "embedding", "input": ["a", "b"], "encoding_format": "float"}


def test_texts_go_in_batches_and_no_text_is_empty() -> None:
    texts = ["", "a\ud800", *[f"text {n}" for n in range(512)]]
    with scripted_server() as server:
        made = embedder(server.url)
        vectors = made.embed(texts)
        one_by_one = np.concatenate([made.embed([text]) for text in texts[:3]])
        nothing = made.embed([])
    sent = [request.body["input"] for request in server.requests]
    assert [len(batch) for batch in sent] == [1, 256, 256, 2, 1, 1, 1]
    assert [text for batch in sent[1:4] for text in batch] == [" ", "a�", *texts[2:]]
    assert np.array_equal(vectors[:3], one_by_one)
    assert (vectors.shape, nothing.shape) == ((len(texts), 8), (0, 8))
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def items(*pairs: tuple[object, object]) -> Reply:
    return whole({"data": [{"index": index, "embedding": vector} for index, vector in pairs]})


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (items((0, [1, 0])), "did not send a vector for each text"),
        (items((0, [1, 0]), (0, [1, 0])), "did not send a vector for each text"),
        (items((1, [1, 0]), (2, [1, 0])), "did not send a vector for each text"),
        (items((0, [1, 0]), (1, [1])), "did not send a vector for each text"),
        (items((0, "AACAPw=="), (1, "AACAPw==")), "did not send a vector for each text"),
        (items((0, [10**400]), (1, [1])), "did not send a vector for each text"),
        (items(([], [1]), (1, [1])), "did not send a vector for each text"),
        (whole({"data": None}), "did not send a vector for each text"),
        (whole({}), "did not send a vector for each text"),
        (whole([]), "did not send a vector for each text"),
        (items((0, [1, 0]), (1, [1, 0]), (2, [1, 0])), "sent vectors that cannot be used"),
        (items((0, [1, 0]), (1, [0, 0])), "sent vectors that cannot be used"),
        (items((0, [1, 0]), (1, [float("nan"), 1])), "sent vectors that cannot be used"),
        (items((0, [1, 0]), (1, [float("inf"), 1])), "sent vectors that cannot be used"),
        (items((0, [1e300, 0]), (1, [1, 0])), "sent vectors that cannot be used"),
        (items((0, 1), (1, 1)), "sent vectors that cannot be used"),
        (items((0, [[1], [0]]), (1, [[1], [0]])), "sent vectors that cannot be used"),
        (items((0, []), (1, [])), "sent vectors that cannot be used"),
        (items((0, [1, 0, 0]), (1, [1, 0, 0])), "sent vectors of 3 dimensions after 2"),
    ],
)
def test_vectors_that_cannot_be_used_are_refused(reply: Reply, words: str) -> None:
    with scripted_server(embeddings=[embedded([1, 0]), reply]) as server:
        made = embedder(server.url)
        with pytest.raises(EmbedderError, match=f"^{server.url} {words}.*: check PINCITE_EMBEDDING_MODEL$"):
            made.embed(["a", "b"])


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (page(), "sent a web page instead of an answer"),
        (Reply([b"nonsense"], headers={"content-type": "text/plain"}), "sent damaged JSON"),
        (Reply([b"nonsense"]), "sent damaged JSON"),
        (refused(404, "no such model"), "does not know the model in PINCITE_EMBEDDING_MODEL"),
        (Reply([b'{"data"'], end="drip"), "did not finish within 0.5 s"),
    ],
)
def test_an_embedding_server_that_fails_is_named(reply: Reply, words: str) -> None:
    with scripted_server(embeddings=[reply]) as server, pytest.raises(ModelError, match=f"^{server.url} {words}"):
        embedder(server.url, timeout=0.5)


def test_a_passing_fault_of_the_embedding_server_is_tried_again() -> None:
    with scripted_server(embeddings=[refused(503), embedded([1, 0])]) as server:
        assert embedder(server.url).dimensions == 2


# a real model


def test_a_real_model_answers_and_counts_its_tokens(local_model: str) -> None:
    generate = open_generate(model="", api_key=None, base_url=local_model, timeout=60, max_tokens=200)
    messages: Sequence[dict[str, str]] = [{"role": "user", "content": "Reply with one word: the capital of France?"}]
    *pieces, usage = generate(messages)
    assert all(isinstance(piece, str) for piece in pieces)
    assert len(pieces) > 1
    assert isinstance(usage, Usage)
    assert usage.prompt_tokens > 10
    assert usage.answer_tokens >= len(pieces)


def test_a_real_model_that_is_cut_off_says_so(local_model: str) -> None:
    generate = open_generate(model="", api_key=None, base_url=local_model, timeout=60, max_tokens=5)
    pieces, error = pieces_and_error(generate([{"role": "user", "content": "Count from one to one hundred."}]))
    assert error == "the answer was cut off at 5 tokens: raise PINCITE_ANSWER_TOKENS"
    assert isinstance(pieces[-1], Usage)
    assert pieces[-1].answer_tokens == 5


def test_a_prompt_beyond_a_real_models_window_is_told(local_model: str) -> None:
    generate = open_generate(model="", api_key=None, base_url=local_model, timeout=60, max_tokens=5)
    with pytest.raises(
        ModelError, match=r"finds the prompt too long: set PINCITE_CONTEXT_TOKENS .*\(HTTP 400; it says"
    ):
        list(generate([{"role": "user", "content": json.dumps(list(range(5000)))}]))
