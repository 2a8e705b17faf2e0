"""Mutants of a workbook: damage to the container, to its XML, and to what the cells say.

Bytes changed at random inside a zip only break a checksum, so a mutant is unpacked, one or more
parts are changed, and it is packed again; one in eight is damaged as it stands.
"""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable

_XML = (".xml", ".rels", ".vml")
_TAG = re.compile(rb"<[^<>]{1,300}>")
_ATTRIBUTE = re.compile(rb'([A-Za-z0-9:]+)="([^"]*)"')
_TEXT = re.compile(rb">([^<>]{1,200})<")
_SHEET = re.compile(r"sheet\d*\.(xml|bin)$|content\.xml$|sharedStrings")

NUMBERS = (b"0", b"-1", b"1", b"1048576", b"1048577", b"16384", b"2147483648", b"4294967295",
           b"99999999999999999999", b"1e308", b"1E+400", b"-0.0", b"NaN", b"INF", b"0.1", b"60",
           b"2958466", b"123456789012345678", b"A1", b"XFD1048576", b"AAAA1", b"A0", b"a1",
           b"")  # fmt: skip
WORDS = tuple(
    word.encode()
    for word in (
        "网点代码", "网点名称", "月份", "合计", "小计", "总计", "制表人：", "备注", "单位：万元",
        "考核项编号", "检查结果", "检查结果（柜台1）", "不适用", "版本", "轮次", "暗访日期",
        "2026年9月", "2026-13", "２０２６．９", "46268", "—", "无", "/", "是", "√", "#DIV/0!",
        "1,234.5", "12%", "一千二百", "1e5", "'001", "=1+1", "\u200b", "\u202e", "\ufeff",
        "&#0;", "&amp;", "&lt;", "]]>", "<![CDATA[", "_x000D_", "x" * 300, "储蓄存款余额（万元）",
        "接待客户数", "识别客户数", "网点代码\n（必填）", " 网 点 代 码 ", "0001", "1", "covert-1",
    )
)  # fmt: skip

Change = Callable[[bytes, random.Random], bytes]


def mutate(data: bytes, chance: random.Random) -> bytes:
    """One mutant of `data`, which may be any file; the same `chance`, the same mutant."""
    if not data.startswith(b"PK\x03\x04") or chance.random() < 0.125:
        change = _text if _is_text(data) else _bytes
        return _repeatedly(change, data, chance)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = {name: package.read(name) for name in package.namelist()}
    except Exception:  # zipfile raises whatever comes
        return _repeatedly(_bytes, data, chance)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        _change_part(parts, chance)
    return packed(parts, chance)


def packed(parts: dict[str, bytes], chance: random.Random) -> bytes:
    """The parts as a zip, stored or deflated."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", chance.choice((0, 8))) as package:
        for name, body in parts.items():
            package.writestr(name, body)
    return target.getvalue()


def _change_part(parts: dict[str, bytes], chance: random.Random) -> None:
    names = sorted(parts)
    if not names:
        return
    name = chance.choice([n for n in names if _SHEET.search(n)] or names)
    if chance.random() < 0.25:
        name = chance.choice(names)
    what = chance.random()
    if what < 0.02:
        del parts[name]
    elif what < 0.04:
        parts[chance.choice((name.upper(), "../" + name, "x/" + name))] = parts[name]
    elif what < 0.06:
        parts[name] = parts[chance.choice(names)]
    else:
        xml = name.lower().endswith(_XML)
        change = chance.choice(_CHANGES) if xml else _bytes
        parts[name] = _repeatedly(change, parts[name], chance)


def _repeatedly(change: Change, data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        data = change(data, chance)
    return data


def _is_text(data: bytes) -> bool:
    return b"\x00" not in data[:2000]


def _bytes(data: bytes, chance: random.Random) -> bytes:
    """Flip, overwrite, cut, copy."""
    if not data:
        return chance.randbytes(chance.randrange(64))
    at, what = chance.randrange(len(data)), chance.randrange(6)
    if what == 0:
        return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
    if what == 1:
        new = chance.choice((b"\x00", b"\xff", b"\x7f", b"\x80"))
        return data[:at] + new + data[at + 1 :]
    if what == 2:
        size = chance.choice((1, 2, 4, 8))
        return data[:at] + chance.randbytes(size) + data[at + size :]
    if what == 3:
        return data[:at]
    if what == 4:
        return data[:at] + data[at + chance.randrange(1, 64) :]
    return data[:at] + data[at : at + chance.randrange(1, 200)] + data[at:]


def _text(data: bytes, chance: random.Random) -> bytes:
    """A word put in, a delimiter changed, lines swapped or doubled: for CSV."""
    lines = data.split(b"\n")
    at, what = chance.randrange(len(lines)), chance.randrange(5)
    if what == 0:
        fields = lines[at].split(b",")
        fields[chance.randrange(len(fields))] = chance.choice(WORDS + NUMBERS)
        lines[at] = b",".join(fields)
    elif what == 1:
        lines[at] = lines[at].replace(b",", chance.choice((b";", b"\t", b'"', b",,")), 1)
    elif what == 2:
        lines.insert(at, chance.choice(lines))
    elif what == 3:
        del lines[at]
    else:
        return _bytes(data, chance)
    return b"\n".join(lines)


def _pick(pattern: re.Pattern[bytes], data: bytes, chance: random.Random) -> re.Match[bytes] | None:
    """A match near a random place: finding them all would cost more than the test itself."""
    start = chance.randrange(len(data)) if data else 0
    return pattern.search(data, start) or pattern.search(data)


def _put(data: bytes, found: re.Match[bytes] | None, group: int, new: bytes) -> bytes:
    return data if found is None else data[: found.start(group)] + new + data[found.end(group) :]


def _attribute(data: bytes, chance: random.Random) -> bytes:
    return _put(data, _pick(_ATTRIBUTE, data, chance), 2, chance.choice(NUMBERS + WORDS))


def _attribute_gone(data: bytes, chance: random.Random) -> bytes:
    return _put(data, _pick(_ATTRIBUTE, data, chance), 0, b"")


def _value(data: bytes, chance: random.Random) -> bytes:
    return _put(data, _pick(_TEXT, data, chance), 1, chance.choice(WORDS + NUMBERS))


def _tag_gone(data: bytes, chance: random.Random) -> bytes:
    return _put(data, _pick(_TAG, data, chance), 0, b"")


def _tag_copied(data: bytes, chance: random.Random) -> bytes:
    source, place = _pick(_TAG, data, chance), _pick(_TAG, data, chance)
    if source is None or place is None:
        return data
    return data[: place.start()] + source[0] + data[place.start() :]


def _rows_moved(data: bytes, chance: random.Random) -> bytes:
    """A row or cell doubled, dropped or moved, kept well-formed."""
    element = chance.choice((b"row", b"c", b"table:table-row", b"table:table-cell"))
    pattern = re.compile(rb"<%s[ >].{0,3000}?</%s>" % (element, element), re.S)
    source, place = _pick(pattern, data, chance), _pick(pattern, data, chance)
    if source is None or place is None:
        return data
    kept = _put(data, source, 0, b"") if chance.random() < 0.5 else data
    at = min(place.start(), len(kept))
    return kept[:at] + source[0] + kept[at:] if chance.random() < 0.7 else kept


_CHANGES: tuple[Change, ...] = (
    _attribute, _attribute, _value, _value, _value, _value, _attribute_gone, _tag_gone,
    _tag_copied, _rows_moved, _rows_moved, _bytes,
)  # fmt: skip
