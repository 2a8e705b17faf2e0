"""`mingcha ingest`: workbooks in, sentences out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.commands.discretion import discreet
from pipeline.commands.session import Session
from pipeline.commands.telling import telling
from pipeline.commands.working import worked
from pipeline.faults import Fault
from pipeline.file_names import as_text

_ORDER = {"error": 0, "warning": 1, "info": 2}
_SHOWN = 12  # findings of one file on the terminal
DIGITS = 8  # of a SHA-256, as `correct` takes it
NAMED = 10  # up to so many files each is told; beyond, those with something to say
_STATUS = {
    "accepted": ("已接收", "accepted"),
    "warned": ("已接收，有提示", "accepted with warnings"),
    "partial": ("部分接收", "partly accepted"),
    "refused": ("退回", "refused"),
    "duplicate": ("重复", "duplicate"),
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="ingest", help="录入报表与评分表 · take in sheets and scorecards")(
        ingest_command
    )


def ingest_command(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="文件或目录 · files or folders")],
    strict: Annotated[
        bool, typer.Option("--strict", help="有任何问题即整簿退回 · any finding refuses it whole")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Exit 0 all taken, 1 some refused in whole or part, 2 no such path, 3 busy, 4 environment."""
    session: Session = ctx.obj
    with telling(session):
        _refuse_missing(paths)
    answer = worked(session, "ingest", {"paths": [_absolute(p) for p in paths], "strict": strict})
    _name_as_given(answer.result, paths)
    _name_nobody(session, answer.result)
    if as_json:
        typer.echo(json.dumps(answer.result, ensure_ascii=False))
    else:
        _tell(session, answer.result)
    raise typer.Exit(answer.status)


def _refuse_missing(paths: list[Path]) -> None:
    for path in paths:
        if not path.exists():
            name = as_text(str(path))
            raise Fault(f"没有这个文件或目录：{name}", f"No such file or folder: {name}", 2)


def _absolute(path: Path) -> str:
    """The worker has another working folder. Links stay as they are."""
    return str(Path.cwd() / path)


def _name_as_given(told: dict[str, Any], paths: list[Path]) -> None:
    """Files are told by the paths that the user gave, not by those handed over."""
    # The longest first: one given path may lie inside another.
    named = {as_text(_absolute(p)): as_text(str(p)) for p in paths}
    given = sorted(named.items(), key=lambda g: -len(g[0]))

    def shown(name: str) -> str:
        for absolute, path in given:
            if name == absolute or name.startswith(f"{absolute}/"):
                rest = name[len(absolute) :]
                return rest.removeprefix("/") if path == "." and rest else path + rest
        return name

    for entry in told["files"]:
        entry["file"] = shown(entry["file"])
    told["skipped"] = [shown(name) for name in told["skipped"]]


def _name_nobody(session: Session, told: dict[str, Any]) -> None:
    """Findings on the terminal name no shopper; the cell is told, and the annotated copy has all.

    `file` is the path as it was given.
    """
    findings = [f for entry in told["files"] for f in entry["findings"]]
    slots = [(f, k) for f in findings for k in ("sheet", "value", "zh", "en") if f[k]]
    hidden = discreet(session.folder)([f[k] for f, k in slots])
    for (finding, key), text in zip(slots, hidden, strict=True):
        finding[key] = text


def _tell(session: Session, told: dict[str, Any]) -> None:
    # a file's name may hold what people write into it
    entries, skipped = told["files"], told["skipped"]
    hidden = discreet(session.folder)([*(e["file"] for e in entries), *skipped])
    told = told | {
        "files": [e | {"file": n} for e, n in zip(entries, hidden, strict=False)],
        "skipped": hidden[len(entries) :],
    }
    for entry in told["files"]:
        if entry["status"] != "accepted" or len(told["files"]) <= NAMED:
            _tell_file(session, entry)
    _tell_skipped(session, told["skipped"])
    parts = [
        f"{session.say(*_STATUS[status])} {count}"
        for status, count in told["counts"].items()
        if status in _STATUS and count
    ]
    typer.echo(" · ".join(parts) or session.say("没有文件", "no files"))


def _digest(session: Session, entry: dict[str, Any]) -> str:
    """What `correct` calls the file, where something of it was taken."""
    if entry["status"] == "refused" or not entry["sha256"]:
        return ""
    short = entry["sha256"][:DIGITS]
    return session.say(f"（编号 {short}）", f" (upload {short})")


def _tell_skipped(session: Session, names: list[str]) -> None:
    """Files of a folder that are no sheets: counted, the first three named."""
    if not names:
        return
    some = ", ".join(Path(name).name for name in names[:3]) + (" …" if len(names) > 3 else "")
    zh, en = f"略过 {len(names)} 个非表格文件：{some}", f"{len(names)} files are no sheets: {some}"
    typer.echo(session.say(zh, en))


def _tell_file(session: Session, entry: dict[str, Any]) -> None:
    typer.echo(
        f"{entry['file']}: {session.say(*_STATUS[entry['status']])}{_digest(session, entry)}"
    )
    # Errors first, and a page of them at most: the rest is in the annotated copy.
    first = sorted(entry["findings"], key=lambda f: _ORDER[f["severity"]])
    for finding in first[:_SHOWN]:
        place = "!".join(p for p in (finding["sheet"], finding["cell"]) if p)
        typer.echo(f"  {place}  {session.say(finding['zh'], finding['en'])}")
    if len(first) > _SHOWN:
        more = len(first) - _SHOWN
        typer.echo(session.say(f"  …另有 {more} 条", f"  ... and {more} more"))
    if entry["returned"]:
        returned = session.path(entry["returned"])
        typer.echo(session.say(f"  批注件：{returned}", f"  annotated: {returned}"))
