"""The child of an upload: `python -m dashboards.intake_child DATA LANG PATH…`.

The same work as `mingcha ingest --json`, and it tells how far it is: one line of JSON on standard
error for each step. It outlives the page that started it, so a closed tab breaks nothing off.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
import typer

from pipeline.commands.session import ENVIRONMENT, Session
from pipeline.commands.telling import telling
from pipeline.folders import DataFolder


def _moved(step: str, done: int, total: int) -> None:
    print(json.dumps({"stage": step, "done": done, "total": total}), file=sys.stderr, flush=True)


def main(data: str, lang: str, paths: list[str]) -> int:
    """The exit status of `mingcha ingest`; the documented JSON on standard output."""
    _moved("start", 0, len(paths))
    from pipeline.ingest import ingest

    session = Session(DataFolder(Path(data)), "en" if lang == "en" else "zh")
    try:
        with telling(session):
            report = ingest(
                session.folder, [Path(p) for p in paths], lang=session.lang, progress=_moved
            )
    except (typer.Exit, click.exceptions.Exit) as left:
        return int(left.exit_code)
    except OSError:
        return ENVIRONMENT
    print(json.dumps(report.to_json(), ensure_ascii=False))
    return report.exit_status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
