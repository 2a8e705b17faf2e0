"""The type of a file by its content; an extension proves nothing."""

from __future__ import annotations

import math
import re
from collections import Counter

from pipeline.workbook.limits import Refused

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Desktop encryption known by its header; others are known by their noise (see `_is_noise`).
SCRAMBLED = (b"%TSD-Header-###%", b"E-SafeNet", b"\x62\x14\x23\x65", b"SMARTSEC", b"DRMONE")
OTHERS = (
    (b"%PDF", "PDF 文件", "a PDF document"),
    (b"\x89PNG", "图片", "a picture"),
    (b"\xff\xd8\xff", "图片", "a picture"),
    (b"GIF8", "图片", "a picture"),
    (b"BM", "图片", "a picture"),
    (b"Rar!", "RAR 压缩包", "a RAR archive"),
    (b"7z\xbc\xaf", "7z 压缩包", "a 7z archive"),
    (b"\x1f\x8b", "gzip 压缩包", "a gzip archive"),
    (b"\x7fELF", "程序", "a program"),
    (b"MZ", "程序", "a program"),
    (b"{\\rtf", "RTF 文档", "an RTF document"),
    (b"SQLite format 3", "数据库", "a database"),
    (b"PAR1", "Parquet 数据", "Parquet data"),
    (b"ID;P", "SYLK 旧表格格式", "the old SYLK format"),
    (b"TABLE\r\n0,1", "DIF 旧表格格式", "the old DIF format"),
    (b"%!PS", "PostScript 文件", "a PostScript file"),
)
_HTML = re.compile(rb"\A(?:<!--.*?-->|<\?xml[^>]*\?>|\s)*<(?:!doctype\s+html|html|head|table|meta|"
                   rb"body|div|style)[\s>]", re.I | re.S)  # fmt: skip


def kind_of(data: bytes, name: str) -> str:
    """`zip`, `ole` or `text`; anything else raises :class:`Refused` with the rule that says so.

    `data` is the whole file, `name` decides only between words (an `.et`, or a scrambled file).
    """
    if not data:
        raise Refused("file_empty")
    if data.startswith(ZIP):
        return "zip"
    if data.startswith(OLE):
        return "ole"
    _refuse_known(data)
    _refuse_text_formats(data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n"))
    if _is_binary(data[:65536]):
        _refuse_binary(data[:65536], name)
    return "text"


def _refuse_known(data: bytes) -> None:
    if data[:64].startswith(SCRAMBLED) or b"TSD-Header" in data[:64]:
        raise Refused("file_scrambled")
    for magic, zh, en in OTHERS:
        if data.startswith(magic) and (len(magic) > 2 or _is_binary(data[:512])):
            raise Refused("file_not_workbook", what_zh=zh, what_en=en)
    if data.startswith((b"PK\x05\x06", b"PK\x07\x08")):
        raise Refused("file_corrupt")
    if data[:2] in (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00") and _is_binary(data[:512]):
        raise Refused("file_not_workbook", what_zh="早期 Excel 文件，请另存为 .xlsx",
                      what_en="a very old Excel file: save it as .xlsx")  # fmt: skip


def _refuse_text_formats(head: bytes) -> None:
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head or b'progid="Excel.Sheet"' in head:
        raise Refused("file_xml2003")
    if _HTML.match(head) or head[:13].upper() == b"MIME-VERSION:":
        raise Refused("file_html")
    if head.startswith((b"<?xml", b"<!DOCTYPE")):
        raise Refused("file_not_workbook", what_zh="XML 文本", what_en="XML text")
    if head.startswith((b"{", b"[{", b"[\n", b"[[")):
        raise Refused("file_not_workbook", what_zh="JSON 文本", what_en="JSON text")


def _is_binary(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    return any(byte in head for byte in b"\x00\x01\x02\x03\x04\x05\x06\x0e\x0f\x10\x11")


def _is_noise(head: bytes) -> bool:
    counts = Counter(head)
    bits = -sum(n / len(head) * math.log2(n / len(head)) for n in counts.values())
    return bits > min(7.2, math.log2(len(head)) - 0.8)


def _refuse_binary(head: bytes, name: str) -> None:
    ending = name.lower().rpartition(".")[2]
    if ending in {"xlsx", "xls", "xlsm", "xlsb", "ods", "csv", "et"} and _is_noise(head):
        raise Refused("file_scrambled")
    if ending in {"xlsx", "xls", "xlsm", "xlsb", "ods", "et"}:
        raise Refused("file_corrupt")
    raise Refused("file_not_workbook", what_zh="二进制数据", what_en="binary data")
