"""The workbook of an edition, declared once: its pages, columns, choices and notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as filled
from typing import Literal

from audits.scorecard import ROLES, STEPS, ZONES

Form = Literal["text", "number", "whole", "date", "choice", "yes_no", "ids", "conditions"]
Part = Literal["edition", "sections", "items", "bridge"]
Words = tuple[str, str]

INSTRUMENTS: dict[str, Words] = {"covert": ("暗访", "covert"), "open": ("现场检查", "open")}
KINDS: dict[str, Words] = {
    "yes_no": ("是否", "yes/no"),
    "ordinal": ("等级", "graded"),
    "count": ("计数", "count"),
    "minutes": ("计时", "minutes"),
}
EFFECTS: dict[str, Words] = {"earn": ("得分", "earn"), "deduct": ("扣分", "deduct")}
SCOPES: dict[str, Words] = {"visit": ("整次", "visit"), "encounter": ("逐柜", "each counter")}
VETOES: dict[str, Words] = {
    "0": ("仅提示", "flag"),
    "1": ("封顶", "cap"),
    "2": ("清零", "zero"),
}
RELATIONS: dict[str, Words] = {
    "same": ("相同", "same"),
    "reworded": ("改写", "reworded"),
    "split": ("拆分", "split"),
    "dropped": ("停用", "dropped"),
}
# Head fields of a visit that a condition may name.
HEADS: dict[str, Words] = {"customer_role": ("客户角色", "customer role")}


@dataclass(frozen=True)
class Column:
    """`field` as in `audits.scorecard`; the note says what to write."""

    field: str
    zh: str
    en: str
    note_zh: str
    note_en: str
    form: Form = "text"
    choices: Mapping[str, Words] = filled(default_factory=dict)
    required: bool = False
    width: int = 12

    def name(self, lang: str) -> str:
        """The header in a language."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True)
class Page:
    """A sheet: pairs of label and value (`edition`), or a table with one row each."""

    part: Part
    zh: str
    en: str
    columns: tuple[Column, ...]

    def name(self, lang: str) -> str:
        """The name of the sheet in a language."""
        return self.zh if lang == "zh" else self.en

    def column(self, field: str) -> Column | None:
        """The column of a field; None if the page has none."""
        return next((c for c in self.columns if c.field == field), None)


EDITION = Page(
    "edition", "版本", "Edition",
    (
        Column("id", "版本编号", "Edition id", "字母开头，如 covert-2；用过的编号不再使用。",
               "A letter first, such as covert-2; never used before.", required=True),
        Column("instrument", "检查方式", "Instrument", "暗访或现场检查，两者从不合算。",
               "Covert or open; they are never averaged together.", "choice", INSTRUMENTS, True),
        Column("zh", "中文名称", "Chinese name", "评分表上的标题。", "Title of the scorecard.",
               required=True),
        Column("en", "英文名称", "English name", "英文标题。", "The same in English.",
               required=True),
        Column("valid_from", "启用日期", "Valid from", "如 2026-10-01，须晚于上一版。",
               "Such as 2026-10-01; later than the former edition.", "date", required=True),
        Column("former", "上一版", "Former edition", "接续哪一版；全新的标准留空。",
               "The edition it follows; blank for a standard of its own."),
        Column("minimum_applicable", "最低适用比例", "Least applicable share",
               "适用分低于此比例不出分，默认 0.7。",
               "Below this share of points there is no score; 0.7 by default.", "number"),
        Column("veto_cap", "否决封顶分", "Cap of a veto", "封顶级否决的最高分，默认 60。",
               "The most that is left after a veto that caps; 60 by default.", "number"),
    ),
)  # fmt: skip
SECTIONS = Page(
    "sections", "板块", "Sections",
    (
        Column("id", "板块编号", "Section id", "字母开头，如 ENV。", "A letter first, such as ENV.",
               required=True),
        Column("zh", "板块名称", "Name", "中文名称。", "Name in Chinese.", required=True, width=24),
        Column("en", "英文名称", "English name", "英文名称。", "Name in English.", required=True,
               width=32),
        Column("points", "分值", "Points", "各板块合计 100 分。", "All sections make 100.",
               "number", required=True),
        Column("base", "基础分", "Base",
               "扣分制板块一开始就有的分（如 100），由扣分项去扣；其他板块留空。",
               "What a section that starts full begins with; deductions take from it. Else blank.",
               "number"),
    ),
)  # fmt: skip
ITEMS = Page(
    "items", "考核项", "Items",
    (
        Column("id", "考核项编号", "Item id", "字母加数字，如 ENV01；一经使用不再改作他用。",
               "Letters and digits, such as ENV01; never used for anything else.", required=True),
        Column("section", "板块编号", "Section id", "“板块”页上的编号。",
               "An id of the page of sections.", required=True),
        Column("zh", "中文表述", "Wording", "检查什么，一句话。", "What is looked at, in Chinese.",
               required=True, width=48),
        Column("en", "英文表述", "English wording", "英文表述。", "The same in English.",
               required=True, width=48),
        Column("kind", "题型", "Kind", "是否、等级（0至k）、计数或计时（分钟）。",
               "Yes/no, graded (0 to k), count or minutes.", "choice", KINDS, True),
        Column("effect", "计分方式", "Effect", "得分或扣分；留空为得分。",
               "Earns or deducts; blank earns.", "choice", EFFECTS),
        Column("points", "分值", "Points", "得分项的满分；扣分项每次（最重一级）扣多少。",
               "Full points; of a deduction what each occurrence (the worst level) takes.",
               "number", required=True),
        Column("levels", "最高级", "Highest level", "等级项填 k。", "k of a graded item.", "whole"),
        Column("target", "满分标准", "Target",
               "计数：几次得满分（扣分项：至多扣几次，可空）；计时：几分钟以内。",
               "Count: full marks at (deductions: taken at most); minutes: good up to.", "number"),
        Column("scope", "范围", "Scope", "整次（厅堂）或逐柜；留空为整次。",
               "Once a visit or at each counter; blank is once.", "choice", SCOPES),
        Column("step", "步骤", "Step", "七步之一，可空。", "One of the seven steps, or blank.",
               "choice", STEPS),
        Column("role", "岗位", "Role", "八岗之一，可空。", "One of the eight roles, or blank.",
               "choice", ROLES, width=14),
        Column("zone", "分区", "Zone", "八区之一，可空。", "One of the eight zones, or blank.",
               "choice", ZONES, width=18),
        Column("na_allowed", "可不适用", "May not apply", "是或否；留空为否。",
               "Yes or no; blank is no.", "yes_no"),
        Column("na_zh", "何时不适用", "When it does not apply", "可不适用时必填。",
               "Needed where it may not apply.", width=24),
        Column("na_en", "何时不适用（英文）", "When it does not apply, in English", "同上，英文。",
               "The same in English.", width=24),
        Column("depends_on", "适用条件", "Applies only where",
               "如：客户角色=贵宾客户/潜在贵宾客户；STEP4A=是。多个条件用分号隔开，都满足才适用。",
               "Such as: customer role=…/…; STEP4A=yes. All conditions, parted by semicolons, must "
               "hold.", "conditions", width=28),
        Column("veto", "否决", "Veto", "仅提示、封顶、清零；不是否决项留空。",
               "Flag, cap, zero; blank if it is none.", "choice", VETOES),
        Column("evidence", "需要证据", "Evidence", "是或否；留空为否。", "Yes or no; blank is no.",
               "yes_no"),
        Column("clause", "依据", "Source", "手册章节或制度条款。", "Chapter or rule.", width=20),
        Column("tags", "标签", "Tags", "供指标取数，如 speak_up；多个用逗号。",
               "What metrics look for, such as speak_up; parted by commas.", "ids", width=16),
    ),
)  # fmt: skip
BRIDGE = Page(
    "bridge", "对照", "Bridge",
    (
        Column("former", "上一版考核项", "Former item", "上一版的每个考核项都要写明去向。",
               "Every item of the former edition is told of.", required=True, width=16),
        Column("relation", "关系", "Relation",
               "相同：题目未变（分值可变）；改写：同一件事换了说法；拆分；停用。",
               "Same: unchanged but for its weight; reworded; split; dropped.", "choice", RELATIONS,
               True),
        Column("items", "本版考核项", "Items now", "拆分的写多个，用逗号隔开；停用的留空。",
               "Several for a split one, parted by commas; blank for a dropped one.", "ids",
               width=24),
    ),
)  # fmt: skip
PAGES = (EDITION, SECTIONS, ITEMS, BRIDGE)
