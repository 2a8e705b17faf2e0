"""The rules of recognising and parsing: every sentence names the cure."""

from __future__ import annotations

from pipeline.findings import Rule

UNRECOGNISED = Rule(
    "unrecognised", "error", "workbook",
    "无法识别为任何报表。看到的表头：{seen}。{near}请用模板填报，或核对表头。",
    "Not recognised as any kind of sheet. Headers seen: {seen_en}. {near_en} "
    "Fill in a template, or check the headers.",
)  # fmt: skip
EMPTY_BOOK = Rule(
    "empty_workbook", "error", "workbook",
    "工作簿没有任何内容。请核对是否发错文件。",
    "The workbook is empty. Check whether the wrong file was sent.",
)  # fmt: skip
TWO_KINDS = Rule(
    "two_kinds", "error", "workbook",
    "同一工作簿里有《{first}》和《{second}》两种报表（工作表“{sheet}”）。请分成两个文件报送。",
    "The workbook holds two kinds of sheet, {first_en} and {second_en} (sheet {sheet}). "
    "Send them as two files.",
)  # fmt: skip
MISSING_COLUMN = Rule(
    "missing_column", "error", "workbook",
    "工作表“{sheet}”第 {row} 行的表头缺少必需的“{column}”。请补上该列后重报。",
    "The header in row {row} of sheet {sheet} lacks the required {column_en}. "
    "Add the column and send again.",
)  # fmt: skip
MISSING_HEAD = Rule(
    "missing_head", "error", "workbook",
    "工作表“{sheet}”第 {row} 行的表头之上缺少必需的“{column}”。请在那里的一个空格写上“{column}”，"
    "右边一格填其内容（没有空格的，在最上面插入一行），再重报。",
    "Above the header in row {row} of sheet {sheet} the required {column_en} is missing. Write "
    "{column} into a blank cell there and its value into the next cell (insert a row on top if "
    "there is none), and send again.",
)  # fmt: skip
DUPLICATE_HEADER = Rule(
    "duplicate_header", "error", "workbook",
    "表头“{value}”（{cell}）与 {other} 重复，不知该取哪一列。请删去或改名其中一列。{absent_zh}",
    "Header {value} ({cell}) repeats {other}; it is unclear which to take. "
    "Delete or rename one.{absent_en}",
)  # fmt: skip
NO_ROWS = Rule(
    "no_rows", "error", "workbook",
    "工作表“{sheet}”表头（第 {row} 行）下面没有数据。请填报后再上传。",
    "There are no rows under the header (row {row}) of sheet {sheet}. Fill it in and send again.",
)  # fmt: skip
UNKNOWN_COLUMN = Rule(
    "unknown_column", "warning", "none",
    "不认识表头“{value}”（{cell}{hidden}），该列未读取。{guess_zh}",
    "Header {value} ({cell}{hidden_en}) is unknown; the column was not read. {guess_en}",
)  # fmt: skip
NAMELESS_COLUMN = Rule(
    "nameless_column", "warning", "none",
    "{cell} 所在列有数据而没有表头，未读取。请补表头或删去。",
    "The column of {cell} has data and no header; it was not read. Name it or delete it.",
)  # fmt: skip
SHEET_SKIPPED = Rule(
    "sheet_skipped", "info", "none",
    "工作表“{sheet}”不是报表，未读取。若其中有要报送的数据，请改用模板的表头。",
    "Sheet {sheet} is not a data sheet; it was not read. If it holds data to report, use the "
    "template's headers.",
)  # fmt: skip
HIDDEN_SKIPPED = Rule(
    "hidden_sheet_skipped", "warning", "none",
    "隐藏的工作表“{sheet}”像是报表，未读取；若要报送请取消隐藏。",
    "Hidden sheet {sheet} looks like data and was not read; unhide it if it is meant.",
)  # fmt: skip
HIDDEN_SHEET = Rule(
    "hidden_sheet", "warning", "none",
    "工作表“{sheet}”是隐藏的，仍已读取。应报送的请取消隐藏，不应报送的请删去。",
    "Sheet {sheet} is hidden and was read all the same. Unhide it if meant, delete it if not.",
)  # fmt: skip
HIDDEN_ROWS = Rule(
    "hidden_rows", "warning", "none",
    "隐藏的行也已读取：第 {rows} 行。应报送的请取消隐藏，不应报送的请删去。",
    "Hidden rows were read too: {rows_en}. Unhide them if meant, delete them if not.",
)  # fmt: skip
HIDDEN_COLUMNS = Rule(
    "hidden_columns", "info", "none",
    "隐藏的列也已读取：{columns} 列。应报送的请取消隐藏，不应报送的请删去。",
    "Hidden columns were read too: {columns_en}. Unhide them if meant, delete them if not.",
)  # fmt: skip
ROWS_LEFT_OUT = Rule(
    "rows_left_out", "info", "none",
    "按标题、附注或签字行跳过：第 {rows} 行。若其中有数据，请核对该行是否填写完整。",
    "Skipped as titles, notes or signatures: row {rows_en}. If any of them is data, check that "
    "the row is filled in.",
)  # fmt: skip
TOTALS_LEFT_OUT = Rule(
    "totals_left_out", "info", "none",
    "合计、小计行只用于核对，不作为网点数据：第 {rows} 行。无须处理。",
    "Totals are checked and not read as data of a branch: row {rows_en}. Nothing needs to be done.",
)  # fmt: skip
WRONG_TOTAL = Rule(
    "wrong_total", "error", "workbook",
    "{cell} 的合计是 {total}，各行之和是 {sum}，两者不符。请核对该列各行与合计，改正后重报。",
    "The total in {cell} is {total_en}, the sum of its rows {sum_en}. Check the rows of the column "
    "and the total, correct what is wrong and send again.",
)  # fmt: skip
UNIT_ASSUMED = Rule(
    "unit_assumed", "warning", "none",
    "标题和表头都没有注明金额单位，{cell}“{value}”等按元读取。请核对，并在标题写“金额单位：元”，"
    "或在表头写“{value}（元）”；以万元填报的写“万元”。",
    "Neither title nor header states the unit of money; {cell} {value} and others were read as "
    "yuan. Check that, and write the unit into the title (单位: 元) or the header ({value}(元)); "
    "万元 if the amounts are in ten thousands.",
)  # fmt: skip
UNIT_DOUBT = Rule(
    "unit_in_doubt", "error", "workbook",
    "标题写了多个金额单位（{value}），无法确定。请在每个金额列的表头注明单位。",
    "The title names several units of money ({value}). State the unit in each header.",
)  # fmt: skip
CURRENCY = Rule(
    "currency_sign", "warning", "none",
    "{cell} 的“{value}”带有货币符号，而本列的单位是{unit}，按 {read} 元读取。"
    "若填的是元数，请换算成{unit}；单元格里只填数字。",
    "{value} in {cell} carries a currency sign, yet the column is in {unit}; it was read as "
    "{read} yuan. If it is in yuan, convert it to {unit}; write the number alone.",
)  # fmt: skip
UNIT_IN_CELL = Rule(
    "unit_in_cell", "warning", "none",
    "{cell} 的“{value}”带有单位，按 {read} 读取。请核对；单元格里只填数字，单位写在表头。",
    "{value} in {cell} carries a unit and was read as {read_en}. Check it; write the number alone "
    "and the unit in the header.",
)  # fmt: skip
SECOND_TABLE = Rule(
    "second_table", "error", "workbook",
    "工作表“{sheet}”第 {row} 行又是一行表头（{cell}“{value}”），列的次序与上面的不同："
    "一个工作表里有两张表。请把两张表分到两个文件。",
    "Row {row} of sheet {sheet} is a second header ({cell} {value}) whose columns stand elsewhere: "
    "two tables on one sheet. Put them into two files.",
)  # fmt: skip
TRANSPOSED = Rule(
    "transposed", "error", "workbook",
    "工作表“{sheet}”是横排的：表头在 {cell} 起的一列里，每一项占一列。"
    "请改成竖排：表头占一行，每一项占一行（可用“选择性粘贴—转置”）。",
    "Sheet {sheet} is transposed: its headers stand in the column that begins at {cell}. "
    "Put them in one row (paste special, transpose).",
)  # fmt: skip
MERGED_FILLED = Rule(
    "merged_filled", "info", "none",
    "{cell} 是合并单元格，其内容“{value}”按它所跨的每一行读取。",
    "{cell} is a merged cell; {value} was read for every row it spans.",
)  # fmt: skip
MERGED_VALUE = Rule(
    "merged_value", "error", "row",
    "{cell} 在合并单元格 {span} 里，不知“{value}”属于哪一格。请取消合并，逐格填写。",
    "{cell} lies in the merged cells {span}; it is unclear where {value} belongs. Unmerge them "
    "and fill in each cell.",
)  # fmt: skip
DATE_1904 = Rule(
    "date1904", "info", "none",
    "该工作簿的日期从 1904 年起算（Mac 版 Excel 的设置），已按此换算，无须处理。",
    "The workbook counts its dates from 1904 (a setting of Excel for Mac); they were converted "
    "accordingly. Nothing needs to be done.",
)  # fmt: skip
ERROR_CELL = Rule(
    "error_cell", "error", "row",
    "{cell} 是公式的错误值 {value}（例如除数为 0，或引用的单元格已删除）。"
    "请改正公式，或直接填上数字，保存后重报。",
    "{cell} holds the error {value} of a formula (a division by zero, say, or a reference to a "
    "deleted cell). Correct the formula, or write the number itself, save and send again.",
)  # fmt: skip
UNCACHED = Rule(
    "uncached_formula", "error", "row",
    "{cell} 的公式没有计算结果。请在 Excel 或 WPS 中打开，重新计算（按 F9），保存后重报。",
    "The formula in {cell} has no stored result. Open the file in Excel or WPS, recalculate (F9), "
    "save and send it again.",
)  # fmt: skip
SCALED = Rule(
    "scaled_format", "error", "row",
    "{cell} 的单元格格式把数字缩小显示（如以万显示的 0!.0,），看到的数不是所存的 {value}，"
    "无从判断报的是哪一个。请把该列格式改为“常规”，按表头的单位核对改正后重报。",
    "The format of {cell} shows its number scaled down (such as 0.0, in thousands): what is seen "
    "is not the {value} that is stored, and which was meant is unknown. Set the format to General, "
    "check the numbers against the unit of the header, and send again.",
)  # fmt: skip
LONG_NUMBER = Rule(
    "long_number", "error", "row",
    "{cell} 的数字超过 15 位，Excel 已改动末尾数字。请把单元格设为文本后重新录入。",
    "{cell} holds a number of more than 15 digits, whose last digits Excel has changed. "
    "Format it as text and enter it again.",
)  # fmt: skip
UNREADABLE = Rule(
    "unreadable_value", "error", "row",
    "{cell} 的“{value}”不能读作{column}。请改填{wanted_zh}。",
    "{value} in {cell} cannot be read as {column_en}. Write {wanted_en}.",
)  # fmt: skip
UNREADABLE_FORMAT = Rule(
    "unreadable_format", "error", "row",
    "{cell} 是日期或百分数格式，所存的“{value}”不能读作{column}。"
    "请先把该格的格式改为“常规”，再填{wanted_zh}。",
    "{cell} has the format of a date or of a percentage, and the {value} in it cannot be read as "
    "{column_en}. Set its format to General first, then write {wanted_en}.",
)  # fmt: skip
TOO_LARGE = Rule(
    "number_too_large", "error", "row",
    "{cell} 的“{value}”位数过多，不可能属实。请核对数字和单位后改正。",
    "{value} in {cell} has too many digits to be true. Check the number and its unit.",
)  # fmt: skip
UNREADABLE_MONTH = Rule(
    "unreadable_month", "error", "workbook",
    "{cell} 的“{value}”不是月份，不知报送的是哪一期。请写成 2026-09 的样式后重报。",
    "{value} in {cell} is no month, so it is not known which period is reported. "
    "Write it like 2026-09 and send again.",
)  # fmt: skip
MONTH_OF_ROW = Rule(
    "month_of_row", "error", "row",
    "{cell} 的“{value}”看不出是哪一年哪一月。请写成 2026-09 的样式。",
    "{value} in {cell} does not say which month of which year. Write it like 2026-09.",
)  # fmt: skip
DOUBTFUL_MONTH = Rule(
    "doubtful_month", "error", "row",
    "{cell} 的“{value}”可能是 1 月也可能是 10 月。请写成 2026-01 或 2026-10 的样式。",
    "{value} in {cell} may be January or October. Write it like 2026-01 or 2026-10.",
)  # fmt: skip
DOUBTFUL_RATE = Rule(
    "doubtful_rate", "error", "row",
    "{cell} 的“{value}”与同列单位不一致，无法确定是比例还是百分数。请统一写成带 % 的百分数。",
    "{value} in {cell} does not fit the unit of its column. Write percentages with %.",
)  # fmt: skip
SERIAL_DATE = Rule(
    "serial_date", "warning", "none",
    "{cell} 的 {value} 按 Excel 日期序号读作 {read}。请核对日期，并将该格设为日期格式。",
    "{value} in {cell} was read as the Excel date {read}. Check it, and format the cell as a date.",
)  # fmt: skip
MONTH_UNKNOWN = Rule(
    "month_unknown", "error", "workbook",
    "工作表“{sheet}”没有月份列，标题和工作表名也没有写明月份。请在标题写明，如“2026年9月”。",
    "Sheet {sheet} has no month column and neither title nor sheet name states the month. "
    "State it in the title, e.g. 2026年9月.",
)  # fmt: skip
MONTH_DIFFERS = Rule(
    "month_differs", "warning", "none",
    "{cell} 的月份 {value} 与标题的 {title} 不同，按单元格读取。请核对。",
    "Month {value} in {cell} differs from {title} in the title; the cell was taken. Check it.",
)  # fmt: skip
TOO_MANY = Rule(
    "too_many_errors", "error", "workbook",
    "该文件有 {count} 个读不懂的单元格，只列出前 {shown} 个。请用模板重新填报。",
    "The file has {count} unreadable cells; the first {shown} are listed. Use a template.",
)  # fmt: skip
PRODUCT_UNKNOWN = Rule(
    "product_unknown", "error", "row",
    "{cell} 的产品“{value}”不是业绩报表的列名。{guess_zh}",
    "Product {value} in {cell} is no column of the performance sheet. {guess_en}",
)  # fmt: skip
TARGET_UNIT = Rule(
    "target_unit", "error", "row",
    "{cell} 的单位“{value}”不适用于“{product}”。金额填元、万元或亿元，其余填户、笔、次等。",
    "Unit {value} in {cell} does not suit {product}. Use 元, 万元 or 亿元 for money, else 户, 笔, "
    "次 and the like.",
)  # fmt: skip
TARGET_UNIT_TWICE = Rule(
    "target_unit_twice", "error", "row",
    "{cell} 的单位是“{value}”，而目标值的表头、标题或单元格里也写了单位，不知以哪个为准。"
    "请只在一处写单位。",
    "The unit in {cell} is {value}, yet the header, the title or the cell of the target states a "
    "unit, too; which one holds is unknown. State the unit in one place only.",
)  # fmt: skip
TARGET_UNIT_ASSUMED = Rule(
    "target_unit_assumed", "warning", "none",
    "{cell} 的金额目标没有注明单位，按元读取。请填写“单位”一列。",
    "The money target in {cell} has no unit; it was read as yuan. Fill in the unit.",
)  # fmt: skip
ANSWER_UNREADABLE = Rule(
    "answer_unreadable", "error", "row",
    "{cell} 的检查结果“{value}”读不懂。请填是、否、不适用或数字。",
    "Answer {value} in {cell} cannot be read. Use 是, 否, 不适用 or a number.",
)  # fmt: skip
ANSWER_WORD = Rule(
    "answer_needs_number", "error", "row",
    "{cell} 的“{value}”不能用于这一考核项：它问的是等级、次数或分钟数。请填数字。",
    "{value} in {cell} cannot answer this item, which asks for a level, a count or minutes. "
    "Give a number.",
)  # fmt: skip
NOT_APPLICABLE_CONFLICT = Rule(
    "not_applicable_conflict", "error", "row",
    "{cell} 勾选了“不适用”，但该项的检查结果都已填写。请二者留一。",
    "{cell} says not applicable, yet every answer of the item is given. Keep one of the two.",
)  # fmt: skip
NO_ANSWER_COLUMN = Rule(
    "no_answer_column", "error", "workbook",
    "工作表“{sheet}”第 {row} 行的表头没有“检查结果”列。请补上后重报。",
    "The header in row {row} of sheet {sheet} has no answer column (检查结果). Add it.",
)  # fmt: skip
VISIT_DIFFERS = Rule(
    "visit_differs", "error", "row",
    "{cell} 的“{column}”是“{value}”，同一次暗访的第一行写的是“{other}”。请核对，改成一致。",
    "{column_en} in {cell} is {value}, in the first row of the same visit {other}. "
    "Check both and make them the same.",
)  # fmt: skip
CODE_RESTORED = Rule(
    "code_restored", "warning", "none",
    "{cell} 的代码 {value} 丢了前面的 0，已按机构台账恢复为 {restored}。"
    "请把该列设为文本格式后重填代码，以免下次再丢。",
    "Code {value} in {cell} had lost its leading zeros; restored to {restored} from the "
    "register. Format the column as text and type the code again, so that it keeps them.",
)  # fmt: skip
CODE_SPACED = Rule(
    "code_spaced", "warning", "none",
    "{cell} 的“{value}”中间有空格，已去掉空格按 {read} 读取。请核对，并删去空格。",
    "{value} in {cell} has spaces inside; it was read as {read}. Check it and delete the spaces.",
)  # fmt: skip
