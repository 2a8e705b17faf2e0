"""What can be wrong with the workbook of an edition, beyond what is wrong with the edition."""

from __future__ import annotations

from audits.edition_sentences import SENTENCES
from pipeline.findings import Rule

PREFIX = "edition."
# What `audits.edition_checks` finds, registered as rules like any other.
CHECKED = {
    code: Rule(f"{PREFIX}{code}", "error", "workbook", sentence.zh, sentence.en)
    for code, sentence in SENTENCES.items()
}
SHEET_MISSING = Rule(
    "edition.sheet_missing", "error", "workbook",
    "缺少“{page}”工作表。请用 mingcha edition export 取得格式，改好后再送。",
    "There is no sheet {page} ({page_en}). Start from a workbook of mingcha edition export.",
)  # fmt: skip
COLUMN_MISSING = Rule(
    "edition.column_missing", "error", "workbook",
    "“{sheet}”页缺少“{column}”。请照导出的格式补上。",
    "Sheet {sheet} has no {column} ({column_en}). Put it back as it was exported.",
)  # fmt: skip
COLUMN_UNKNOWN = Rule(
    "edition.column_unknown", "warning", "none",
    "“{value}”不是本页的列，未读取。写错的表头请改正，多余的列可以删去。",
    "{value} is no column of this page and is not read. Correct the header or delete the column.",
)  # fmt: skip
COLUMN_TWICE = Rule(
    "edition.column_twice", "error", "workbook",
    "“{value}”出现了两次，不知以哪一处为准。请删去一处。",
    "{value} is there twice; which one counts cannot be told. Delete one.",
)  # fmt: skip
REQUIRED = Rule(
    "edition.required", "error", "workbook",
    "“{column}”没有填写。请补填：{note}",
    "{column_en} is blank. Fill it in: {note_en}",
)  # fmt: skip
CHOICE = Rule(
    "edition.choice", "error", "workbook",
    "“{column}”不能填“{value}”，只能是：{choices}。",
    "{column_en} cannot be {value}; only: {choices_en}.",
)  # fmt: skip
NUMBER = Rule(
    "edition.number", "error", "workbook",
    "“{column}”须填不小于 0 的数，不能是“{value}”。请改正：{note}",
    "{column_en} is a number of at least 0, not {value}. Correct it: {note_en}",
)  # fmt: skip
DATE = Rule(
    "edition.date", "error", "workbook",
    "“{column}”须写成 2026-10-01 的样式，不能是“{value}”。请改正。",
    "{column_en} is written like 2026-10-01, not {value}. Correct it.",
)  # fmt: skip
CONDITION = Rule(
    "edition.condition", "error", "workbook",
    "适用条件“{value}”读不懂。请写成：编号=结果，如 STEP4A=是；客户角色=贵宾客户/普通客户。",
    "The condition {value} cannot be read. Write id=answer, such as STEP4A=yes, or the customer "
    "role and its choices, as the note on the header shows.",
)  # fmt: skip
FORMULA = Rule(
    "edition.formula", "error", "workbook",
    "这一格是没有结果的公式或错误值（{value}）。请改为填写数值或文字后保存。",
    "This cell is a formula without a result, or an error value ({value}). Write the value itself.",
)  # fmt: skip
UNFIT = Rule(
    "edition.unfit", "error", "workbook",
    "“{column}”的内容“{value}”不合格式。请照表头批注改正。",
    "{column_en} cannot be {value}. Correct it as the note on the header says.",
)  # fmt: skip
IN_USE = Rule(
    "edition.in_use", "error", "workbook",
    "版本 {value} 已有暗访按它评分，内容不能再改，本件未录入。请把“版本编号”改成新编号并在“对照”页"
    "写明各项去向（mingcha edition export {value} --next 新编号 会备好），再录入。",
    "Visits were scored by edition {value}, so it cannot be changed; nothing was taken. Give this "
    "one a new id and bridge its items (mingcha edition export {value} --next NEW prepares that).",
)  # fmt: skip
SHIPPED = Rule(
    "edition.shipped", "error", "workbook",
    "版本 {value} 是随程序提供的，不能改动，本件未录入。请把“版本编号”改成新编号"
    "（mingcha edition export {value} --next 新编号 会备好），再录入。",
    "Edition {value} comes with Mingcha and is not changed; nothing was taken. Give this one a new "
    "id (mingcha edition export {value} --next NEW prepares that).",
)  # fmt: skip
