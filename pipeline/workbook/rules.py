"""What can be wrong with a file before anyone looks at its meaning. Each sentence names the cure.

Error cells, formulas without a result and over-long numbers are *not* findings here: they are
flags of cells (`cells.py`), since a `#DIV/0!` beside the table harms nobody. Parsing decides.
"""

from __future__ import annotations

from pipeline.findings import Rule

RESAVE_ZH = "请用 Excel 或 WPS 打开，另存为“Excel 工作簿 (*.xlsx)”后重新上传。"
RESAVE_EN = "Open it in Excel or WPS, save it as “Excel Workbook (*.xlsx)” and send it again."


def _refusal(id: str, zh: str, en: str) -> Rule:
    return Rule(id, "error", "workbook", zh, en)


RULES = (
    _refusal(
        "file_missing",
        "找不到或无法读取该文件（{reason}）。请确认文件仍在原处且有读取权限。",
        "The file cannot be found or read ({reason_en}). Check that it is there and readable.",
    ),
    _refusal(
        "file_empty",
        "文件是空的（0 字节），可能没有传完。请重新导出或重新上传。",
        "The file is empty (0 bytes); the transfer may have been cut off. Export or send it again.",
    ),
    _refusal(
        "file_too_large",
        "文件过大（{size} MB，上限 {limit} MB）。请删去图片和无关工作表，或分成几个文件上传。",
        "The file is too large ({size} MB, limit {limit} MB). Remove pictures and other sheets, "
        "or split it.",
    ),
    _refusal(
        "file_encrypted",
        "文件设有打开密码。请在 Excel 或 WPS 中取消密码保护后另存，再上传。",
        "The file needs a password to open. Remove the password in Excel or WPS, save, send again.",
    ),
    _refusal(
        "file_scrambled",
        "文件已被桌面加密软件加密，系统读不出内容。请用加密软件解密（或申请外发）后再上传。",
        "The file is scrambled by desktop encryption software. Decrypt it there, then send it.",
    ),
    _refusal(
        "file_et",
        "这是 WPS 的 .et 格式。请在 WPS 中打开，另存为“Excel 工作簿 (*.xlsx)”后上传。",
        "This is WPS's own .et format. Open it in WPS, save it as an .xlsx workbook and send that.",
    ),
    _refusal(
        "file_html",
        "文件扩展名像表格，内容其实是网页（系统导出时常见）。" + RESAVE_ZH,
        "The file is a web page that calls itself a spreadsheet. " + RESAVE_EN,
    ),
    _refusal(
        "file_text",
        "这是纯文本，不是电子表格，也分不出列。请找到原来的表格，用 Excel 或 WPS 打开，另存为"
        "“Excel 工作簿 (*.xlsx)”后重新上传。",
        "This is plain text, not a spreadsheet, and it does not fall into columns. Find the table "
        "it comes from, save that as “Excel Workbook (*.xlsx)” in Excel or WPS and send it.",
    ),
    _refusal(
        "file_xml2003",
        "这是“XML 表格 2003”格式，不能直接读取。" + RESAVE_ZH,
        "This is the “XML Spreadsheet 2003” format, which is not read. " + RESAVE_EN,
    ),
    _refusal(
        "file_not_workbook",
        "这不是能读取的电子表格（内容是：{what_zh}）。请核对是否发错文件；"
        "可上传 .xlsx、.xls、.xlsb、.ods、.csv 或它们的 .zip。",
        "This is not a spreadsheet that can be read (it is {what_en}). Check whether the wrong "
        "file was sent; .xlsx, .xls, .xlsb, .ods, .csv, or a .zip of them are taken.",
    ),
    _refusal(
        "file_corrupt",
        "文件已损坏或不完整，读不出内容。请在原电脑上重新打开并另存，确认能打开后再上传。",
        "The file is damaged or incomplete. Open and save it again where it was made, then send "
        "it.",
    ),
    _refusal(
        "file_entities",
        "文件里有正常表格不会有的代码，可能有安全风险，没有读取。" + RESAVE_ZH,
        "The file holds code that no ordinary workbook has; for safety it was not read. "
        + RESAVE_EN,
    ),
    _refusal(
        "file_unpacked",
        "文件解压后过大（超过 {limit} MB）。请删去无用的工作表、图片和空白格式后另存，再上传。",
        "The file unpacks to more than {limit} MB. Remove unused sheets, pictures and blank "
        "formats, save and send again.",
    ),
    _refusal(
        "file_entries",
        "压缩包内的部件太多（{count} 个，上限 {limit} 个）。" + RESAVE_ZH,
        "There are too many parts in the package ({count}, limit {limit}). " + RESAVE_EN,
    ),
    _refusal(
        "file_sheets",
        "工作表太多（{count} 张，上限 {limit} 张）。请拆分成几个文件上传。",
        "There are too many sheets ({count}, limit {limit}). Split the workbook.",
    ),
    _refusal(
        "sheet_extent",
        "工作表“{sheet}”的范围过大（到 {last} 为止，共 {count} 格）：远处可能误填了内容。"
        "请按 Ctrl+End 找到最末单元格，删除多余的行列后保存，再上传。",
        "Sheet “{sheet}” reaches as far as {last} ({count} cells): something stray was written "
        "far away. Press Ctrl+End, delete the surplus rows and columns, save, send again.",
    ),
    _refusal(
        "sheet_unlocatable",
        "工作表“{sheet}”的单元格位置无法核实。" + RESAVE_ZH,
        "The positions of the cells of sheet “{sheet}” cannot be verified. " + RESAVE_EN,
    ),
    _refusal(
        "sheet_duplicate_cells",
        "工作表“{sheet}”中单元格 {cell} 被写了不止一次，无法判断哪个值有效。" + RESAVE_ZH,
        "Cell {cell} of sheet “{sheet}” is written more than once; which value holds is unknown. "
        + RESAVE_EN,
    ),
    _refusal(
        "reader_timeout",
        "读取该文件超过 {limit} 秒，已停止。请删去无关内容，或分成几个文件上传。",
        "Reading took more than {limit} seconds and was stopped. Remove what is not needed, or "
        "split the file.",
    ),
    _refusal(
        "reader_memory",
        "读取该文件占用内存超过 {limit} MB，已停止。请删去无关内容，或分成几个文件上传。",
        "Reading took more than {limit} MB of memory and was stopped. Remove what is not needed, "
        "or split the file.",
    ),
    _refusal(
        "reader_died",
        "读取该文件时读取程序中止，文件可能已损坏。" + RESAVE_ZH,
        "The reading process broke off on this file; it may be damaged. " + RESAVE_EN,
    ),
    _refusal(
        "csv_encoding",
        "这个文本文件的汉字编码无法确定，读出来会是乱码。请用 Excel 打开，核对汉字无误后"
        "另存为 .xlsx 再上传。",
        "It is uncertain how the characters of this text file are written (encoding). Open it in "
        "Excel, check the characters, save as .xlsx and send that.",
    ),
    _refusal(
        "csv_delimiter",
        "这个文本文件无法分出各列（不知各列是以逗号、制表符、分号还是竖线隔开的）。"
        "请用 Excel 打开，核对各列无误后另存为 .xlsx 再上传。",
        "The columns of this text file cannot be told apart (comma, tab, semicolon or bar?). Open "
        "it in Excel, check the columns, save as .xlsx and send that.",
    ),
    _refusal(
        "csv_quote",
        "从“{value}”起有一个引号没有在本格内结束，其后的几行都被并进了这一格。请用记事本打开，"
        "删去多余的引号（或补上缺的引号）后重报。",
        "A quotation mark that opens at “{value}” is not closed within its cell, so the rows after "
        "it are part of that one cell. Open the file in a text editor, remove the mark (or add the "
        "missing one) and send it again.",
    ),
    _refusal(
        "archive_nested",
        "压缩包里的“{name}”还是压缩包。请解开内层压缩包，把表格直接放在一个 .zip 里。",
        "“{name}” inside the archive is an archive itself. Put the workbooks into one .zip.",
    ),
    _refusal(
        "archive_slow",
        "同一压缩包里的其他文件读取太慢（已用 {limit} 秒以上），此文件没有再读。"
        "请把读取超时的文件从压缩包中取出，其余重新压缩后上传。",
        "Other files of the same archive took too long to read (more than {limit} s), so this one "
        "was not read. Take the slow ones out of the archive and send the rest again.",
    ),
    _refusal(
        "archive_empty",
        "压缩包里没有电子表格。请把 .xlsx 等表格放进 .zip 后上传。",
        "There is no spreadsheet in the archive. Put the workbooks into the .zip and send it.",
    ),
    Rule(
        "has_macros",
        "info",
        "none",
        "工作簿带有宏；宏不会运行，只读取数据。",
        "The workbook carries macros; they are not run, only the data are read.",
    ),
    Rule(
        "has_external_links",
        "warning",
        "none",
        "工作簿引用了其他文件；读到的是上次保存的结果。请确认数值为最新，最好“粘贴为数值”。",
        "The workbook refers to other files; the values are those last saved. Check that they are "
        "current, or paste them as values.",
    ),
    Rule(
        "csv_cut",
        "warning",
        "none",
        "文件末行的栏数少于上一行，末尾也没有换行，可能没有存完整，末行的数字也可能不全。"
        "请打开核对末行，不全的补全后重报；本来如此可忽略。",
        "The last line has fewer columns than the one before it and no line end: the file may have "
        "been cut off, and the last figures with it. Look at the last line and send the file anew "
        "if something is missing; ignore this if nothing is.",
    ),
    Rule(
        "has_dde",
        "warning",
        "none",
        "工作簿里有会启动其他程序的链接（DDE），可能有安全风险；链接没有执行，数据照常读取。"
        "请在 Excel 的“数据—编辑链接”中断开后保存。",
        "The workbook contains a link that starts another program (DDE), a possible risk; it was "
        "not run, the data are read. Break it in Excel (Data, Edit Links) and save.",
    ),
    Rule(
        "sheet_hidden",
        "info",
        "none",
        "工作表“{sheet}”是隐藏的。其中有要报送的数据请取消隐藏，没有可忽略。",
        "Sheet “{sheet}” is hidden. If it holds data to report, unhide it; if not, ignore this.",
    ),
    Rule(
        "rows_hidden",
        "info",
        "none",
        "工作表“{sheet}”有 {count} 个隐藏行（如第 {row} 行），与显示的行一样对待。"
        "若不应报送，请取消隐藏后删除。",
        "Sheet “{sheet}” has {count} hidden row(s) (such as {row}), treated like those shown. "
        "Unhide and delete them if not meant.",
    ),
    Rule(
        "cols_hidden",
        "info",
        "none",
        "工作表“{sheet}”有 {count} 个隐藏列（如 {column} 列），与显示的列一样对待。"
        "若不应报送，请取消隐藏后删除。",
        "Sheet “{sheet}” has {count} hidden column(s) (such as {column}), treated like those "
        "shown. Unhide and delete them if not meant.",
    ),
)
BY_ID = {rule.id: rule for rule in RULES}
# Told before anybody knows whether it will be read.
HIDDEN = frozenset({"sheet_hidden", "rows_hidden", "cols_hidden"})
