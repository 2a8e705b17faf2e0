"""A `.zip` of workbooks: members by their true (often GBK) names, unpacked within caps."""

from __future__ import annotations

from pathlib import Path

from pipeline.workbook.limits import Limits, Refused
from pipeline.workbook.one_file import SPREADSHEETS
from pipeline.workbook.package import Entry, open_package, unpack

_ARCHIVES = (".zip", ".rar", ".7z", ".gz", ".tar")
_UTF8_NAME = 0x800


def extract(data: bytes, name: str, target: Path, limits: Limits) -> list[tuple[str, str]]:
    """Write the members of an archive under `target`, if one of them is called a spreadsheet;
    (path, name to show) in name order. What is no table is told when it is read, as a loose file.

    Files are named by number: a member's own name never becomes a path.
    """
    members = []
    for entry in open_package(data, limits).values():
        shown = member_name(entry)
        if entry.name.endswith("/") or _is_litter(shown):
            continue
        if shown.lower().endswith(_ARCHIVES):
            raise Refused("archive_nested", name=shown)
        members.append((shown, entry))
    if not any(_is_spreadsheet(shown) for shown, _ in members):
        raise Refused("archive_empty")
    if len(members) > limits.archive_files:
        raise Refused("file_entries", count=len(members), limit=limits.archive_files)
    return _write(data, name, sorted(members, key=lambda m: m[0]), target, limits)


def _write(
    data: bytes, name: str, members: list[tuple[str, Entry]], target: Path, limits: Limits
) -> list[tuple[str, str]]:
    target.mkdir(parents=True, exist_ok=True)
    left, written = limits.archive_bytes, []
    for number, (shown, entry) in enumerate(members):
        content = unpack(data, entry, min(left, limits.file_bytes))
        left -= len(content)
        path = target / f"{number:05}{_ending(shown)}"
        path.write_bytes(content)
        written.append((str(path), f"{name}/{shown}"))
    return written


def member_name(entry: Entry) -> str:
    """The name as its author saw it: UTF-8 if the zip says so, else GBK where it decodes."""
    name = entry.name
    if not entry.flags & _UTF8_NAME:
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    shown = "".join(c for c in name.replace("\\", "/") if c.isprintable())
    return shown.rstrip(" .")  # as Windows does


def _ending(name: str) -> str:
    return Path(name).suffix.lower() if _is_spreadsheet(name) else ""


def _is_spreadsheet(name: str) -> bool:
    return name.lower().endswith(SPREADSHEETS)


def _is_litter(name: str) -> bool:
    last = name.rpartition("/")[2]
    return name.startswith("__MACOSX/") or last.startswith((".", "~$"))
