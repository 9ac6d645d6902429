"""Draw what the threshold costs and brings: docs/risk-coverage.png, and its figures as a table.

    pip install matplotlib
    python -m tests.benchmarks.risk_coverage                 # squad2 clapnq scifact mtrag; some 5 minutes

A question is answered if the confidence reaches the threshold, and rightly if one of the quotes is right. Half of the
questions of each set have an answer in the documents, by weight: as many as the set has would tell of the set alone.
Confidence and picks are by weights fitted without the question (ten-fold cross-validation).
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot

from rag.reader import pick
from rag.settings import Settings
from tests.benchmarks.fit_reader import MOST_QUOTES, SETS, Array, Read, cross_validate, read_named, score_by_folds

PICTURE = Path(__file__).parents[2] / "docs" / "risk-coverage.png"
THRESHOLDS = np.linspace(0, 1, 201)
SHOWN = (0.0, 0.25, 0.3, 0.4, 0.5, 0.75)


def main() -> None:
    names = sys.argv[1:] or SETS
    rows = read_named(names)
    folds = score_by_folds(rows)
    sure = cross_validate(rows, folds)
    print("| set | " + " | ".join(f"at {threshold}" for threshold in SHOWN) + " |")
    print("|---" * (1 + len(SHOWN)) + "|")
    mpl.rcParams.update({"font.size": 10, "font.family": "DejaVu Sans"})
    figure, axes = pyplot.subplots(figsize=(7.2, 4.2), layout="constrained")
    for name in names:
        mine = [at for at, row in enumerate(rows) if row.set == name]
        answered, right = curve([rows[at] for at in mine], sure[mine])
        places = [int(np.searchsorted(THRESHOLDS, threshold)) for threshold in SHOWN]
        print(f"| {name} | " + " | ".join(f"{answered[at]:.0%}, {right[at]:.0%}" for at in places) + " |")
        seen = answered > 0.02
        (line,) = axes.plot(answered[seen], right[seen], label=name)
        default = int(np.searchsorted(THRESHOLDS, Settings.model_fields["threshold"].default))
        axes.plot(answered[default], right[default], "o", color=line.get_color())
    axes.set(xlabel="questions answered", ylabel="of these, rightly quoted", xlim=(0, 1), ylim=(0, 1))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(mpl.ticker.PercentFormatter(1))
    axes.grid(alpha=0.3)
    axes.legend(title="dot: the default threshold", frameon=False, loc="lower left")
    figure.savefig(PICTURE, dpi=150)
    print(f"{PICTURE.name} is drawn")


def curve(rows: Sequence[Read], sure: Array) -> tuple[Array, Array]:
    """At each threshold, the share of questions that is answered, and the share of these that is rightly quoted."""
    can = np.array([row.answerable for row in rows])
    weights = np.where(can, 0.5 / can.sum(), 0.5 / (~can).sum())
    rightly = np.array([row.right[pick(row.scores, most=MOST_QUOTES)].any() for row in rows])
    answered = sure[None] >= THRESHOLDS[:, None]
    coverage = (answered * weights).sum(axis=1)
    return coverage, (answered * rightly * weights).sum(axis=1) / np.maximum(coverage, 1e-9)


if __name__ == "__main__":
    main()
