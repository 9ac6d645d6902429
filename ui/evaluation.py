"""Evaluate in the terminal: how well the questions went, beside a baseline, which is the JSON of an earlier time."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from rag import Evaluation, Metrics, Outcome, PinciteError, Question
from ui.console import count, err, out, printable

MAX_LISTED = 10
ROUNDING = 1e-9  # 0.9 - 0.88 is a little more than 0.02
MAKE_IT = "make it with `pincite eval QUESTIONS.jsonl --json`"


@dataclass(frozen=True, slots=True)
class Row:
    """How a metric is shown."""

    metric: str
    """A field of `Metrics`."""
    name: str
    meaning: str
    digits: int = 3
    is_quality: bool = True
    """Less of it is worse: the baseline guards it."""


ROWS = (
    Row("accuracy", "accuracy", "a right quote, or rightly abstained"),
    Row("quote_hit", "quote hit", "answerable: one of the quotes is right"),
    Row("first_quote_hit", "first quote hit", "answerable: the first quote is right"),
    Row("hit_if_answered", "hit if answered", "quote hit of those that were answered"),
    Row("quote_precision", "quote precision", "right quotes of all quotes"),
    Row("verbatim", "verbatim", "quotes that are the document's exact text"),
    Row("answer_right", "answer right", "answerable: the answer matches its pattern"),
    Row("answered_answerable", "answered", "answerable: not abstained"),
    Row("abstain_recall", "abstain recall", "unanswerable: abstained"),
    Row("auroc", "AUROC", "confidence tells answerable from unanswerable"),
    Row("recall_at_1", "R@1", "right documents that the search puts first"),
    Row("recall_at_5", "R@5", "right documents among the first five"),
    Row("ndcg_at_10", "nDCG@10", "how high they are among the first ten"),
    Row("quotes_per_answer", "quotes", "per answer", digits=1, is_quality=False),
    Row("characters_per_answer", "characters", "quoted per answer", digits=0, is_quality=False),
    Row("ms_p50", "ms p50", "milliseconds of an answer, the median", digits=0, is_quality=False),
    Row("ms_p95", "ms p95", "milliseconds that 95 % of answers keep within", digits=0, is_quality=False),
)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is kept of an earlier evaluation."""

    metrics: Metrics
    right: frozenset[str]
    """The ids of the questions that went right."""


@dataclass(frozen=True, slots=True)
class Line:
    """A metric now and in the baseline; None where it is not there."""

    row: Row
    now: float | None
    before: float | None

    @property
    def change(self) -> float | None:
        return None if self.now is None or self.before is None else self.now - self.before


@dataclass(frozen=True, slots=True)
class Comparison:
    """An evaluation beside the baseline, if there is one."""

    evaluation: Evaluation
    baseline: Baseline | None
    lines: tuple[Line, ...]
    tolerance: float
    fallen: tuple[Line, ...]
    """The lines of quality that is below the baseline by more than the tolerance."""


def to_json(evaluation: Evaluation) -> Mapping[str, object]:
    """What `--json` prints and `read_baseline` reads."""
    return {
        "model": evaluation.model,
        "metrics": asdict(evaluation.metrics),
        "questions": [_outcome_to_json(outcome) for outcome in evaluation.outcomes],
    }


def _outcome_to_json(outcome: Outcome) -> Mapping[str, object]:
    judged = {"id": outcome.id, "question": outcome.question, "right": outcome.right, "problem": outcome.problem}
    quotes = [asdict(each.quote) | {"right": each.right, "verbatim": each.verbatim} for each in outcome.quotes]
    return judged | asdict(outcome) | {"quotes": quotes}


def read_baseline(path: Path, questions: Sequence[Question]) -> Baseline:
    """Raises `PinciteError` for what is no baseline, or one of other questions."""
    try:
        record = json.loads(path.read_bytes())
        metrics = Metrics(**{row.metric: _number(record["metrics"].get(row.metric)) for row in ROWS})
        before = {str(each["id"]): str(each["question"]) for each in record["questions"]}
        right = frozenset(str(each["id"]) for each in record["questions"] if each.get("right"))
    except OSError as error:
        raise PinciteError(f"the baseline {path} cannot be read ({error.strerror}); {MAKE_IT}") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise PinciteError(f"{path} is no baseline; {MAKE_IT}") from error
    now = {question.id: question.text for question in questions}
    if other := sorted(id for id in before.keys() | now.keys() if before.get(id) != now.get(id)):
        numbers = f"{len(before)} there, {len(now)} here, {other[0]!r} is not the same"
        raise PinciteError(f"the baseline {path} was made with other questions ({numbers}); {MAKE_IT}")
    return Baseline(metrics, right)


def _number(value: object) -> float | None:
    if value is None or (isinstance(value, int | float) and math.isfinite(value)):
        return value
    raise ValueError("no number")


def compare(evaluation: Evaluation, baseline: Baseline | None, *, tolerance: float) -> Comparison:
    """The metrics in the order they are shown, without those that are nowhere. A tolerance of NaN tolerates nothing."""
    lines = tuple(
        line
        for row in ROWS
        if (line := _line(row, evaluation.metrics, baseline)).now is not None or line.before is not None
    )
    fallen = tuple(
        line
        for line in lines
        if line.row.is_quality and line.change is not None and not line.change >= -tolerance - ROUNDING
    )
    return Comparison(evaluation, baseline, lines, tolerance, fallen)


def _line(row: Row, metrics: Metrics, baseline: Baseline | None) -> Line:
    return Line(row, getattr(metrics, row.metric), getattr(baseline.metrics, row.metric) if baseline else None)


def print_comparison(comparison: Comparison) -> None:
    """A line a metric: with what it means, or beside a baseline with how it changed and a mark if it fell."""
    columns = ("value", "baseline", "change") if comparison.baseline else ("value",)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("metric")
    for column in columns:
        table.add_column(column, justify="right")
    table.add_column()
    for line in comparison.lines:
        now, before = _figure(line.row, line.now), _figure(line.row, line.before)
        change = _figure(line.row, line.change, sign="+")
        if comparison.baseline:
            table.add_row(
                line.row.name, now, before, change, Text("fell" if line in comparison.fallen else "", style="bold red")
            )
        else:
            table.add_row(line.row.name, now, Text(line.row.meaning, style="dim"))
    out.print(table)


def _figure(row: Row, value: float | None, *, sign: str = "") -> str:
    if value is None:
        return "-"
    text = f"{value:{sign}.{row.digits}f}"
    return "=" if sign and not float(text) else text


def print_problems(comparison: Comparison) -> None:
    """How many questions went wrong, and some of them: first those that went right in the baseline."""
    evaluation, right = comparison.evaluation, comparison.baseline.right if comparison.baseline else frozenset()
    wrong = [outcome for outcome in evaluation.outcomes if outcome.problem]
    judged = [outcome for outcome in evaluation.outcomes if outcome.right is not None or outcome.failure]
    number = f"{len(wrong)} of {count(len(judged), 'question')} went wrong"
    if unjudged := len(evaluation.outcomes) - len(judged):
        number += f", {unjudged} asked and not judged: give `gold` or `answerable`"
    out.print(Text(f"\n{number} (model: {printable(evaluation.model)})", style="bold"))
    for outcome in sorted(wrong, key=lambda outcome: outcome.id not in right)[:MAX_LISTED]:
        was = " (right in the baseline)" if outcome.id in right and not outcome.right else ""
        _print_cut(f"{outcome.id}: {outcome.problem}{was}")
        _print_cut(f"   {outcome.question}", style="dim")
    if len(wrong) > MAX_LISTED:
        out.print(f"... and {len(wrong) - MAX_LISTED} more; --json lists all")


def _print_cut(text: str, *, style: str = "") -> None:
    """On one line, cut at the width of the terminal."""
    out.print(Text(printable(text), style=style), no_wrap=True, overflow="ellipsis")


def print_notices(comparison: Comparison) -> None:
    """A line each on stderr: how many questions the model failed at, and which quality fell."""
    outcomes = comparison.evaluation.outcomes
    if failed := sum(outcome.failure != "" for outcome in outcomes):
        err.print(f"pincite: the model failed at {failed} of {count(len(outcomes), 'question')}, which count as wrong")
    if falls := [
        f"{line.row.name} {_figure(line.row, line.now)} ({_figure(line.row, line.change, sign='+')})"
        for line in comparison.fallen
    ]:
        within = f"{comparison.tolerance:g}"
        err.print(f"pincite: below the baseline by more than {within}: {', '.join(falls)}", soft_wrap=True)
