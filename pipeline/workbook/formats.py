"""What can be seen in which format, said honestly (for the documentation and the upload page)."""

from __future__ import annotations

FACTS = (
    "error", "uncached", "percent", "date", "long", "scaled", "hidden", "merged", "duplicate",
)  # fmt: skip
# True: seen. False: cannot be seen. None: does not exist in that format.
VISIBLE: dict[str, dict[str, bool | None]] = {
    "xlsx": dict.fromkeys(FACTS, True),
    # Excel always stores a result in binary workbooks; a missing one cannot be told from 0.
    "xlsb": {**dict.fromkeys(FACTS, True), "uncached": False},
    "xls": {**dict.fromkeys(FACTS, True), "uncached": False, "duplicate": False},
    "ods": {**dict.fromkeys(FACTS, True), "scaled": False, "duplicate": None},
    # Text only: every cell is as written, and a number keeps all its digits.
    "csv": {**dict.fromkeys(FACTS, None), "percent": False, "date": False},
}
