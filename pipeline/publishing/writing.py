"""Writing a publication whole or not at all: temporary directory, fsync, rename."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

UNFINISHED = ".unfinished-"


def write_whole(
    target: Path,
    tables: Mapping[str, pl.DataFrame],
    manifest: dict[str, Any],
    announce: Callable[[str], None] = lambda sha256: None,
) -> dict[str, Any]:
    """Write `tables` as Parquet and `manifest` beside them, then rename the directory to `target`.

    Returns the manifest as written: with `tables` [rows and SHA-256 of each file]. `announce` is
    told the SHA-256 of the manifest before the directory gets its name. FileExistsError if `target`
    is there already: a publication is never changed. Whatever interrupts this leaves no `target`,
    only an unfinished directory that :func:`sweep` takes away.
    """
    if target.exists():
        raise FileExistsError(f"publication is there already: {target.name}")
    making = target.parent / f"{UNFINISHED}{target.name}"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    files = {name: _write_table(making, name, frame) for name, frame in sorted(tables.items())}
    complete = {**manifest, "tables": files}
    text = json.dumps(complete, ensure_ascii=False, indent=1, sort_keys=True)
    _write_synced(making / "manifest.json", text.encode())
    _sync(making)
    announce(hashlib.sha256(text.encode()).hexdigest())
    making.rename(target)
    _sync(target.parent)
    return complete


def sweep(publications: Path) -> None:
    """Remove what an interrupted publishing left. Only for the holder of the writer lock."""
    if publications.is_dir():
        for path in publications.glob(f"{UNFINISHED}*"):
            shutil.rmtree(path, ignore_errors=True)


def _write_table(folder: Path, name: str, frame: pl.DataFrame) -> dict[str, Any]:
    path = folder / f"{name}.parquet"
    frame.write_parquet(path, compression="zstd")
    _sync(path)
    return {"rows": frame.height, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
