"""The command `pincite eval`: the table, the JSON, the baseline, and how it ends."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from rag import (
    Document,
    Evaluation,
    Metrics,
    Outcome,
    PinciteError,
    Question,
    Settings,
    connect,
    evaluate,
    read_questions,
)
from tests.scripted_server import refused, scripted_server, streamed
from tests.test_terminal import ended, pincite
from ui.evaluation import ROWS, Baseline, compare, print_problems, read_baseline, to_json

BRIDGE = "The iron bridge at Oslo opened in 1932. It cost £6 million."
OPENED = {"id": "opened", "question": "When did the bridge at Oslo open?", "gold": "opened in 1932", "answer": "1932"}
TUNNEL = {"id": "tunnel", "question": "Who designed the tunnel in Zanzibar?", "answerable": False}
INVENTED = {"id": "made\x1b[31m up", "question": "When did the bridge\nopen?" + " And when?" * 20, "answerable": False}
QUESTIONS = (OPENED, TUNNEL, INVENTED)
QUALITY = [row for row in ROWS if row.is_quality]


def write(path: Path, *questions: Mapping[str, object]) -> Path:
    path.write_text("".join(f"{json.dumps(question)}\n" for question in questions), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of one document."""
    home = tmp_path_factory.mktemp("library") / "home"
    with connect(Settings(home=home, model=None)) as assistant:
        assistant.ingest(Document(id="bridge", title="The bridge", text=BRIDGE))
    return home


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("questions") / "questions.jsonl", *QUESTIONS)


@pytest.fixture(scope="module")
def shown(home: Path, questions: Path) -> subprocess.CompletedProcess[str]:
    return pincite(home, "eval", str(questions), COLUMNS="80")


@pytest.fixture(scope="module")
def printed(home: Path, questions: Path) -> subprocess.CompletedProcess[str]:
    return pincite(home, "eval", "--json", str(questions))


@pytest.fixture
def baseline(printed: subprocess.CompletedProcess[str], tmp_path: Path) -> Path:
    path = tmp_path / "baseline.json"
    path.write_text(printed.stdout, encoding="utf-8")
    return path


def timeless(value: Any) -> Any:
    """Without milliseconds, which are never the same."""
    if isinstance(value, dict):
        kept = {name: timeless(each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if name not in ("milliseconds", "ms_p50", "ms_p95")}
    return [timeless(each) for each in value] if isinstance(value, list) else value


# what is printed


def test_the_table_says_each_metric_with_its_meaning_and_then_what_went_wrong(
    shown: subprocess.CompletedProcess[str],
) -> None:
    assert shown.returncode == 0
    assert (
        re.sub(r"(?m) +$", "", re.sub(r"(?m)^(ms p..) +\d+", r"\1", shown.stdout))
        == """\
metric           value
accuracy         0.667  a right quote, or rightly abstained
quote hit        1.000  answerable: one of the quotes is right
first quote hit  1.000  answerable: the first quote is right
hit if answered  1.000  quote hit of those that were answered
quote precision  1.000  right quotes of all quotes
verbatim         1.000  quotes that are the document's exact text
answer right     1.000  answerable: the answer matches its pattern
answered         1.000  answerable: not abstained
abstain recall   0.500  unanswerable: abstained
AUROC            1.000  confidence tells answerable from unanswerable
R@1              1.000  right documents that the search puts first
R@5              1.000  right documents among the first five
nDCG@10          1.000  how high they are among the first ten
quotes             1.0  per answer
characters          39  quoted per answer
ms p50  milliseconds of an answer, the median
ms p95  milliseconds that 95 % of answers keep within

1 of 3 questions went wrong (model: embedded)
made�[31m up: answered although the documents do not say
   When did the bridge open? And when? And when? And when? And when? And when? …
"""
    )


def test_progress_is_all_that_stderr_says_of_a_good_run(shown: subprocess.CompletedProcess[str]) -> None:
    assert re.fullmatch(r"asking .* 3/3 100% \S+ questions/s \S+\n", shown.stderr)


def test_no_line_is_wider_than_the_terminal_and_none_is_coloured(shown: subprocess.CompletedProcess[str]) -> None:
    assert max(map(len, (shown.stdout + shown.stderr).splitlines())) == 80
    assert "\x1b" not in shown.stdout + shown.stderr


def test_json_is_the_whole_evaluation_and_nothing_else(
    printed: subprocess.CompletedProcess[str], home: Path, questions: Path
) -> None:
    with connect(Settings(home=home, model=None)) as assistant:
        evaluation = evaluate(assistant, read_questions(questions))
    assert printed.returncode == 0
    record = json.loads(printed.stdout)
    assert timeless(record) == timeless(json.loads(json.dumps(to_json(evaluation))))
    assert [(each["id"], each["right"], each["problem"], each["abstained"]) for each in record["questions"]] == [
        ("opened", True, "", False),
        ("tunnel", True, "", True),
        (INVENTED["id"], False, "answered although the documents do not say", False),
    ]
    [quote] = record["questions"][0]["quotes"]
    assert (quote["text"], quote["right"], quote["verbatim"]) == (BRIDGE[:39], True, True)
    assert 0 <= record["questions"][1]["confidence"] < record["questions"][0]["confidence"] <= 1


def test_ten_of_the_questions_that_went_wrong_are_listed(home: Path, tmp_path: Path) -> None:
    wrong = [INVENTED | {"id": f"wrong-{number}"} for number in range(12)]
    run = pincite(home, "eval", str(write(tmp_path / "questions.jsonl", TUNNEL, *wrong)))
    *_, listed = run.stdout.split("\n\n")
    lines = listed.splitlines()
    assert lines[0] == "12 of 13 questions went wrong (model: embedded)"
    assert [line.split(":")[0] for line in lines[1:-1:2]] == [f"wrong-{number}" for number in range(10)]
    assert lines[-1] == "... and 2 more; --json lists all"


# the baseline


def test_beside_its_own_baseline_nothing_changes(home: Path, questions: Path, baseline: Path) -> None:
    run = pincite(home, "eval", str(questions), "--baseline", str(baseline))
    assert run.returncode == 0
    [heading, *lines] = run.stdout.split("\n\n")[0].splitlines()
    assert heading.split() == ["metric", "value", "baseline", "change"]
    cells = [re.split(r" {2,}", line.strip()) for line in lines]
    assert [row[0] for row in cells] == [row.name for row in ROWS]
    assert [row[3:] for row in cells[: len(QUALITY)]] == [["="]] * len(QUALITY)


def test_quality_that_fell_is_marked_said_on_stderr_and_ends_with_exit_code_1(
    home: Path, questions: Path, baseline: Path
) -> None:
    run = pincite(home, "eval", str(questions), "--baseline", str(baseline), PINCITE_THRESHOLD="1")
    assert (run.returncode, run.stderr.splitlines()[-1]) == (
        1,
        "pincite: below the baseline by more than 0.02: quote hit 0.000 (-1.000), "
        "first quote hit 0.000 (-1.000), answer right 0.000 (-1.000), answered 0.000 (-1.000)",
    )
    table, listed = run.stdout.split("\n\n")
    lines = [re.split(r" {2,}", line.strip()) for line in table.splitlines()]
    assert [line for line in lines if line[0] in ("quote hit", "hit if answered", "abstain recall", "R@1")] == [
        ["quote hit", "0.000", "1.000", "-1.000", "fell"],
        ["hit if answered", "-", "1.000", "-"],
        ["abstain recall", "1.000", "0.500", "+0.500"],
        ["R@1", "1.000", "1.000", "="],
    ]
    assert listed.splitlines()[1:2] == ["opened: abstained (right in the baseline)"]


def test_a_tolerance_lets_quality_fall(home: Path, questions: Path, baseline: Path) -> None:
    arguments = ("eval", str(questions), "--baseline", str(baseline), "--json", "--tolerance", "1")
    run = pincite(home, *arguments, PINCITE_THRESHOLD="1")
    assert (run.returncode, len(run.stderr.splitlines())) == (0, 1)
    assert json.loads(run.stdout)["metrics"]["quote_hit"] == 0.0


def test_what_went_right_in_the_baseline_is_listed_first(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = tuple(Outcome(id=id, question=f"{id}?", answerable=True, relevant=(), abstained=True) for id in "abc")
    evaluation = Evaluation("embedded", Metrics(), outcomes)
    print_problems(compare(evaluation, Baseline(Metrics(), frozenset({"b"})), tolerance=0.0))
    assert capsys.readouterr().out.splitlines()[2:] == [
        *("b: abstained (right in the baseline)", "   b?"),
        *("a: abstained", "   a?"),
        *("c: abstained", "   c?"),
    ]


def evaluated(metrics: Metrics) -> Evaluation:
    return Evaluation("embedded", metrics, ())


def fallen(now: Metrics, before: Metrics, *, tolerance: float = 0.02) -> list[str]:
    return [
        line.row.metric for line in compare(evaluated(now), Baseline(before, frozenset()), tolerance=tolerance).fallen
    ]


def test_every_metric_has_its_row() -> None:
    assert sorted(row.metric for row in ROWS) == sorted(field.name for field in fields(Metrics))


@pytest.mark.parametrize("metric", [row.metric for row in ROWS])
def test_quality_is_guarded_and_times_and_counts_are_not(metric: str) -> None:
    guarded = metric not in ("quotes_per_answer", "characters_per_answer", "ms_p50", "ms_p95")
    better, worse = replace(Metrics(), **{metric: 0.9}), replace(Metrics(), **{metric: 0.5})
    assert fallen(worse, better) == ([metric] if guarded else [])
    assert fallen(better, worse) == []
    assert fallen(Metrics(), better) == fallen(worse, Metrics()) == []


@pytest.mark.parametrize(
    ("now", "tolerance", "fell"),
    [(0.88, 0.02, False), (0.8799, 0.02, True), (0.9, 0.0, False), (0.8999, 0.0, True), (0.9, float("nan"), True)],
)
def test_quality_falls_when_it_is_lower_by_more_than_the_tolerance(now: float, tolerance: float, fell: bool) -> None:
    assert fallen(Metrics(accuracy=now), Metrics(accuracy=0.9), tolerance=tolerance) == ["accuracy"] * fell


def test_a_metric_that_is_nowhere_has_no_line() -> None:
    lines = compare(evaluated(Metrics(auroc=0.5)), Baseline(Metrics(verbatim=1.0), frozenset()), tolerance=0.0).lines
    assert [(line.row.metric, line.now, line.before, line.change) for line in lines] == [
        ("verbatim", None, 1.0, None),
        ("auroc", 0.5, None, None),
    ]


def test_what_json_prints_is_read_as_a_baseline(
    printed: subprocess.CompletedProcess[str], questions: Path, baseline: Path
) -> None:
    metrics = json.loads(printed.stdout)["metrics"]
    assert read_baseline(baseline, read_questions(questions)) == Baseline(
        Metrics(**metrics), frozenset({"opened", "tunnel"})
    )
    baseline.write_bytes(printed.stdout.encode("utf-16"))  # as PowerShell writes it
    assert read_baseline(baseline, read_questions(questions)).metrics == Metrics(**metrics)


ASKED = [Question("a", "Who?"), Question("b", "What?")]


def record(questions: Sequence[tuple[str, str]], metrics: object) -> str:
    return json.dumps({"metrics": metrics, "questions": [{"id": id, "question": text} for id, text in questions]})


SAME = [("b", "What?"), ("a", "Who?")]


def test_the_order_of_the_questions_and_metrics_that_are_not_known_make_no_difference(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(record(SAME, {"accuracy": 1, "grace": "none"}), encoding="utf-8")
    assert read_baseline(path, ASKED) == Baseline(Metrics(accuracy=1), frozenset())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is no baseline; make it with `pincite eval QUESTIONS.jsonl --json`"),
        ("[]", "is no baseline; make it"),
        ("{}", "is no baseline; make it"),
        (record(SAME, []), "is no baseline; make it"),
        (record(SAME, {"accuracy": "1"}), "is no baseline; make it"),
        (record(SAME, {"accuracy": float("nan")}), "is no baseline; make it"),
        (record(SAME[:1], {}), "was made with other questions (1 there, 2 here, 'a' is not the same); make it"),
        (
            record([*SAME, ("c", "Why?")], {}),
            "was made with other questions (3 there, 2 here, 'c' is not the same); make",
        ),
        (
            record([("a", "Who?"), ("b", "Whose?")], {}),
            "was made with other questions (2 there, 2 here, 'b' is not the s",
        ),
    ],
)
def test_what_is_no_baseline_of_these_questions_is_refused(content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(PinciteError, match=rf"{re.escape(f'{path} {said}')}[^\n]*$"):
        read_baseline(path, ASKED)


# what goes wrong


def test_what_cannot_be_asked_or_compared_is_one_line_before_the_library_is_opened(
    questions: Path, tmp_path: Path
) -> None:
    home, none = tmp_path / "home", tmp_path / "none.json"
    bad = write(tmp_path / "bad.jsonl", OPENED, {"question": "Why?"})
    assert ended(pincite(home, "eval", str(bad))) == (
        1,
        "",
        f'pincite: {bad}, line 2: it has no "gold"; '
        'give words that a right quote holds, or write "answerable": false\n',
    )
    assert ended(pincite(home, "eval", str(questions), "--baseline", str(none))) == (
        1,
        "",
        f"pincite: the baseline {none} cannot be read (No such file or directory); "
        "make it with `pincite eval QUESTIONS.jsonl --json`\n",
    )
    assert not home.exists()


def test_an_empty_library_is_one_line_and_exit_code_1(questions: Path, tmp_path: Path) -> None:
    line = "pincite: the library is empty; `pincite ingest PATH` fills it\n"
    assert ended(pincite(tmp_path / "home", "eval", str(questions))) == (1, "", line)


def test_a_question_at_which_the_model_fails_is_listed_and_loses_no_other(home: Path, questions: Path) -> None:
    with scripted_server([refused(401, "bad key"), streamed("The documents do not say.")]) as server:
        run = pincite(home, "eval", str(questions), OPENAI_BASE_URL=server.url, PINCITE_MODEL="scripted")
    assert (run.returncode, run.stderr.splitlines()[-1]) == (
        0,
        "pincite: the model failed at 1 of 3 questions, which count as wrong",
    )
    *_, listed = run.stdout.split("\n\n")
    assert listed.splitlines()[0] == "1 of 3 questions went wrong (model: scripted)"
    assert listed.splitlines()[1].startswith("opened: failed: ")


def test_a_model_that_never_answers_is_one_line(home: Path, questions: Path) -> None:
    with scripted_server([refused(401, "bad key")]) as server:
        run = pincite(home, "eval", str(questions), OPENAI_BASE_URL=server.url, PINCITE_MODEL="scripted")
    assert (run.returncode, run.stdout) == (1, "")
    assert re.fullmatch(r"pincite: .* refused the key: .*", run.stderr.splitlines()[-1])
