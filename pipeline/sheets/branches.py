"""Branch register (机构台账): every node of the hierarchy, one row each."""

from __future__ import annotations

from pipeline.sheets.declaration import Column, SheetKind

LEVELS = ("省行", "二级分行", "省行直管机构", "支行", "网点")

KIND = SheetKind(
    id="branches",
    zh="机构台账",
    en="Branch register",
    columns=(
        Column(
            "branch_code", "网点代码", "Branch code", "code", required=True, mandatory=True,
            spellings=("机构代码", "网点号", "网点编号", "网点编码", "机构号", "机构编码", "行号"),
            help_zh="文本格式，保留前面的 0；省行、二级分行、支行也各占一行。",
            help_en="Text, keep leading zeros; province, cities and sub-branches have rows too.",
        ),
        Column(
            "branch_name", "网点名称", "Branch name", "text", required=True, mandatory=True,
            spellings=("机构名称", "机构全称", "网点全称", "单位名称"),
            help_zh="机构全称。", help_en="Full name.",
        ),
        Column(
            "level", "机构层级", "Level", "text", required=True, mandatory=True,
            spellings=("层级", "机构级别", "机构类型", "级别"), choices=LEVELS,
            help_zh="省行、二级分行、省行直管机构、支行或网点。",
            help_en="Province, city, directly managed, sub-branch or branch.",
        ),
        Column(
            "parent_code", "上级机构代码", "Parent code", "code", required=True,
            spellings=("上级代码", "上级机构号", "上级行代码", "所属机构代码", "管辖行代码"),
            help_zh="直接上级的代码；省行留空。",
            help_en="Code of the direct parent; blank for the province.",
        ),
        Column(
            "parent_name", "上级机构名称", "Parent name", "text",
            spellings=("上级名称", "上级行名称", "所属机构名称", "上级机构", "管辖行名称"),
            help_zh="直接上级的名称。", help_en="Name of the direct parent.",
        ),
        Column(
            "peer_group", "同类网点组", "Peer group", "text",
            spellings=("网点分组", "同类组", "同类网点", "网点类别", "对标组"),
            help_zh="名次只在同组内比较；仅网点填写。",
            help_en="Ranks compare within the group only; for branches only.",
        ),
        Column(
            "introduced", "导入日期", "Introduced", "date",
            spellings=("流程导入日期", "导入时间", "导入日", "上线日期"),
            help_zh="流程导入网点的日期；未导入留空。",
            help_en="Day the process was introduced; blank if not yet.",
        ),
        Column(
            "opened", "开业日期", "Opened", "date",
            spellings=("开业时间", "成立日期", "设立日期"),
            help_zh="开业日期。", help_en="Opening day.",
        ),
        Column(
            "closed", "停业日期", "Closed", "date",
            spellings=("停业时间", "撤销日期", "关闭日期"),
            help_zh="仍在营业的留空。", help_en="Blank while open.",
        ),
        Column(
            "weekend", "周末营业", "Open at weekends", "yes_no",
            spellings=("周末是否营业", "是否周末营业", "双休日营业"), choices=("是", "否"),
            help_zh="填“是”或“否”，用于推算营业日。",
            help_en="是 or 否; used to work out business days.",
        ),
        Column(
            "head", "网点负责人", "Head", "text",
            spellings=("负责人", "负责人姓名", "机构负责人"),
            help_zh="负责人姓名。", help_en="Name of the branch head.",
        ),
        Column(
            "email", "邮箱", "E-mail", "text",
            spellings=("电子邮箱", "邮箱地址", "Email", "E-mail", "电子邮件"),
            help_zh="用于发送单页通报。", help_en="Where the one-page report is sent.",
        ),
        Column(
            "district", "所在区县", "District", "text",
            spellings=("区县", "所属区县", "所在县区", "区（县）"),
            help_zh="网点所在区县；暗访员不派往居住和工作的区县。未填时按上级支行划分。",
            help_en="District of the branch; shoppers are not sent to their own. Where it is blank "
            "the sub-branch counts as one.",
        ),
    ),
    key=("branch_code",),
    table="branch",
    help_zh="列出全部机构；变动后整表重报。",
    help_en="Lists every node; send the whole register again after a change.",
)  # fmt: skip
