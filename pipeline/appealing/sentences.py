"""What may be wrong with an appeal beyond its procedure, each in a sentence with its cure."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.faults import Fault

_REFUSED, _USAGE = 1, 2
STRANGE = (
    "不是可接受的格式（看内容，不看扩展名）",
    "is of no kind that is taken, by its bytes",
)


def no_appeal(number: int) -> Fault:
    return Fault(
        f"没有申诉 {number}。用 mingcha appeal list 查看。",
        f"There is no appeal {number}. See them with: mingcha appeal list",
        _USAGE,
    )


def no_visit(period: str) -> Fault:
    return Fault(
        f"{period} 的发布中没有本网点的这次暗访。请核对期间、日期和暗访号。",
        f"The publication of {period} has no such visit of the own branch. Check period, date and "
        "visit.",
        _USAGE,
    )


def no_item(item: str) -> Fault:
    return Fault(
        f"这些暗访没有考核项“{item}”。请按网点页上的编号填写。",
        f"These visits have no item {item!r}. Write its id as on the branch's page.",
        _USAGE,
    )


def nothing_lost(item: str) -> Fault:
    return Fault(
        f"考核项 {item} 没有失分，无可申诉。请核对编号和柜台次序。",
        f"Item {item} lost no points; there is nothing to appeal. Check its id and the encounter.",
        _USAGE,
    )


def which_visit(found: Sequence[tuple[str, object]]) -> Fault:
    some = "；".join(f"{day} → --visit {id}" for id, day in found)
    return Fault(
        f"该考核项在多次暗访中失分，请指明一次：{some}",
        f"That item lost points in several visits; name one: {some}",
        _USAGE,
    )


def which_answer(encounters: Sequence[int]) -> Fault:
    listed = "、".join(map(str, encounters))
    listed_en, first = ", ".join(map(str, encounters)), next(iter(encounters), 1)
    return Fault(
        f"改为的答案请写成 次序=答案（厅堂为 0），次序只能是所申诉的：{listed}。例如 {first}=是",
        f"A changed answer is ENCOUNTER=ANSWER (0 = the hall), of those contested: {listed_en}. "
        f"For example {first}=是",
        _USAGE,
    )


def gone(visit: str) -> Fault:
    return Fault(
        f"暗访 {visit} 已不在库中（评分表已被更正或替换），不能改动答案。请先查明再处理。",
        f"Visit {visit} is no longer stored (its scorecard was corrected or replaced); no answer "
        "can be changed. Find out why first.",
        _REFUSED,
    )


def no_evidence_file(name: str) -> Fault:
    return Fault(
        f"读不到证据文件 {name}。请核对路径和权限。",
        f"The evidence {name} cannot be read. Check path and permissions.",
        _USAGE,
    )


def wrong_evidence(name: str, why: tuple[str, str]) -> Fault:
    return Fault(
        f"证据文件 {name} {why[0]}。可交 PDF、JPG、PNG 或 Word（docx）。",
        f"The evidence {name} {why[1]}. PDF, JPG, PNG or Word (docx) can be handed in.",
        _REFUSED,
    )


def evidence_denied() -> Fault:
    return Fault(
        "看不到这份证据：原件只供省行和申诉网点；工会看遮盖件，请省行在提出意见时附上（--masked）。",
        "This evidence is not for you: the original is for the office and the branch that appeals; "
        "the union sees a masked copy, which the office adds to its proposal (--masked).",
        _REFUSED,
    )


def no_evidence(number: int) -> Fault:
    return Fault(
        f"申诉 {number} 没有证据文件。",
        f"Appeal {number} has no evidence file; its text is all there is.",
        _REFUSED,
    )
