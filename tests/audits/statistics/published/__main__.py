"""The page of published numbers: audits/statistics/PUBLISHED.md, generated from the lists here.

`python -m tests.audits.statistics.published` writes it; a test fails when it is not current.
"""

from __future__ import annotations

from pathlib import Path

from tests.audits.statistics.published import Published, everything

PAGE = Path(__file__).parents[4] / "audits" / "statistics" / "PUBLISHED.md"
_CHAPTERS = {
    "ranks": ("排名与区间", "Ranks and intervals"),
    "effect": ("导入成效", "Effect of the introduction"),
    "agreement": ("暗访员一致性", "Agreement between shoppers"),
    "charts": ("控制图与综合指数", "Control charts and composite index"),
}
_HEAD = """# 与公开发表的数字对照 · Published numbers, and what Mingcha gives

由测试生成，请勿手改：`make docs`。Generated from the tests; do not edit.

每个统计方法都用公开发表的数据重算一遍；“本系统”一列是程序本身算出的数，按出处的位数书写。
测试逐行核对：算出的数四舍五入后须与出处相同（另注者除外）。

Every method is run again on published data. The column "Mingcha" is what the program computes,
written with the digits of the source. A test holds each line: the number must round to the
printed one (unless a note says otherwise).
"""


def page() -> str:
    """The whole page, Chinese first, in a fixed order."""
    parts = [_HEAD]
    listed = everything()
    known = [c for c in _CHAPTERS if c in listed]
    for chapter in [*known, *sorted(set(listed) - set(known))]:
        zh, en = _CHAPTERS.get(chapter, (chapter, chapter))
        parts.append(f"\n## {zh} · {en}\n")
        parts.append(_table(listed[chapter]))
    return "\n".join(parts)


def _table(entries: list[Published]) -> str:
    """One table for each source, in the order of the list."""
    lines: list[str] = []
    for source in dict.fromkeys(e.source for e in entries):
        lines += [f"**{source}**", "", "| 数字 · quantity | 出处 · printed | 本系统 · Mingcha | |"]
        lines.append("|---|---:|---:|---|")
        lines += [_line(e) for e in entries if e.source == source]
        lines.append("")
    return "\n".join(lines)


def _line(entry: Published) -> str:
    mark = "✓" if entry.agrees() else "✗"
    note = f" {entry.note}" if entry.note else ""
    return f"| {entry.zh} · {entry.en} | {entry.printed} | {entry.given()} | {mark}{note} |"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
