"""Replies to corrective actions (整改回复): what the branch did about an issue."""

from __future__ import annotations

from pipeline.sheets.declaration import Column, SheetKind

ISSUE_ID = Column(
    "issue_id", "问题编号", "Issue id", "code", required=True, mandatory=True,
    spellings=("整改编号", "问题号", "整改问题编号"), filler="branch",
    help_zh="下发整改时给出的编号。", help_en="The id given when the action was issued.",
)  # fmt: skip
BRANCH_CODE = Column(
    "branch_code", "网点代码", "Branch code", "code", required=True, mandatory=True,
    spellings=("机构代码", "网点号", "网点编号", "网点编码", "机构号", "行号"), filler="branch",
    help_zh="文本格式，保留前面的 0。", help_en="Text, keep leading zeros.",
)  # fmt: skip
ITEM_ID = Column(
    "item_id", "考核项编号", "Item id", "code", required=True, mandatory=True,
    spellings=("考核编号", "检查项编号", "项目编号"), filler="branch",
    help_zh="评分表中的考核项编号。", help_en="Id of the item on the scorecard.",
)  # fmt: skip

KIND = SheetKind(
    id="actions",
    zh="整改回复表",
    en="Corrective action replies",
    columns=(
        ISSUE_ID,
        BRANCH_CODE,
        ITEM_ID,
        Column(
            "measure", "整改措施", "Measure", "text", required=True, mandatory=True,
            spellings=("整改情况", "措施", "整改内容"), filler="branch",
            help_zh="写明做了什么，不写客户姓名。",
            help_en="What was done; no names of customers.", prose=True,
        ),
        Column(
            "done_date", "完成日期", "Done on", "date", required=True,
            spellings=("整改完成日期", "完成时间", "整改日期"), filler="branch",
            help_zh="整改完成的日期；未完成留空。", help_en="Blank while not done.",
        ),
        Column(
            "evidence", "证据文件", "Evidence file", "text",
            spellings=("佐证材料", "证据", "附件", "证明材料"), filler="branch",
            help_zh="随附的照片或文件名。", help_en="Name of the photo or file sent along.",
            prose=True,
        ),
    ),
    key=("issue_id",),
    table="action_reply",
    help_zh="每个问题一行，由网点填报。",
    help_en="One row per issue, filled by the branch.",
)  # fmt: skip
