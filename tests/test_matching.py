"""Match: the words of a question to the most alike ones of a passage."""

from __future__ import annotations

import numpy as np
import pytest

from rag.matching import Match, match
from rag.types import EmbedTokens, Passage

ONE = "Sergeev came to Tehran. It rained."


def beside(question: str, embed_tokens: EmbedTokens, text: str = ONE, *, title: str = "", **rarities: float) -> Match:
    [found] = match(
        question,
        [Passage("d", 0, len(text), text, title)],
        embed_tokens=embed_tokens,
        rarity=lambda words: {word: rarities.get(word, 1.0) for word in words},
    )
    return found


def test_the_same_text_is_as_alike_as_can_be(embed_tokens: EmbedTokens) -> None:
    same = beside("Sergeev came to Tehran", embed_tokens, "Sergeev came to Tehran")
    assert (same.words(same.everywhere), same.meaning(same.everywhere)) == pytest.approx((1, 1), abs=1e-5)


def test_a_token_weighs_its_word_and_all_weigh_1(embed_tokens: EmbedTokens) -> None:
    found = beside("Who came to Tehran?", embed_tokens, come=0.0, came=1.0, tehran=3.0)
    assert found.weights.tolist() == pytest.approx([0, 0.25, 0, 0.75, 0])


def test_an_initialism_weighs_as_the_word_it_is(embed_tokens: EmbedTokens) -> None:
    found = beside("Who leads the U.S. Navy?", embed_tokens, leads=0.0, lead=0.0, us=2.0, navy=1.0)
    weights = found.weights.tolist()  # of who, leads, the, u, ., s, ., navy, ?
    assert min(weights[3:7]) > weights[7] > 0 == sum(weights[:3])


def test_a_long_title_leaves_room_for_the_text(embed_tokens: EmbedTokens) -> None:
    found = beside("Tehran", embed_tokens, title="A long title " * 200)
    assert found.between(0, len(ONE)).sum() == beside("Tehran", embed_tokens).between(0, len(ONE)).sum()


def test_a_word_that_comes_again_weighs_no_more(embed_tokens: EmbedTokens) -> None:
    once, again = (beside(f"Tehran rain{more}", embed_tokens) for more in ("", " rain" * 5))
    assert again.weights[: len(once.weights)].tolist() == once.weights.tolist()
    assert not again.weights[len(once.weights) :].any()


def test_stop_words_weigh_nothing_unless_there_are_no_others(embed_tokens: EmbedTokens) -> None:
    assert beside("Who was it", embed_tokens, who=1.0).weights.tolist() == pytest.approx([1 / 3] * 3)
    assert beside("Was it Tehran", embed_tokens).weights.tolist() == [0, 0, 1]


def test_slices_are_of_the_text_whatever_the_title(embed_tokens: EmbedTokens) -> None:
    for title in ("", "A visit to the capital"):
        found = beside("Tehran", embed_tokens, title=title)
        sentences = [found.between(0, ONE.index(" It")), found.between(ONE.index("It"), len(ONE))]
        assert found.words(sentences[0]) > found.words(sentences[1])
        assert (sentences[0] & sentences[1]).sum() == 0
        assert (sentences[0] | sentences[1] | found.in_title).all()
        assert found.in_title.any() == bool(title)


def test_where_the_model_reads_nothing_nothing_is_alike(embed_tokens: EmbedTokens) -> None:
    text = "word " * 600 + "Tehran"
    found = beside("Tehran", embed_tokens, text)
    beyond = found.between(len(text) - 6, len(text))
    assert (beyond.any(), found.words(beyond), found.meaning(beyond)) == (False, 0.0, 0.0)


@pytest.mark.parametrize("question", ["", "\x00", "\u200b"])
def test_a_question_of_no_words_is_like_nothing(question: str, embed_tokens: EmbedTokens) -> None:
    found = beside(question, embed_tokens)
    assert (found.words(found.everywhere), found.meaning(found.everywhere)) == (0.0, 0.0)


def test_a_passage_is_matched_as_if_it_were_alone(embed_tokens: EmbedTokens) -> None:
    passages = [Passage("a", 0, len(ONE), ONE), Passage("b", 0, 4, "Bread is good. " * 20)]
    together = match("Tehran", passages, embed_tokens=embed_tokens, rarity=lambda words: dict.fromkeys(words, 1.0))
    np.testing.assert_allclose(together[0].alike, beside("Tehran", embed_tokens).alike, rtol=0, atol=1e-5)


def test_no_passage_is_matched_with_nothing() -> None:
    def refuse(_: object) -> list[object]:
        raise AssertionError("nothing is to be embedded")

    assert match("Who?", [], embed_tokens=refuse, rarity=lambda _: {}) == []  # type: ignore[arg-type, return-value]  # never called


JAPANESE = "教育は無償である。拷問は禁止される。"


def test_a_script_that_the_model_cannot_read_is_matched_word_for_word(embed_tokens: EmbedTokens) -> None:
    found = beside("拷問は許されますか", embed_tokens, JAPANESE, title="世界人権宣言")
    end = JAPANESE.index("拷")
    first, second = found.between(0, end), found.between(end, len(JAPANESE))
    assert (found.words(first), found.meaning(first)) == (0.0, 0.0)
    assert found.words(second) == pytest.approx(2 / 3)  # 拷, 問, of 許 too
    assert 0 < found.meaning(second) < 1
    same = beside(JAPANESE, embed_tokens, JAPANESE)
    assert same.words(same.everywhere) == pytest.approx(1)
    assert same.meaning(same.everywhere) > 0.9


@pytest.mark.parametrize("question", ["ロボット", "노예", "рабство", "δουλεία"])
def test_words_in_another_script_that_are_not_there_match_nothing(embed_tokens: EmbedTokens, question: str) -> None:
    found = beside(question, embed_tokens, JAPANESE + " всё ελευθερία 자유")
    assert (found.words(found.everywhere), found.meaning(found.everywhere)) == (0.0, 0.0)
