"""The branch register as a tree: one province, nobody above himself, every level under a higher.

Looked at is the register as it would be: the stored one with the new rows over it. A tree that is
wrong anywhere adds up wrongly, so such a register is refused whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.findings import Finding, Rule
from pipeline.validation.codes import register_of
from pipeline.validation.subject import Subject

ROOT = "省行"
# A level hangs under any level of a smaller number: the tree is ragged, but never upside down.
DEPTH = {ROOT: 0, "二级分行": 1, "省行直管机构": 1, "支行": 2, "网点": 3}
_SHOWN = 6  # codes of a circle that a sentence names

CIRCLE = Rule(
    "register_circle", "error", "workbook",
    "{value} 的上级关系成环：{path}，机构不能是自己的上级。"
    "请把其中填错的“上级机构代码”改为真正的直接上级，然后整表重报。",
    "The superiors of {value} go round in a circle: {path}. Nobody is its own superior. "
    "Put the real direct parent where the parent code is wrong and send the register again.",
)  # fmt: skip
TWO_ROOTS = Rule(
    "register_two_roots", "error", "workbook",
    "机构台账里有 {count} 个“省行”（{codes}），只能有一个。"
    "请把不是省行的机构改为正确的“机构层级”，并填写其上级机构代码，然后整表重报。",
    "The register has {count} nodes of level 省行 ({codes_en}); there can be one only. "
    "Correct the level of those that are not, give their parent code, and send it again.",
)  # fmt: skip
ROOT_WITH_PARENT = Rule(
    "register_root_parent", "error", "workbook",
    "省行 {code} 填了上级机构代码 {value}。请清空该格；若它不是省行，请改正“机构层级”。",
    "Province {code} has a parent, {value}. Empty that cell, or correct the level if it is not "
    "the province.",
)  # fmt: skip
NO_PARENT = Rule(
    "register_no_parent", "warning", "none",
    "{value} 没有填上级机构代码，它和它的下级不会计入任何分行、支行的汇总。请补填直接上级的代码。",
    "{value} has no parent code: neither it nor what is under it counts in any city or sub-branch. "
    "Fill in the code of its direct parent.",
)  # fmt: skip
LEVEL = Rule(
    "register_level", "error", "workbook",
    "{code} 的层级是“{value}”，不能挂在“{parent_level}”（{parent}）之下。"
    "请核对 {code} 的“机构层级”和“上级机构代码”，以及 {parent} 的“机构层级”，改正后整表重报。",
    "{code} is of level {value} and cannot hang under {parent}, which is {parent_level}. Check "
    "level and parent code of {code} and the level of {parent}; then send the register again.",
)  # fmt: skip
ORPHAN = Rule(
    "register_orphan", "error", "row",
    "上级机构 {value} 在本表中的那一行有误、未能入库，本行也暂不入库。请先改正那一行，再整表重报。",
    "The row of the parent, {value}, has an error and was not taken, so this one waits too. "
    "Mend that row first and send the register again.",
)  # fmt: skip

Node = Mapping[str, Any]


def tree_findings(subject: Subject) -> list[Finding]:
    """What is wrong with the tree, at the cells of this run's registers."""
    if subject.kind.id != "branches" or not _complete(subject):
        return []
    merged = register_of(subject.known.branches, subject.kept["branch"])
    nodes = {str(row["branch_code"]): row for row in merged.rows(named=True)}
    circles = _circles(nodes)
    told = [*_circle_findings(subject, nodes, circles), *_root_findings(subject, nodes)]
    told += _level_findings(subject, nodes, {code for circle in circles for code in circle})
    return told or [*_orphans(subject, nodes), *_parentless(subject, nodes)]


def _complete(subject: Subject) -> bool:
    wanted = {"branch_code", "branch_name", "level", "parent_code"}
    return wanted <= set(subject.parsed.tables["branch"].columns)


def _circles(nodes: Mapping[str, Node]) -> list[list[str]]:
    """Each circle of superiors once, from the node that comes first in the register."""
    settled: set[str] = set()
    found = []
    for start in nodes:
        line: list[str] = []
        code: str | None = start
        while code is not None and code in nodes and not (code in settled or code in line):
            line.append(code)
            code = nodes[code]["parent_code"]
        if code in line:
            found.append(line[line.index(code) :])
        settled.update(line)
    return found


def _circle_findings(
    subject: Subject, nodes: Mapping[str, Node], circles: list[list[str]]
) -> Iterator[Finding]:
    for circle in circles:
        shown = circle[:_SHOWN] + (["…"] if len(circle) > _SHOWN else []) + circle[:1]
        for code in circle:
            yield from _at(subject, CIRCLE, "parent_code", nodes[code], value=code,
                           path=" → ".join(shown))  # fmt: skip


def _root_findings(subject: Subject, nodes: Mapping[str, Node]) -> Iterator[Finding]:
    roots = [code for code, node in nodes.items() if node["level"] == ROOT]
    shown = {"codes": "、".join(roots[:_SHOWN]), "codes_en": ", ".join(roots[:_SHOWN])}
    for code in roots:
        node = nodes[code]
        if len(roots) > 1:
            yield from _at(subject, TWO_ROOTS, "level", node, value=ROOT, count=len(roots),
                           **shown)  # fmt: skip
        elif node["parent_code"] and node["parent_code"] != code:
            yield from _at(subject, ROOT_WITH_PARENT, "parent_code", node, code=code,
                           value=node["parent_code"])  # fmt: skip


def _level_findings(
    subject: Subject, nodes: Mapping[str, Node], in_circle: set[str]
) -> Iterator[Finding]:
    for code, node in nodes.items():
        parent = nodes.get(node["parent_code"] or "")
        if parent is None or code in in_circle or node["level"] == ROOT:
            continue
        own, above = DEPTH.get(node["level"]), DEPTH.get(parent["level"])
        if own is not None and above is not None and above >= own:
            # what came now is to blame: the child, or the parent that lost its rank
            blamed = node if _is_new(node) else parent
            yield from _at(subject, LEVEL, "level", blamed, code=code, value=node["level"],
                           parent=parent["branch_code"],
                           parent_level=parent["level"])  # fmt: skip


def _orphans(subject: Subject, nodes: Mapping[str, Node]) -> Iterator[Finding]:
    """Rows whose parent's own row was kept out: they would hang in the air."""
    lost = set(subject.parsed.tables["branch"]["branch_code"].drop_nulls()) - set(nodes)
    grown = bool(lost)
    gone = set(lost)
    while grown:
        below = {c for c, n in nodes.items() if n["parent_code"] in gone and c not in gone}
        grown = bool(below)
        gone |= below
    for code in nodes:
        if code in gone:
            yield from _at(subject, ORPHAN, "parent_code", nodes[code],
                           value=nodes[code]["parent_code"])  # fmt: skip


def _parentless(subject: Subject, nodes: Mapping[str, Node]) -> Iterator[Finding]:
    """Nodes beside the tree, where there is a tree."""
    if not any(node["level"] == ROOT for node in nodes.values()):
        return
    for code, node in nodes.items():
        if not node["parent_code"] and node["level"] != ROOT:
            yield from _at(subject, NO_PARENT, "parent_code", node, value=code)


def _is_new(node: Node) -> bool:
    return node.get("file") is not None


def _at(subject: Subject, rule: Rule, column: str, node: Node, **words: Any) -> Iterator[Finding]:
    """The finding at a row of this run; nothing for a row that lies in the store."""
    if _is_new(node):
        found = subject.places.at(rule, column, node, **words)
        if found is not None:
            yield found
