"""Ctrl-C while the libraries are still being imported: a sentence and status 130, no traceback.

Imported before everything that takes time. Python itself ends with the signal, which shells tell
as 130.
"""

from __future__ import annotations

import sys
from types import TracebackType

STOPPED = 130
SAID = "已停止，没有改动任何数据。Stopped; no data were changed."


def _hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        print(SAID, file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _hook
