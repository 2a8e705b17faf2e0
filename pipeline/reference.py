"""Reference data that travels with the installation (`data/reference` of the checkout)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_INSTALLED = Path(__file__).parent / "reference_data"
_CHECKOUT = Path(__file__).parents[1] / "data" / "reference"


def reference_file(name: str) -> Path:
    """The path of a packaged file."""
    return (_INSTALLED if _INSTALLED.is_dir() else _CHECKOUT) / name


@cache
def segments() -> dict[str, dict[str, Any]]:
    """Customer segments by id: who serves them (roles), where (zones), by what principle."""
    rows = yaml.safe_load(reference_file("segments.yaml").read_text("utf-8"))
    return {row["id"]: row for row in rows}
