"""What our marks look like: by these they are known again when a mended copy comes back."""

from __future__ import annotations

SHEET = "数据校验问题"
HEADERS = (
    "序号 No.",
    "工作表 Sheet",
    "单元格 Cell",
    "程度 Severity",
    "问题与处理 Problem and cure",
    "原值 Value",
)
HEADER_ROW = 3
AUTHOR = "明察 Mingcha"
SEPARATOR = "—— 明察 Mingcha ——"  # between a sender's own comment and ours
# Not Excel's own FFC7CE and FFEB9C: a fill of ours must be told from one of theirs.
FILLS = {"error": "FFFFC7CB", "warning": "FFFFEB9B", "info": "FFDDEBF6", "row": "FFFDEFEE"}
ORDER = ("error", "warning", "info")
SEVERITY = {"error": ("错误", "error"), "warning": ("警告", "warning"), "info": ("提示", "note")}
ADVICE = (
    "请在后面的工作表中改正带颜色的单元格（浅红的整行未入库），保存后重新上传本文件；本页可以保留或删除。"
    "原文件已原样存档。 Mend the coloured cells (rows in pale red were not taken), save, and send "
    "this file again. This page may stay or go; the original is kept."
)
