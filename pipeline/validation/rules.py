"""The rules of validation: every sentence names the cell and the cure."""

from __future__ import annotations

from pipeline.findings import Rule

MANDATORY = Rule(
    "mandatory", "error", "row",
    "“{column}”不能为空。请补填。",
    "{column_en} must not be blank. Fill it in.",
)  # fmt: skip
RANGE = Rule(
    "range", "error", "row",
    "“{column}”的值 {value} 不对，应{limits}。请核对后改正。",
    "{column_en} is {value}; it must be {limits_en}. Check and correct it.",
)  # fmt: skip
PATTERN = Rule(
    "pattern", "error", "row",
    "“{column}”写成了“{value}”，写法不对。{help}",
    "{column_en} is written {value}, which is not how it is written. {help_en}",
)  # fmt: skip
CHOICE = Rule(
    "choice", "error", "row",
    "“{column}”的值“{value}”不在可选项中（{choices}）。请从中选填。",
    "{column_en} is {value}, which is none of {choices_en}. Choose one of them.",
)  # fmt: skip
COMPARISON = Rule(
    "comparison", "error", "row",
    "{said}（“{left}”为 {value}，“{right}”为 {other}）",
    "{said_en} ({left_en} is {value}, {right_en} is {other})",
)  # fmt: skip
COMPARISON_WARNING = Rule(
    "comparison_doubt", "warning", "none",
    "{said}（“{left}”为 {value}，“{right}”为 {other}）",
    "{said_en} ({left_en} is {value}, {right_en} is {other})",
)  # fmt: skip
DUPLICATE = Rule(
    "duplicate_key", "error", "row",
    "同一文件中{key}重复（{value}）。请只保留正确的一行。",
    "The file has the same {key_en} twice ({value}). Keep the right row only.",
)  # fmt: skip
UNKNOWN_BRANCH = Rule(
    "unknown_branch", "error", "row",
    "“{column}”的 {value} 不在机构台账中{hint}。请核对代码（保留前面的 0），新机构请先报机构台账；"
    "不属于任何机构的行（示例行、误填的行）请整行删去。",
    "{column_en} {value} is not in the branch register{hint_en}. Check the code (leading zeros), "
    "or send the register with the new branch first; a row of no branch (an example, an invented "
    "one) is to be deleted.",
)  # fmt: skip
NO_REGISTER = Rule(
    "no_register", "error", "workbook",
    "还没有可用的机构台账，无法核对网点代码。请先上传（或一并上传）机构台账；"
    "台账被退回的，请先改正台账。",
    "There is no branch register yet, so branch codes cannot be checked. Upload the register "
    "first or together with this file; if it was refused, mend the register first.",
)  # fmt: skip
NAME_DIFFERS = Rule(
    "name_differs", "warning", "none",
    "“{value}”与机构台账中该代码的名称“{other}”不一致。请核对代码，填错的请改正；代码无误的，请把名称改成台账的，"
    "机构已更名的请报送新的机构台账。",
    "{value} is not the register's name of this code, {other}. Check the code and correct it if "
    "it is wrong; if it is right, write the register's name, or send a new register if the branch "
    "has been renamed.",
)  # fmt: skip
JUMP = Rule(
    "jump", "warning", "none",
    "“{column}”为 {value}，上月为 {other}，变动超过三倍。请核对；属实可忽略。",
    "{column_en} is {value}, last month {other}: a change of more than a factor of three. "
    "Check it; ignore if true.",
)  # fmt: skip
UNIT = Rule(
    "unit_scale", "error", "row",
    "“{column}”读作 {value} 元，约为{base}（{other} 元）的{times}：这一格像是没有按本列的单位填写"
    "（例如{example}）。请核对数字和单位，改正后重报。",
    "{column_en} was read as {value} yuan, about {times_en} {base_en} ({other} yuan), as if this "
    "cell were not in the unit of its column ({example_en}, say). Check number and unit, correct "
    "it and send again.",
)  # fmt: skip
UNIT_SHEET = Rule(
    "unit_scale_sheet", "error", "workbook",
    "“{column}”有 {count} 行与{base}相差约一万倍（如 {value} 元对 {other} 元），"
    "疑似整列单位有误。若本表以{unit}填报，请在标题（金额单位：{unit}）或表头（{column}（{unit}））"
    "注明单位后重报；否则请改正数值。",
    "{count} rows of {column_en} are about ten thousand times off {base_en} (e.g. {value} yuan "
    "against {other}): the unit of the column is likely wrong. If the sheet is in {unit}, say so "
    "in its title (单位: {unit}) or in the header ({column}({unit})) and send again; "
    "if not, correct the amounts.",
)  # fmt: skip
UNIT_DOUBT = Rule(
    "unit_doubt", "warning", "none",
    "“{column}”为 {value} 元，{base}为 {other} 元，相差约一万倍。"
    "请核对单位是否应为{unit}；属实可忽略。",
    "{column_en} is {value} yuan, {base_en} {other} yuan: about ten thousand times apart. "
    "Check whether the unit should be {unit}; ignore if true.",
)  # fmt: skip
UNKNOWN_EDITION = Rule(
    "unknown_edition", "error", "workbook",
    "评分表版本“{value}”不存在。请改为现行版本：{choices}。",
    "Scorecard edition {value} is not known. Use one of {choices_en}.",
)  # fmt: skip
ROLE_NEEDED = Rule(
    "customer_role_needed", "error", "row",
    "该版本须填写客户角色（{choices}），否则无法判定适用的考核项。请补填。",
    "This edition needs the customer role ({choices_en}) to know which items apply. Fill it in.",
)  # fmt: skip
TIMES = Rule(
    "time_order", "error", "row",
    "离开时间是 {value}，进入时间是 {other}；离开应在进入之后。"
    "请核对两个时间，按 24 小时制填写（下午 2:20 写作 14:20）。",
    "Time out is {value}, time in {other}; leaving comes after entering. "
    "Check both, on the 24-hour clock (2:20 in the afternoon is 14:20).",
)  # fmt: skip
VISIT_OUTSIDE = Rule(
    "visit_outside_round", "error", "row",
    "暗访日期 {value} 不在轮次 {round}（{first} 至 {last}）之内。请核对日期的年月日和轮次。",
    "Visit date {value} lies outside round {round} ({first} to {last}). "
    "Check year, month and day, and the round.",
)  # fmt: skip
VISIT_LONG_AGO = Rule(
    "visit_long_ago", "error", "row",
    "暗访日期 {value} 早于 {first}，不可能属实。请核对日期，写成 2026-09-15 的样式。",
    "Visit date {value} is before {first} and cannot be true. Check it; write it like 2026-09-15.",
)  # fmt: skip
VISIT_LATE = Rule(
    "visit_after_round", "warning", "none",
    "暗访日期 {value} 晚于轮次 {round} 的最后一天（{last}）。"
    "改期补访可忽略，否则请核对日期和轮次。",
    "Visit date {value} is after the last day of round {round} ({last}). Ignore if the visit was "
    "put off; if not, check date and round.",
)  # fmt: skip
# Warnings: what is taken must not depend on the clock of the machine that happens to read it.
VISIT_FUTURE = Rule(
    "visit_in_future", "warning", "none",
    "暗访日期 {value} 还没有到（本机今天是 {today}）。请核对年月日和轮次；"
    "本机日期不对的可忽略，并请校正本机日期。",
    "Visit date {value} is still to come (today is {today} on this machine). Check year, month, "
    "day and round; if the machine's date is wrong, ignore this and set it right.",
)  # fmt: skip
MONTH_FUTURE = Rule(
    "month_in_future", "warning", "none",
    "报告月份 {value} 还没有开始（本机今天是 {today}）。请核对月份；"
    "本机日期不对的可忽略，并请校正本机日期。",
    "Month {value} has not begun (today is {today} on this machine). Check the month; if the "
    "machine's date is wrong, ignore this and set it right.",
)  # fmt: skip
UNKNOWN_ITEM = Rule(
    "unknown_item", "error", "row",
    "考核项编号“{item}”不在版本 {edition} 中。请核对编号，多余的行请删除；最好改用该版本的模板。",
    "Item {item} is not in edition {edition}. Check the id, delete the row if it does not belong "
    "here; best use the template of that edition.",
)  # fmt: skip
WRONG_PLACE = Rule(
    "wrong_place", "error", "row",
    "考核项 {item} 应填在{where}列，却填在了{place}。请移到正确的列。",
    "Item {item} belongs in the {where_en} column but was answered at {place_en}. Move it there.",
)  # fmt: skip
BLANK = Rule(
    "blank_answer", "error", "row",
    "考核项 {item}（{place}）没有检查结果。请补填；空白不等于不适用。",
    "Item {item} ({place_en}) has no answer. Fill it in; blank is not the same as not applicable.",
)  # fmt: skip
MISSING_ITEM = Rule(
    "missing_item", "error", "row",
    "表中没有版本 {edition} 的考核项 {item}（{place}）。"
    "请补一行，考核项编号填 {item}，并在{place}列作答；或改用该版本的完整模板。",
    "Item {item} ({place_en}) of edition {edition} is missing. Add a row with that item id and "
    "answer it in that column, or use the full template.",
)  # fmt: skip
NOT_ALLOWED = Rule(
    "not_applicable_not_allowed", "error", "row",
    "考核项 {item}（{place}）不允许填“不适用”。请填写检查结果。",
    "Item {item} ({place_en}) may not be marked not applicable. Give an answer.",
)  # fmt: skip
ANSWER_RANGE = Rule(
    "answer_range", "error", "row",
    "考核项 {item}（{place}）的结果 {value} 超出范围，应为 {wanted}。请改正。",
    "Item {item} ({place_en}) is answered {value}; it must be {wanted_en}. Correct it.",
)  # fmt: skip
INCOMPLETE = Rule(
    "validation_incomplete", "error", "workbook",
    "系统未能完成对本文件的全部校验，为稳妥起见未予接收。请重新上传；仍不行请联系系统管理员。",
    "Not every check of this file could be carried out, so it was not taken, to be safe. "
    "Upload it again; if that does not help, tell the system administrator.",
)  # fmt: skip
