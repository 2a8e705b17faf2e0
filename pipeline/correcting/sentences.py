"""What may be wrong with a correction, each in a sentence with its cure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.faults import Fault
from pipeline.findings import Finding
from pipeline.office.uploads import Begun

_REFUSED, _USAGE, _ENVIRONMENT = 1, 2, 4
_SHOWN = 5


def no_reason() -> Fault:
    return Fault("请写明更正原因（--reason）。", "Say why (--reason).", _USAGE)


def too_short(least: int) -> Fault:
    return Fault(
        f"请给出文件名，或录入时显示的编号（前 {least} 位以上）。",
        f"Give the name of the file, or the number that ingest showed (at least {least} digits).",
        _USAGE,
    )


def no_upload(name: str) -> Fault:
    return Fault(
        f"没有收到过名为“{name}”的文件，也没有以此开头的编号。"
        "文件名和编号见 mingcha ingest 的结果；某个数值出自哪个文件，见 mingcha explain。",
        f"No file called {name!r} was received, and no number begins so. mingcha ingest tells "
        "names and numbers; mingcha explain tells the file behind a value.",
        _USAGE,
    )


def ambiguous(name: str, met: Sequence[Begun]) -> Fault:
    some = [" ".join(filter(None, (b.upload.sha256[:12], b.upload.name, b.upload.period)))
            for b in met[:_SHOWN]]  # fmt: skip
    more = ["…"] if len(met) > _SHOWN else []
    return Fault(
        f"“{name}”对应多个文件：{'、'.join(some + more)}。请改用所要那个文件的编号。",
        f"{name!r} means several files: {', '.join(some + more)}. Give the number of the one.",
        _USAGE,
    )


def not_taken(received: Begun) -> Fault:
    return Fault(
        f"{received.upload.name} 已退回，没有入库，无可更正。请改正原文件后重新报送。",
        f"{received.upload.name} was refused and not taken; there is nothing to correct. "
        "Mend the file and send it again.",
        _REFUSED,
    )


def personal() -> Fault:
    return Fault(
        "暗访员名册含个人信息，不作单元格更正。请改正后重新报送名册。",
        "The list of shoppers is personal and not corrected by cell. Mend it and send it again.",
        _REFUSED,
    )


def names_somebody() -> Fault:
    return Fault(
        "更正后的内容或原因写了暗访员姓名，台账会长期保存，没有更正。请去掉姓名再更正。",
        "The new text or the reason names a shopper, and the ledger keeps it for good; nothing was "
        "corrected. Leave the name out.",
        _REFUSED,
    )


def lost(name: str) -> Fault:
    return Fault(
        f"归档文件 {name} 缺失或被改动。请用备份恢复：mingcha restore",
        f"The archived file {name} is missing or changed. Bring back a backup: mingcha restore",
        _ENVIRONMENT,
    )


def no_sheet(name: str, names: Sequence[str]) -> Fault:
    zh = f"文件中没有工作表“{name}”" if name else "文件有多个工作表，请用 --sheet 指明"
    en = f"The file has no sheet {name!r}" if name else "The file has several sheets; name --sheet"
    return Fault(f"{zh}；有：{'、'.join(names)}。", f"{en}: {', '.join(names)}.", _USAGE)


def no_cell(cell: str) -> Fault:
    return Fault(
        f"“{cell}”不是单元格。请写成 D5 的样式。", f"{cell!r} is no cell. Write it like D5.", _USAGE
    )


def corrected_before(sheet: str, cell: str, held: Mapping[str, Any]) -> Fault:
    number, new = held["correction"], held["new"]
    return Fault(
        f"{sheet}!{cell} 已由第 {number} 号更正改为“{new}”。"
        f"如需另改，请先撤回：mingcha correct withdraw {number} --reason 理由",
        f"{sheet}!{cell} was corrected to {new!r} by no. {number}. "
        f"To correct it otherwise, first: mingcha correct withdraw {number} --reason WHY",
        _REFUSED,
    )


def says_otherwise(sheet: str, cell: str, text: str, old: str) -> Fault:
    here, here_en = (f"是“{text}”", repr(text)) if text else ("是空白", "nothing")
    return Fault(
        f"{sheet}!{cell} 的内容{here}，不是“{old}”；没有更正。请核对单元格和旧值。",
        f"{sheet}!{cell} says {here_en}, not {old!r}; nothing was corrected. "
        "Check the cell and the old value.",
        _REFUSED,
    )


def twice(sheet: str, cell: str) -> Fault:
    return Fault(
        f"{sheet}!{cell} 给了两次。每个单元格只给一次。",
        f"{sheet}!{cell} is given twice. Give each cell once.",
        _USAGE,
    )


def no_change(sheet: str, cell: str, text: str) -> Fault:
    return Fault(
        f"{sheet}!{cell} 本来就是“{text}”，无需更正。",
        f"{sheet}!{cell} already says {text!r}; there is nothing to correct.",
        _USAGE,
    )


def no_correction(number: int) -> Fault:
    return Fault(
        f"没有有效的第 {number} 号更正。可用 mingcha correct list 查看。",
        f"No correction no. {number} is in force. See them with: mingcha correct list",
        _USAGE,
    )


def by_appeal(number: int, appeal: int) -> Fault:
    return Fault(
        f"第 {number} 号更正执行的是申诉 {appeal} 的处理结果，不能撤回。",
        f"Correction no. {number} carries out appeal {appeal}; it cannot be taken back.",
        _REFUSED,
    )


def not_holding(findings: Sequence[Finding]) -> tuple[str, str]:
    """Why a workbook would not hold: the sentences of its findings, in both languages."""
    more = len(findings) - _SHOWN
    zh = [f"  {_place(f)}  {f.zh}" for f in findings[:_SHOWN]]
    en = [f"  {_place(f)}  {f.en}" for f in findings[:_SHOWN]]
    if more > 0:
        zh, en = [*zh, f"  …另有 {more} 条"], [*en, f"  ... and {more} more"]
    return (
        "\n".join(["这样更正后数据通不过校验，没有更正：", *zh]),
        "\n".join(["Corrected like this the data would not hold; nothing was corrected:", *en]),
    )


def _place(finding: Finding) -> str:
    return "!".join(p for p in (finding.sheet, finding.cell) if p)
