"""Answer, end to end: the real library with the seed document, without a model and with a scripted one over HTTP."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag import (
    Answer,
    AnswerEvent,
    Assistant,
    Document,
    HitsEvent,
    ModelError,
    PromptTooLong,
    QuestionError,
    Settings,
    StatementEvent,
    TextEvent,
    Usage,
    connect,
    ingest_seeds,
)
from rag.models import open_generate
from rag.prompts import abstention
from tests.scripted_server import Reply, Request, Script, ScriptedServer, refused, scripted_server, streamed

ROOT = Path(__file__).parents[1]
SEED = ROOT / "seeds" / "000_fe5675aafdfdfcf7.txt"
LINES = (ROOT / "seeds" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
QUESTIONS: list[dict[str, Any]] = [json.loads(line) for line in LINES]
ANSWERABLE = [question for question in QUESTIONS if question["answerable"]]
UNANSWERABLE = [question for question in QUESTIONS if not question["answerable"]]

VISIT = "Who visited Tehran?"
EARN = "How much could Russia earn from arms sales to Iran?"
VISITED = "Russian Defense Minister Igor Sergeev’s visit to Tehran last week"
REVENUES = "US$7-8 billion in arms sale revenues"
RELATIONS = "many in Moscow expect friendlier relations"
CITED = "as much as US$7-8 billion"


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """A library with the seed document, and no model."""
    with connect(Settings(home=tmp_path_factory.mktemp("library"), model=None, retry=False)) as assistant:
        assert ingest_seeds(assistant)
        yield assistant


@pytest.fixture(scope="module")
def answers(seeded: Assistant) -> Mapping[str, Answer]:
    """Those to the 20 questions without a model, by the questions' ids."""
    return {each["id"]: seeded.answer(each["question"], each.get("history", [])) for each in QUESTIONS}


def with_model(assistant: Assistant, url: str, *, timeout: float = 5.0) -> Assistant:
    generate = open_generate(model="scripted", api_key="sk-test", base_url=url, timeout=timeout, max_tokens=128)
    return replace(assistant, generate=generate, model="scripted")


@contextmanager
def scripted(assistant: Assistant, *replies: Script) -> Iterator[tuple[Assistant, ScriptedServer]]:
    with scripted_server(replies) as server:
        yield with_model(assistant, server.url), server


def says(*sentences: tuple[str, str]) -> Callable[[Request], Reply]:
    """A model that says each text with the number of the sentence that holds the words, a bit at a time."""

    def reply(request: Request) -> Reply:
        text = " ".join(f"{said} [{number_of(request, words)}]" for said, words in sentences)
        return streamed(*re.findall(r"(?s).{1,5}", text))

    return reply


def number_of(request: Request, words: str) -> int:
    prompt = request.body["messages"][-1]["content"]
    [number] = set(re.findall(rf"(?m)^\[(\d+)\] .*{re.escape(words)}", prompt))
    return int(number)


def outcome(answer: Answer) -> list[tuple[str, str]]:
    return [(statement.text, statement.verdict) for statement in answer.statements]


def text_of(assistant: Assistant, document_id: str) -> str:
    document = assistant.document(document_id)
    assert document is not None
    return document.text


def assert_quotes_are_slices(assistant: Assistant, answer: Answer) -> None:
    for quote in answer.quotes:
        assert quote.text == text_of(assistant, quote.document_id)[quote.start : quote.end] != ""


# without a model


def test_at_least_13_of_16_answerable_questions_have_the_gold_sentence_among_their_quotes(
    answers: Mapping[str, Answer],
) -> None:
    found = [
        each["id"] for each in ANSWERABLE if any(each["gold"] in quote.text for quote in answers[each["id"]].quotes)
    ]
    assert len(ANSWERABLE) == 16
    assert len(found) >= 13, f"only {found}"


def test_at_least_3_of_4_unanswerable_questions_are_abstained_from(answers: Mapping[str, Answer]) -> None:
    abstained = [each["id"] for each in UNANSWERABLE if answers[each["id"]].abstained]
    assert len(UNANSWERABLE) == 4
    assert len(abstained) >= 3, f"only {abstained}"


def test_every_quote_is_the_text_at_its_offsets_and_no_answer_has_more_than_three(
    seeded: Assistant, answers: Mapping[str, Answer]
) -> None:
    assert sum(len(answer.quotes) for answer in answers.values()) >= 13
    for answer in answers.values():
        assert_quotes_are_slices(seeded, answer)
        assert len(answer.quotes) <= 3
    [document] = seeded.documents()
    assert text_of(seeded, document.id) == SEED.read_text(encoding="utf-8")


def test_an_answer_without_a_model_is_the_quotes_the_best_first(answers: Mapping[str, Answer]) -> None:
    for answer in answers.values():
        assert [statement.verdict for statement in answer.statements] == ["supported"] * len(answer.statements)
        assert [statement.text for statement in answer.statements] == [quote.text for quote in answer.quotes]
        assert [quote.number for quote in answer.quotes] == list(range(1, len(answer.quotes) + 1))
        assert (answer.model, answer.usage, answer.incomplete, answer.notes) == ("embedded", Usage(), "", ())
    assert answers["seed-02"].quotes[0].text.startswith("The visit was the first by a Russian defense chief")


def test_an_abstention_has_no_quote_and_shows_the_nearest_passages_and_what_is_missing(
    answers: Mapping[str, Answer],
) -> None:
    answer = answers["seed-20"]
    assert (answer.abstained, answer.statements, answer.quotes) == (True, (), ())
    assert answer.text == abstention(["Colin", "Powell"])
    assert [hit.rank for hit in answer.hits] == list(range(1, len(answer.hits) + 1)) != []


def test_the_threshold_decides_and_nought_always_answers(seeded: Assistant) -> None:
    question = "What did Colin Powell say about the visit?"
    confidence = seeded.answer(question).confidence
    assert 0 < confidence < seeded.threshold
    assert replace(seeded, threshold=0.0).answer(question).abstained is False
    assert replace(seeded, threshold=1.0).answer(VISIT).abstained is True
    assert seeded.answer(VISIT).confidence >= seeded.threshold


def test_a_follow_up_is_searched_for_with_the_question_before_it(answers: Mapping[str, Answer]) -> None:
    answer = answers["seed-16"]
    assert answer.question == "And for what reason?"
    assert answer.searched_for == "And for what reason? (Washington sanctioned Russian companies)"


def test_the_same_question_has_the_same_answer(seeded: Assistant) -> None:
    assert seeded.answer(VISIT) == seeded.answer(VISIT)


@pytest.mark.parametrize("question", ["?", "\x00", "\ud800", "a" * 4000, 'the "AND" OR NOT * near(', "日本語?"])
def test_odd_questions_are_answered_or_abstained_from(question: str, seeded: Assistant) -> None:
    answer = seeded.answer(question)
    assert_quotes_are_slices(seeded, answer)
    assert answer.abstained is (answer.quotes == ())


@pytest.mark.parametrize("question", ["", " ", "\n\t"])
def test_a_blank_question_is_refused_in_one_line(question: str, seeded: Assistant) -> None:
    with pytest.raises(QuestionError, match=r"^the question is empty; ask in words$"):
        seeded.answer(question)


def test_an_empty_library_abstains(assistant: Assistant) -> None:
    assert assistant.answer(VISIT) == Answer(
        question=VISIT,
        searched_for=VISIT,
        text=abstention(["Tehran"]),
        statements=(),
        quotes=(),
        abstained=True,
        confidence=0.0,
        hits=(),
        model="embedded",
        missing=("Tehran",),
    )


RIGHTS = {  # articles 4, 5 and 26 of the Universal Declaration of Human Rights
    "ja": "何人も、奴隷にされ、又は苦役に服することはない。\n\n何人も、拷問又は残虐な取扱を受けることはない。\n\n"
    "教育は、少なくとも初等の段階においては、無償でなければならない。",
    "zh": "任何人不得使为奴隶或奴役。\n\n任何人不得加以酷刑，或施以残忍的待遇。\n\n"
    "教育应当免费，至少在初级阶段应如此。",
    "ru": "Никто не должен содержаться в рабстве.\n\nНикто не должен подвергаться пыткам.\n\n"
    "Образование должно быть бесплатным, по меньшей мере начальное.",
}


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("初等の教育は無償ですか？", "教育は、少なくとも"),
        ("拷問を受けることはありますか？", "拷問又は残虐な"),
        ("エッフェル塔の高さは何メートルですか？", None),
        ("教育免费吗？", "教育应当免费"),
        ("教育收费吗？", None),
        ("谁不得加以酷刑？", "任何人不得加以酷刑"),
        ("埃菲尔铁塔有多高？", None),
        ("Должно ли образование быть бесплатным?", "Образование должно"),
        ("Может ли кто-нибудь содержаться в рабстве?", "содержаться в рабстве"),
        ("Какая высота у Эйфелевой башни?", None),
    ],
)
def test_a_script_that_the_embedder_does_not_read_is_answered_by_words(
    question: str, quoted: str | None, assistant: Assistant
) -> None:
    assistant.ingest([Document(id=language, text=text) for language, text in RIGHTS.items()])
    answer = assistant.answer(question)
    assert answer.abstained == (quoted is None)
    assert quoted is None or quoted in answer.quotes[0].text


@pytest.mark.parametrize("question", ["😀", "x" * 300, "😀 😀?", "的吗", "ั"])
def test_signs_that_nothing_knows_answer_nothing(question: str, assistant: Assistant) -> None:
    assistant.ingest([Document(id="thai", text="ทดสอบภาษาไทย 🙂"), Document(id="rights", text=RIGHTS["ja"])])
    assert assistant.answer(question).abstained


def test_citations_and_markup_in_a_document_are_only_words(assistant: Assistant) -> None:
    text = "The zeppelin landed in Oslo [1] and ![x](http://other.host/a.png) <b>burned</b>. Nothing else is known."
    assistant.ingest([Document(id="z", title="Zeppelin", text=text)])
    answer = assistant.answer("Where did the zeppelin land?")
    assert_quotes_are_slices(assistant, answer)
    assert answer.text == (
        r"The zeppelin landed in Oslo \[1\] and \!\[x\](http\://other.host/a.png) \<b\>burned\</b\>. [1]"
    )


# with a model


def test_a_statement_that_its_sentence_supports_is_supported(seeded: Assistant) -> None:
    with scripted(seeded, says(("Igor Sergeev visited Tehran last week.", VISITED))) as (assistant, _):
        answer = assistant.answer(VISIT)
    assert outcome(answer) == [("Igor Sergeev visited Tehran last week.", "supported")]
    assert answer.text == "Igor Sergeev visited Tehran last week. [1]"
    assert [VISITED in quote.text for quote in answer.quotes] == [True]
    assert_quotes_are_slices(seeded, answer)
    assert (answer.abstained, answer.model, answer.usage, answer.incomplete) == (False, "scripted", Usage(1500, 7), "")
    assert answer.confidence >= seeded.threshold


def test_a_wrong_number_is_pointed_to_the_sentence_that_supports_it(seeded: Assistant) -> None:
    with scripted(seeded, says(("Russia could earn US$7-8 billion.", RELATIONS))) as (assistant, _):
        answer = assistant.answer(EARN)
    assert outcome(answer) == [("Russia could earn US$7-8 billion.", "re-pointed")]
    assert [REVENUES in quote.text for quote in answer.quotes] == [True]
    assert_quotes_are_slices(seeded, answer)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("Russia could earn US$9 billion in arms sale revenues.", "the figure 9 is in no quoted sentence"),
        ("Russia could earn US$7-8 million in arms sale revenues.", "the figure million is in no quoted sentence"),
        ("China could earn US$7-8 billion in arms sale revenues.", "the word “China” is in no quoted sentence"),
        ("Russia could not earn US$7-8 billion in arms sale revenues.", "the quoted sentences do not negate “earn”"),
        ("Russia is the largest country on Earth.", "the name “Earth” is in no quoted sentence"),
    ],
)
def test_what_a_model_alters_or_knows_by_heart_is_not_shown_as_supported(
    said: str, fault: str, seeded: Assistant
) -> None:
    with scripted(seeded, says((said, CITED), ("Russia could earn US$7-8 billion.", CITED))) as (assistant, _):
        answer = assistant.answer(EARN)
    assert [(statement.verdict, statement.reason) for statement in answer.statements] == [
        ("unsupported", fault),
        ("supported", ""),
    ]
    assert answer.text.startswith(said.replace("$", r"\$") + " *(unsupported)* Russia could earn")


def test_an_answer_with_nothing_supported_is_an_abstention_that_keeps_what_was_said(seeded: Assistant) -> None:
    with scripted(seeded, streamed("Ulaanbaatar is the capital of Mongolia.")) as (assistant, _):
        answer = assistant.answer("What is the capital of Mongolia?")
    assert (answer.abstained, answer.quotes, answer.confidence) == (True, (), 0.0)
    assert outcome(answer) == [("Ulaanbaatar is the capital of Mongolia.", "unsupported")]
    assert answer.text == abstention(["Mongolia"])
    assert answer.hits != ()


def test_a_prompt_beyond_the_models_window_is_tried_once_more_with_half(seeded: Assistant) -> None:
    too_long = refused(400, "This model's maximum context length is 2048 tokens.")
    with scripted(seeded, too_long, says(("Igor Sergeev visited Tehran last week.", VISITED))) as (assistant, server):
        answer = assistant.answer(VISIT)
    assert outcome(answer) == [("Igor Sergeev visited Tehran last week.", "supported")]
    first, second = (len(request.body["messages"][-1]["content"]) for request in server.requests)
    assert second < first
    with (
        scripted(seeded, too_long, too_long) as (assistant, _),
        pytest.raises(PromptTooLong, match="finds the prompt too long: set PINCITE_CONTEXT_TOKENS"),
    ):
        assistant.answer(VISIT)


def test_a_server_that_read_only_a_part_of_the_prompt_is_told(seeded: Assistant) -> None:
    cut = streamed("The documents do not say.", usage=(512, 7))
    with scripted(seeded, cut) as (assistant, _):
        [note] = assistant.answer(VISIT).notes
    assert re.fullmatch(
        r"the server read only 512 of some 1,\d{3} tokens of the prompt: .*PINCITE_CONTEXT_TOKENS", note
    )


def test_numbers_that_do_not_exist_are_removed_and_reported(seeded: Assistant) -> None:
    with scripted(seeded, streamed("Igor Sergeev visited Tehran last week. [99][0]")) as (assistant, _):
        answer = assistant.answer(VISIT)
    assert outcome(answer) == [("Igor Sergeev visited Tehran last week.", "re-pointed")]
    assert answer.notes == (
        "the model cited sentence 99, which does not exist; the number was removed",
        "the model cited sentence 0, which does not exist; the number was removed",
    )
    assert answer.text == "Igor Sergeev visited Tehran last week. [1]"


@pytest.mark.parametrize(
    "line", ["The documents do not say.", "the documents do not say", "**The documents do not say.**"]
)
def test_the_line_that_refuses_is_an_abstention(line: str, seeded: Assistant) -> None:
    with scripted(seeded, streamed(line)) as (assistant, _):
        answer = assistant.answer(VISIT)
    assert (answer.abstained, answer.statements, answer.quotes) == (True, (), ())
    assert answer.text == abstention([])


def test_markup_that_a_model_writes_is_only_words(seeded: Assistant) -> None:
    said = "Sergeev visited Tehran ![x](http://other.host/a.png) <img src=x>."
    with scripted(seeded, says((said, VISITED), ("Igor Sergeev visited Tehran.", VISITED))) as (assistant, _):
        answer = assistant.answer(VISIT)
    assert r"\!\[x\](http\://other.host/a.png) \<img src=x\>" in answer.text
    assert answer.statements[0].verdict == "unsupported"


def test_the_prompt_holds_the_rules_the_history_the_numbered_sentences_and_the_question(seeded: Assistant) -> None:
    history = [
        {"role": "user", "content": "Has Washington sanctioned Russian companies?"},
        {"role": "assistant", "content": "Yes, a handful."},
    ]
    with scripted(seeded, streamed("The documents do not say.")) as (assistant, server):
        answer = assistant.answer("And for what reason?", history)
    [request] = server.requests
    sent = json.dumps(request.body["messages"], sort_keys=True).encode()
    assert answer.prompt_digest == hashlib.sha256(sent).hexdigest()
    rules, *turns, asked = request.body["messages"]
    assert (rules["role"], asked["role"], turns) == ("system", "user", history)
    assert "The documents do not say." in rules["content"]
    assert "Question: And for what reason?" in asked["content"]
    numbers = [int(number) for number in re.findall(r"(?m)^\[(\d+)\] ", asked["content"])]
    once = list(dict.fromkeys(numbers))
    assert once == list(range(1, len(once) + 1))
    assert 0 < len(numbers) - len(once) <= 3  # the nearest are there twice
    assert number_of(request, "for their dealings with Iran") in numbers


def test_a_small_window_gets_a_smaller_prompt_with_the_question_in_it(seeded: Assistant) -> None:
    sizes = []
    for window in (600, 3000):
        with scripted(replace(seeded, prompt_tokens=window), says(("Igor Sergeev visited Tehran.", VISITED))) as (
            assistant,
            server,
        ):
            answer = assistant.answer(VISIT)
        prompt = server.requests[0].body["messages"][-1]["content"]
        assert VISIT in prompt
        assert outcome(answer) == [("Igor Sergeev visited Tehran.", "supported")]
        sizes.append(len(prompt))
    assert sizes[0] < sizes[1] / 2


def test_without_hits_no_model_is_called(assistant: Assistant) -> None:
    with scripted(assistant, streamed("Igor Sergeev. [1]")) as (asking, server):
        answer = asking.answer(VISIT)
        assert server.requests == []
    assert (answer.abstained, answer.model, answer.hits) == (True, "scripted", ())


def test_without_documents_no_model_is_asked_to_word_a_follow_up(assistant: Assistant) -> None:
    with restating(assistant, streamed(ALONE)) as (asking, server):
        assert asking.answer("And for what reason?", SANCTIONED).abstained
        assert server.requests == []


def test_connect_asks_the_model_of_the_settings(tmp_path: Path) -> None:
    with scripted_server([says(("Igor Sergeev visited Tehran.", VISITED))]) as server:
        settings = Settings(home=tmp_path, openai_base_url=server.url, openai_api_key="sk-test")
        with connect(settings) as assistant:
            ingest_seeds(assistant)
            answer = assistant.answer(VISIT)
        [request] = server.asked("/chat/completions")
    assert (request.body["model"], request.headers["authorization"]) == ("scripted", "Bearer sk-test")
    assert outcome(answer) == [("Igor Sergeev visited Tehran.", "supported")]


# words in quotation marks


@pytest.fixture
def two(assistant: Assistant) -> Assistant:
    assistant.ingest(
        [
            Document(
                id="memo", title="Memo", text="The bridge opened in 1932. The mayor called it “a gift to us all”."
            ),
            Document(id="log", title="Log", text="The tunnel was closed. The mayor wept “for an hour” that day."),
        ]
    )
    return assistant


@pytest.mark.parametrize(
    ("said", "cites", "verdict", "standing", "found"),
    [
        ("The mayor called it 'a gift to us all.'", "opened", "re-pointed", "verified", ("memo", "a gift to us all")),
        ("The mayor called it “a gift to all”.", "gift", "unsupported", "not found", ("memo", "a gift to us all")),
        ("The mayor wept 'for an hour' that day.", "gift", "re-pointed", "verified", ("log", "for an hour")),
        ("The bridge wept “for an hour”.", "gift", "unsupported", "misattributed", ("log", "for an hour")),
        ("He was “of another opinion entirely”.", "gift", "unsupported", "not found", None),
    ],
)
def test_words_in_quotation_marks_are_held_against_the_documents(
    said: str, cites: str, verdict: str, standing: str, found: tuple[str, str] | None, two: Assistant
) -> None:
    with scripted(two, says((said, cites), ("The bridge opened in 1932.", "opened"))) as (asking, _):
        answer = asking.answer("What did the mayor say of the bridge?")
    statement = answer.statements[0]
    [quotation] = statement.quotations
    assert (statement.verdict, quotation.standing) == (verdict, standing)
    assert said[quotation.start - 1] + said[quotation.end] in ("“”", "''")
    words = quotation.words
    assert ((words.document_id, words.text) if words else None) == found
    if words:
        document = two.document(words.document_id)
        assert document is not None
        assert document.text[words.start : words.end] == words.text
    assert ("~~" in answer.text) == (standing == "not found")


def test_the_documents_own_quotation_marks_are_no_quotation_of_the_models(two: Assistant) -> None:
    said = "The mayor called it “a gift to us all”."
    with scripted(two, says((said, "gift"))) as (asking, _):
        [statement] = asking.answer("What did the mayor say of the bridge?").statements
    assert (statement.verdict, statement.quotations) == ("supported", ())


def test_quoted_words_may_go_over_the_edge_of_a_passage(assistant: Assistant) -> None:
    words = [f"The {number}th lamp was lit." for number in range(20, 90)]
    assistant.ingest([Document(id="lamps", title="Lamps", text=" ".join(words))])
    edge = assistant.search("lamp", k=1)[0].passage.end
    document = assistant.document("lamps")
    assert document is not None
    assert 0 < edge < len(document.text)
    quoted = document.text[edge - 60 : edge + 60].strip().split(" ", 1)[1].rsplit(" ", 1)[0]
    with scripted(replace(assistant, retry=False), streamed(f"It reads “{quoted}”. [1]")) as (asking, _):
        [statement] = asking.answer("Which lamp was lit?").statements
    assert [quotation.standing for quotation in statement.quotations] == ["verified"]


# once more


WRONG = "Russia could earn US$9 billion."


def test_an_answer_of_which_nothing_holds_is_asked_for_once_more(seeded: Assistant) -> None:
    asking = replace(seeded, retry=True)
    right = says(("Russia could earn as much as US$7-8 billion in arms sale revenues.", REVENUES))
    with scripted(asking, streamed(f"{WRONG} [1]"), right) as (assistant, server):
        answer = assistant.answer(EARN)
    first, second = server.asked("/chat/completions")
    assert second.body["messages"][: len(first.body["messages"])] == first.body["messages"]
    said, told = second.body["messages"][len(first.body["messages"]) :]
    assert said == {"role": "assistant", "content": f"{WRONG} [1]"}
    assert (
        f"You wrote “{WRONG}”. That cannot be shown as proved: the figure 9 is in no quoted sentence."
        in told["content"]
    )
    assert [statement.verdict for statement in answer.statements] == ["unsupported", "supported"]
    assert (answer.abstained, answer.usage) == (False, Usage(3000, 14))
    assert answer.notes == ("nothing that the model said at first was supported; it was told so and asked once more",)
    sent = json.dumps(second.body["messages"], sort_keys=True).encode()
    assert answer.prompt_digest == hashlib.sha256(sent).hexdigest()


def test_a_model_is_asked_once_more_and_not_twice(seeded: Assistant) -> None:
    with scripted(replace(seeded, retry=True), streamed(f"{WRONG} [1]")) as (assistant, server):
        answer = assistant.answer(EARN)
        assert len(server.asked("/chat/completions")) == 2
    assert (answer.abstained, len(answer.statements)) == (True, 2)


@pytest.mark.parametrize("question", [EARN, "What is the capital of Mongolia?"])
def test_a_model_is_not_asked_again_without_the_setting_or_where_no_sentence_seems_to_answer(
    question: str, seeded: Assistant
) -> None:
    retry = question != EARN
    with scripted(replace(seeded, retry=retry), streamed(f"{WRONG} [1]")) as (assistant, server):
        assert assistant.answer(question).abstained
        assert len(server.asked("/chat/completions")) == 1


def test_an_answer_that_was_cut_off_is_not_asked_for_once_more(seeded: Assistant) -> None:
    with scripted(replace(seeded, retry=True), streamed(f"{WRONG} [1]", finish="length")) as (assistant, server):
        answer = assistant.answer(EARN)
        assert len(server.requests) == 1
    assert answer.incomplete.startswith("the answer was cut off at 128 tokens")


def test_what_goes_wrong_when_it_is_asked_once_more_loses_nothing(seeded: Assistant) -> None:
    with scripted(replace(seeded, retry=True), streamed(f"{WRONG} [1]"), refused(401)) as (assistant, _):
        answer = assistant.answer(EARN)
    assert outcome(answer) == [(WRONG, "unsupported")]
    assert answer.abstained
    assert "refused the key" in answer.notes[-1]


# follow-ups


SANCTIONED = [
    {"role": "user", "content": "Has Washington sanctioned Russian companies?"},
    {"role": "assistant", "content": "Yes, a handful of them."},
]
ALONE = "For what reason has Washington sanctioned Russian companies?"


@contextmanager
def restating(assistant: Assistant, *replies: Script) -> Iterator[tuple[Assistant, ScriptedServer]]:
    with scripted(assistant, *replies) as (asking, server):
        restate = open_generate(model="line", api_key="sk-test", base_url=server.url, timeout=0.5, max_tokens=20)
        yield replace(asking, restate=restate), server


def test_a_follow_up_is_made_to_stand_alone_by_the_model(seeded: Assistant) -> None:
    with restating(seeded, streamed(ALONE), streamed("The documents do not say.")) as (assistant, server):
        answer = assistant.answer("And for what reason?", SANCTIONED)
    first, second = server.requests
    assert (first.body["model"], second.body["model"]) == ("line", "scripted")
    assert first.body["messages"][-1]["content"].endswith("Question: And for what reason?")
    assert "Question: And for what reason?" in second.body["messages"][-1]["content"]
    assert (answer.question, answer.searched_for) == ("And for what reason?", ALONE)
    assert "for their dealings with Iran" in answer.hits[0].passage.text


@pytest.mark.parametrize(
    "reply",
    [
        streamed("Because of Oslo."),
        streamed("Why did Oslo sanction them?"),
        streamed(),
        refused(500, retry_after="0"),
        streamed("Why", end="stall", finish=None, done=False),
        replace(streamed("Why"), before=5.0),
    ],
    ids=["an answer", "a new name", "empty", "500", "a stall", "silence"],
)
def test_where_the_model_does_not_the_rule_makes_a_follow_up_stand_alone(reply: Reply, seeded: Assistant) -> None:
    ruled = seeded.answer("And for what reason?", SANCTIONED).searched_for
    replies = {"line": reply, "scripted": streamed("The documents do not say.")}
    with restating(seeded, lambda request: replies[request.body["model"]]) as (assistant, _):
        assert assistant.answer("And for what reason?", SANCTIONED).searched_for == ruled
    assert ruled == "And for what reason? (Washington sanctioned Russian companies)"


@pytest.mark.parametrize("history", [[], [{"role": "user", "content": "Does it rain in Oslo?"}]])
def test_a_question_that_stands_alone_is_not_sent_to_be_worded_anew(
    history: list[dict[str, str]], seeded: Assistant
) -> None:
    with restating(seeded, streamed("The documents do not say.")) as (assistant, server):
        assert assistant.answer(VISIT, history).searched_for == VISIT
        assert [request.body["model"] for request in server.requests] == ["scripted"]


# what goes wrong on the way


@pytest.mark.parametrize(
    "reply",
    [
        lambda text: streamed(text, finish=None, done=False, end="cut"),
        lambda text: streamed(text, finish=None, usage=None, done=False),
        lambda text: streamed(text, finish="length"),
    ],
    ids=["cut connection", "no finish", "length"],
)
def test_a_stream_that_ends_early_is_an_incomplete_answer_with_what_came(
    reply: Callable[[str], Reply], seeded: Assistant
) -> None:
    def script(request: Request) -> Reply:
        return reply(f"Igor Sergeev visited Tehran. [{number_of(request, VISITED)}] He also")

    with scripted(seeded, script) as (assistant, _):
        answer = assistant.answer(VISIT)
    assert outcome(answer)[0] == ("Igor Sergeev visited Tehran.", "supported")
    assert re.fullmatch(r"the answer was cut off[^\n]*", answer.incomplete)
    assert answer.abstained is False


def test_a_stream_that_stalls_is_ended_with_what_came(seeded: Assistant) -> None:
    with scripted_server([streamed("Igor Sergeev visited Tehran.", finish=None, done=False, end="stall")]) as server:
        answer = with_model(seeded, server.url, timeout=0.4).answer(VISIT)
    assert outcome(answer) == [("Igor Sergeev visited Tehran.", "re-pointed")]
    assert answer.incomplete != ""


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (refused(401, "bad key"), "refused the key: set OPENAI_API_KEY"),
        (refused(429, "slow down", retry_after="0"), "takes no more requests for now"),
        (refused(500, "oops", retry_after="0"), "has a fault of its own"),
        (streamed(), "empty answer"),
    ],
    ids=["401", "429", "500", "empty"],
)
def test_an_error_of_the_server_is_one_line_after_the_hits(reply: Reply, words: str, seeded: Assistant) -> None:
    with scripted(seeded, reply) as (assistant, _):
        events = assistant.stream(VISIT)
        assert isinstance(next(events), HitsEvent)
        with pytest.raises(ModelError, match=rf"^[^\n]*{re.escape(words)}[^\n]*$"):
            next(events)


def test_a_server_that_is_down_is_one_line_that_names_it(seeded: Assistant) -> None:
    with scripted_server() as server:
        pass
    with pytest.raises(ModelError, match=rf"^{re.escape(server.url)} cannot be reached [^\n]*OPENAI_BASE_URL[^\n]*$"):
        with_model(seeded, server.url).answer(VISIT)


def test_a_server_that_says_nothing_in_time_is_one_line(seeded: Assistant) -> None:
    with scripted_server([replace(streamed("late"), before=5.0)]) as server:
        asking = with_model(seeded, server.url, timeout=0.3)
        with pytest.raises(ModelError, match=r"^[^\n]*0\.3 ?s[^\n]*$"):
            asking.answer(VISIT)


# events


def kinds(events: Sequence[object]) -> list[str]:
    return [getattr(event, "kind", "") for event in events]


def test_without_a_model_events_are_hits_statements_and_the_answer(seeded: Assistant) -> None:
    events = list(seeded.stream(VISIT))
    assert kinds(events)[:2] == ["hits", "statement"]
    assert set(kinds(events)[2:-1]) <= {"statement"}
    assert kinds(events)[-1] == "answer"


def test_with_a_model_text_leads_to_each_statement_and_all_to_the_answer(seeded: Assistant) -> None:
    said = [
        ("Many in Moscow expect friendlier relations with Iran.", RELATIONS),
        ("Russia could earn US$7-8 billion.", CITED),
    ]
    with scripted(seeded, says(*said)) as (assistant, _):
        first, *between, last = assistant.stream(EARN)
    assert isinstance(first, HitsEvent)
    assert isinstance(last, AnswerEvent)
    assert (first.hits, first.searched_for) == (last.answer.hits, last.answer.searched_for)
    shown, texts = "", []
    for event in between:
        if isinstance(event, TextEvent):
            shown += event.text
        else:
            assert isinstance(event, StatementEvent)
            texts.append((shown, event.statement))
            shown = ""
    assert tuple(statement for _, statement in texts) == last.answer.statements
    assert [text.strip() for text, _ in texts] == [text for text, _ in said]
    assert kinds(between).count("text") >= 6


def test_text_is_there_before_the_model_has_ended(seeded: Assistant) -> None:
    with scripted_server(
        [streamed("Igor Sergeev ", "visited Tehran.", end="stall", finish=None, done=False)]
    ) as server:
        events = with_model(seeded, server.url).stream(VISIT)
        assert [next(events).kind, next(events)] == ["hits", TextEvent("Igor Sergeev")]
        events.close()  # type: ignore[attr-defined]  # a generator
        assert server.hung_up.wait(5)
