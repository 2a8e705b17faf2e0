"""The pre-check and the readers in this very process, guided by coverage (atheris).

In the reading child whatever a file raises becomes `file_corrupt`. That is right for damage, and
would hide a slip of ours, so here each kind of exception is counted by where it arose. A crash of
the process, or one input taking over thirty seconds, ends the run and leaves the input behind.
"""

from __future__ import annotations

import random
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

import atheris

from tests.fuzz.mutation import mutate

with atheris.instrument_imports(include=["pipeline.workbook"]):
    from pipeline.workbook.limits import Limits, Refused
    from pipeline.workbook.long_form import LongForm
    from pipeline.workbook.one_file import read_one

MASKED: Counter[str] = Counter()
_LIMITS = Limits(unpacked_bytes=32 << 20, cells=200_000, extent_cells=400_000)
_NAMES = ("a.xlsx", "b.xls", "c.csv", "d.et")
_count, _end = 0, 0.0


def one(data: bytes) -> None:
    """Read one input under every promise of the reading child."""
    global _count
    _count += 1
    if time.monotonic() > _end:
        _report()
    name = _NAMES[len(data) % len(_NAMES)]
    try:
        contents = read_one(data, name, _LIMITS)
        form = LongForm()
        for sheet in contents.sheets:
            form.add(0, sheet)
        form.tables()
    except Refused:
        return
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        _mask(error, data)


def _mask(error: BaseException, data: bytes) -> None:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "pipeline" in f.filename] or list(frames)
    short = f"{type(error).__name__} at {Path(ours[-1].filename).name}:{ours[-1].lineno}"
    MASKED[short] += 1
    if MASKED[short] == 1:
        Path(_folder / f"masked-{len(MASKED):03}").write_bytes(data)
        print("masked", short, f"{error!s:.80}", flush=True)


def _report() -> None:
    print(f"precheck: {_count} executions, {sum(MASKED.values())} masked of {len(MASKED)} kinds")
    for key, count in MASKED.most_common():
        print(f"  {count:7} {key}")
    sys.stdout.flush()
    import os

    os._exit(0)


def custom(data: bytes, max_size: int, seed: int) -> bytes:
    """Half the mutants know the form of a workbook, half are libFuzzer's own."""
    chance = random.Random(seed)
    changed = mutate(data, chance) if chance.random() < 0.75 else atheris.Mutate(data, max_size)
    return changed[:max_size]


_folder = Path()


def run(corpus: Path, minutes: float) -> None:
    """Fuzz from the files of `corpus`; new ones found interesting are kept there."""
    global _end, _folder
    _end, _folder = time.monotonic() + 60 * minutes, corpus.parent
    flags = ["-max_len=300000", "-timeout=30", "-rss_limit_mb=2000", f"-artifact_prefix={_folder}/"]
    atheris.Setup([sys.argv[0], str(corpus), *flags], one, custom_mutator=custom)
    atheris.Fuzz()
