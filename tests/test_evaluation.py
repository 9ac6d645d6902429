"""Evaluate: real questions on a real library, without a model and with a scripted one over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag import (
    Assistant,
    Document,
    Gold,
    JudgedQuote,
    LibraryError,
    Metrics,
    ModelError,
    Outcome,
    Question,
    QuestionError,
    Settings,
    connect,
    evaluate,
    ingest_seeds,
    read_questions,
)
from rag.assistant import MAX_QUESTION
from rag.models import open_generate
from tests.scripted_server import Script, refused, scripted_server, streamed

ROOT = Path(__file__).parents[1]
BRIDGE = Document(
    id="bridge", title="The bridge", text="The iron bridge at Oslo opened in [May] 1932. It cost £6 million."
)
WHALE = Document(
    id="whale", title="The whale", text="The blue whale sings at night. Nobody in Peru sold any of the soap."
)
OPENED = Question(
    "opened", "When did the bridge at Oslo open?", answerable=True, gold=(Gold(words="1932"),), pattern="193[0-9]"
)
SINGS = Question(
    "sings",
    "When does the blue whale sing?",
    answerable=True,
    gold=(Gold("whale", 31, 66, "Nobody in Peru sold any of the soap"),),
)
TUNNEL = Question("tunnel", "Who designed the tunnel in Zanzibar?", answerable=False)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Two documents, and no model."""
    with connect(Settings(home=tmp_path_factory.mktemp("library"), model=None)) as assistant:
        assert len(assistant.ingest([BRIDGE, WHALE]).added) == 2
        yield assistant


def with_model(assistant: Assistant, url: str) -> Assistant:
    generate = open_generate(model="scripted", api_key="sk-test", base_url=url, timeout=5.0, max_tokens=128)
    return replace(assistant, generate=generate, model="scripted")


def failing(times: int) -> Iterator[Script]:
    yield from [refused(401, "bad key")] * times
    yield streamed("The iron bridge at Oslo opened in 1932. [1]")


def test_an_outcome_is_the_answer_judged(library: Assistant) -> None:
    [outcome] = evaluate(library, [OPENED]).outcomes
    answer = library.answer(OPENED.text)
    assert outcome == Outcome(
        id="opened",
        question="When did the bridge at Oslo open?",
        answerable=True,
        relevant=("bridge",),
        found=("bridge", "whale"),
        answer=" ".join(quote.text for quote in answer.quotes),
        matches=True,
        quotes=tuple(JudgedQuote(quote, right="1932" in quote.text, verbatim=True) for quote in answer.quotes),
        abstained=False,
        confidence=answer.confidence,
        milliseconds=outcome.milliseconds,
    )
    assert outcome.hit
    assert 0 < (outcome.milliseconds or 0) < 60_000


def test_outcomes_come_in_the_order_of_the_questions_with_their_metrics(library: Assistant) -> None:
    evaluation = evaluate(library, [TUNNEL, OPENED, SINGS])
    assert [(each.id, each.abstained, each.right) for each in evaluation.outcomes] == [
        ("tunnel", True, True),
        ("opened", False, True),
        ("sings", False, False),
    ]
    metrics = evaluation.metrics
    assert (metrics.accuracy, metrics.quote_hit, metrics.abstain_recall, metrics.answer_right) == (2 / 3, 0.5, 1.0, 1.0)
    assert (metrics.recall_at_1, metrics.verbatim, evaluation.model) == (1.0, 1.0, "embedded")


def test_a_question_without_gold_has_quotes_that_are_not_judged(library: Assistant) -> None:
    question = replace(OPENED, gold=(), pattern="1933")
    [outcome] = evaluate(library, [question]).outcomes
    assert {judged.right for judged in outcome.quotes} == {None}
    assert (outcome.relevant, outcome.matches, outcome.right) == ((), False, False)


def test_a_pattern_is_matched_with_plain_text_and_never_with_an_abstention(library: Assistant) -> None:
    plain = replace(OPENED, pattern=r"bridge at Oslo opened in \[May\] 1932\.")
    assert [outcome.matches for outcome in evaluate(library, [plain]).outcomes] == [True]
    anything = replace(TUNNEL, answerable=True, pattern=".*")
    assert [(each.abstained, each.matches) for each in evaluate(library, [anything]).outcomes] == [(True, False)]


@pytest.mark.parametrize(
    ("before", "found"),
    [(OPENED.text, ("bridge", "whale")), (SINGS.text, ("whale", "bridge"))],
    ids=["bridge", "whale"],
)
def test_a_follow_up_is_searched_for_and_asked_with_the_turns_before_it(
    before: str, found: tuple[str, ...], library: Assistant
) -> None:
    turn = {"role": "user", "content": before}
    [outcome] = evaluate(library, [Question("why", "And why?", history=(turn,))]).outcomes
    assert outcome.found == found
    assert outcome.confidence == library.answer("And why?", [turn]).confidence != library.answer("And why?").confidence


def test_slices_prove_each_or_together_as_the_gold_mode_says(assistant: Assistant) -> None:
    around, sentence = "Many people of the town talk about this for hours.", "The red fox sleeps in Bergen."
    text = f"{around} {sentence} {around}"
    start, end = text.index(sentence), text.index(sentence) + len(sentence)
    assistant.ingest(Document(id="fox", text=text))
    gold = (Gold("fox", start - 20, start + 8), Gold("fox", end - 8, end + 20))  # 8 of 28 in the sentence, 16 of its 29
    asked = Question("any", "Where does the red fox sleep?", answerable=True, gold=gold)
    for outcome, right in zip(
        evaluate(assistant, [asked, replace(asked, id="all", gold_mode="all")]).outcomes, (False, True), strict=True
    ):
        assert [judged.right for judged in outcome.quotes if judged.quote.text == sentence] == [right]


def test_a_quote_of_a_document_that_changed_meanwhile_is_not_verbatim(assistant: Assistant) -> None:
    def change_and_say(_: object) -> Iterator[str]:
        assistant.ingest(replace(BRIDGE, text="Nothing is left."))
        yield "The iron bridge at Oslo opened in 1932. [1]"

    assistant.ingest(BRIDGE)
    [outcome] = evaluate(replace(assistant, generate=change_and_say), [OPENED]).outcomes
    assert [(judged.right, judged.verbatim) for judged in outcome.quotes] == [(True, False)]


def test_the_documents_found_are_ten_at_most_each_once(assistant: Assistant) -> None:
    many = [Document(id=f"{n:02}", text=f"Whale number {n} sings. " * 60) for n in range(12)]  # several passages each
    assistant.ingest(many)
    [outcome] = evaluate(assistant, [replace(SINGS, gold=(Gold(words="sings"),))]).outcomes
    hits = assistant.search(SINGS.text, 100)
    assert len(hits) > len({hit.passage.document_id for hit in hits}) == 12
    assert list(outcome.found) == list(dict.fromkeys(hit.passage.document_id for hit in hits))[:10]
    assert outcome.relevant == tuple(document.id for document in many)


def test_progress_is_told_before_and_after_each_question(library: Assistant) -> None:
    told: list[tuple[int, int]] = []
    evaluate(library, [OPENED, TUNNEL], on_progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 2), (1, 2), (2, 2)]


def test_the_seed_questions_go_as_well_as_the_answers_are_tested_to(assistant: Assistant) -> None:
    ingest_seeds(assistant)
    metrics = evaluate(assistant, read_questions(ROOT / "seeds" / "questions.jsonl")).metrics
    assert metrics.quote_hit is not None
    assert metrics.quote_hit >= 13 / 16
    assert metrics.abstain_recall is not None
    assert metrics.abstain_recall >= 3 / 4
    assert (metrics.verbatim, metrics.recall_at_1) == (1.0, 1.0)


# what is checked before anything is asked


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (replace(OPENED, gold=(Gold("ship"),)), "question 'opened': the library holds no document 'ship'"),
        (replace(OPENED, gold=(Gold(words="1933"),)), "question 'opened': no document holds the gold '1933'"),
        (replace(OPENED, text=" "), "question 'opened': a question has from 1 to 4,000 characters; ask such a one"),
        (
            replace(OPENED, text="x" * (MAX_QUESTION + 1)),
            "question 'opened': a question has from 1 to 4,000 characters",
        ),
    ],
)
def test_a_question_that_cannot_be_judged_or_asked_stops_all_before_anything_is_asked(
    question: Question, said: str, library: Assistant
) -> None:
    with scripted_server([streamed("The documents do not say.")]) as server:
        asking = with_model(library, server.url)
        with pytest.raises(QuestionError, match=rf"^{re.escape(said)}"):
            evaluate(asking, [SINGS, question])
        assert server.requests == []


def test_an_empty_library_is_refused(assistant: Assistant) -> None:
    with pytest.raises(LibraryError, match=r"^the library is empty; `pincite ingest PATH` fills it$"):
        evaluate(assistant, [TUNNEL])


# with a model


def test_a_model_is_asked_and_judged(library: Assistant) -> None:
    with scripted_server([streamed("It opened in 1931. [1] The iron bridge at Oslo opened in 1932. [1]")]) as server:
        evaluation = evaluate(with_model(library, server.url), [OPENED])
    [outcome] = evaluation.outcomes
    assert (evaluation.model, outcome.hit, outcome.right) == ("scripted", True, True)
    assert outcome.answer == "It opened in 1931. The iron bridge at Oslo opened in 1932."


def test_a_question_at_which_the_model_fails_is_wrong_and_loses_no_other(library: Assistant) -> None:
    with scripted_server([*failing(2)]) as server:
        evaluation = evaluate(with_model(library, server.url), [OPENED, TUNNEL, OPENED])
    first, second, third = evaluation.outcomes
    assert (first.failure, first.failure) == (second.failure, second.failure)
    assert re.fullmatch(r"[^\n]* refused the key[^\n]*", first.failure)
    assert first == replace(
        third, failure=first.failure, answer="", matches=False, quotes=(), confidence=None, milliseconds=None
    )
    assert [outcome.right for outcome in evaluation.outcomes] == [False, False, True]
    assert evaluation.metrics == replace(
        Metrics(),
        accuracy=1 / 3,
        quote_hit=0.5,
        first_quote_hit=0.5,
        hit_if_answered=1.0,
        quote_precision=1.0,
        verbatim=1.0,
        answer_right=0.5,
        answered_answerable=0.5,
        abstain_recall=0.0,
        recall_at_1=1.0,
        recall_at_5=1.0,
        ndcg_at_10=1.0,
        quotes_per_answer=1.0,
        characters_per_answer=45.0,
        ms_p50=third.milliseconds,
        ms_p95=third.milliseconds,
    )


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_a_model_that_fails_from_the_start_ends_the_evaluation_after_three(number: int, library: Assistant) -> None:
    questions = [replace(OPENED, id=str(n)) for n in range(number)]
    with scripted_server([refused(401, "bad key")]) as server:
        with pytest.raises(ModelError, match=r"^[^\n]* refused the key[^\n]*$"):
            evaluate(with_model(library, server.url), questions)
        assert len(server.asked("/chat/completions")) == min(3, number)
