"""Retrieval, quotes and abstention on the question sets, through the public API, beside peers that are installed.

python -m tests.benchmarks.quality                                  # squad2 and clapnq
python -m tests.benchmarks.quality SET... --system NAME...          # any set and system of the harness
"""

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.sets import EVAL, require_sets

DEFAULT = ("squad2", "clapnq", "--system", "pincite")


def main() -> None:
    require_sets()
    command = [sys.executable, str(EVAL / "bench.py"), *(sys.argv[1:] or DEFAULT)]
    sys.exit(subprocess.run(command, check=False, cwd=Path(__file__).parents[2]).returncode)


if __name__ == "__main__":
    main()
