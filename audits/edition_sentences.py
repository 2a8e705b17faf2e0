"""The sentences of what can be wrong with an edition: what, and how to mend it (中文, English)."""

from __future__ import annotations

from typing import NamedTuple


class Sentence(NamedTuple):
    """What is wrong and how to mend it, as format strings."""

    zh: str
    en: str


# code -> (中文, English). {name} is the id of the edition, section, item or former item.
SENTENCES: dict[str, Sentence] = {
    "edition_id": Sentence(
        "版本编号 {name} 不合规则：以字母开头，只用字母、数字和连字符，如 covert-2。请改写。",
        "{name} cannot be an edition id: a letter first, then letters, digits and hyphens, such as "
        "covert-2. Write it so.",
    ),
    "section_id": Sentence(
        "板块编号 {name} 不合规则：以字母开头，只用字母、数字和下划线，不超过16个字符。请改写。",
        "{name} cannot be a section id: a letter first, then letters, digits and underscores, 16 "
        "at most. Write it so.",
    ),
    "item_id": Sentence(
        "考核项编号 {name} 不合规则：以字母开头并含数字，如 ENV01（汇总表以它作列名）。请改写。",
        "{name} cannot be an item id: letters first and a digit in it, such as ENV01 (it is the "
        "header of a column in lists of visits). Write it so.",
    ),
    "double": Sentence(
        "{name} 的编号重复：前面已有同一编号。请另取一个从未用过的编号，或删去这一行。",
        "{name} is there twice: the id stands further up. Take an id never used before, or delete "
        "this row.",
    ),
    "id_of_section": Sentence(
        "{name} 已是板块编号，考核项不能同名。请另取编号。",
        "{name} is the id of a section; an item cannot share it. Take another id.",
    ),
    "wording": Sentence(
        "{name} 缺中文或英文表述。请补写，两种文字都要有。",
        "{name}: a wording is missing. Write it, in Chinese and in English.",
    ),
    "total": Sentence(
        "各板块分值合计 {total} 分，应为 100 分。请调整“板块”页的分值。",
        "The sections add up to {total} points; they must make 100. Change the points on the page "
        "of sections.",
    ),
    "minimum": Sentence(
        "最低适用比例须大于 0 且不超过 1（如 0.7）。请改正。",
        "The least share of points that must apply lies above 0 and up to 1 (such as 0.7). "
        "Correct it.",
    ),
    "cap": Sentence(
        "否决封顶分须在 0 至 100 之间（如 60）。请改正。",
        "The cap of a veto lies between 0 and 100 (such as 60). Correct it.",
    ),
    "too_fine": Sentence(
        "各项等级和次数的分法太细，分值无法精确计算。请把最高级或满分次数改为较小、较整齐的数。",
        "Levels and counts are graded too finely for exact points. Use smaller or rounder highest "
        "levels and full counts.",
    ),
    "base": Sentence(
        "{name} 的基础分须为不小于 0、至多三位小数的数。请改正。",
        "The base of {name} is a number of at least 0 with at most three decimals. Correct it.",
    ),
    "section_empty": Sentence(
        "板块 {name} 没有考核项。请补上考核项，或删去这个板块。",
        "Section {name} has no items. Add some, or delete the section.",
    ),
    "no_base": Sentence(
        "板块 {name} 只有扣分项，没有可扣的分。扣分制板块请把“基础分”填为 {points}。",
        "Section {name} has deductions only and nothing to deduct from. If it starts full, give it "
        "a base of {points}.",
    ),
    "section_sum": Sentence(
        "{name}（{where}）：基础分加得分项合计 {total} 分，板块为 {points} 分。请使两者相等。",
        "{name} ({where}): base and items add up to {total}, the section to {points}. Make them "
        "equal.",
    ),
    "no_section": Sentence(
        "板块 {section} 不存在。请从“板块”页已有的编号中选择。",
        "There is no section {section}. Choose one of the page of sections.",
    ),
    "points": Sentence(
        "{name} 的分值须为正（只有否决项可以是 0）。请改正。",
        "The points of {name} must be positive (0 only for a veto). Correct them.",
    ),
    "decimals": Sentence(
        "{name} 的分值至多三位小数。请改正。",
        "The points of {name} have more than three decimals. Shorten them.",
    ),
    "na_words": Sentence(
        "{name} 可不适用，须写明何时不适用（中文和英文）。请补写。",
        "{name} may not apply: say when it does not, in Chinese and in English.",
    ),
    "veto_earns": Sentence(
        "{name} 是否决项，计分方式须为扣分项。请改为“扣分”。",
        "{name} is a veto, so it must be a deduction. Change its effect.",
    ),
    "levels": Sentence(
        "{name} 是等级项，须写明最高级（如 2 表示 0、1、2 三级）。请补填。",
        "{name} is graded: give its highest level (2 for levels 0, 1, 2).",
    ),
    "levels_idle": Sentence(
        "{name} 不是等级项，不应填最高级。请清空该格，或把题型改为“等级”。",
        "{name} is not graded, so it has no highest level. Empty the cell, or change the kind.",
    ),
    "target": Sentence(
        "{name} 按次数或分钟数计分，须写明满分标准（几次得满分、几分钟以内）。请补填。",
        "{name} is counted or timed: give its target (full marks at so many, or within so many "
        "minutes).",
    ),
    "target_whole": Sentence(
        "{name} 按次数计分，满分标准须为整数。请改正。",
        "{name} is a count; its target is a whole number. Correct it.",
    ),
    "target_idle": Sentence(
        "{name} 不按次数或分钟数计分，不应填满分标准。请清空该格，或改正题型。",
        "{name} is neither a count nor minutes, so it has no target. Empty the cell, or change the "
        "kind.",
    ),
    "unknown_name": Sentence(
        "{name}：“{value}”未登记。只能填：{choices}。",
        "{name}: {value} is not known. Only: {choices_en}.",
    ),
    "no_such_value": Sentence(
        "{name} 的适用条件：{other} 没有取值“{value}”。只能是：{choices}。",
        "Condition of {name}: {other} has no value {value}. Only: {choices_en}.",
    ),
    "no_such_answer": Sentence(
        "{name} 的适用条件：{other} 不会有“{value}”这个检查结果。"
        "是写 1、否写 0，等级不超过最高级。",
        "Condition of {name}: {other} cannot be answered {value}. Yes is 1, no is 0, a level not "
        "above the highest.",
    ),
    "no_such_field": Sentence(
        "{name} 所依赖的 {other} 须是排在前面的考核项或“客户角色”，本版没有它。请改正编号。",
        "{name} depends on {other}, which is neither an earlier item nor the customer's role: "
        "there is none. Correct the id.",
    ),
    "later": Sentence(
        "{name} 所依赖的 {other} 须是排在前面的考核项。请把 {other} 移到它的前面。",
        "{name} depends on {other}, which must be an earlier item. Move {other} before it.",
    ),
    "circle": Sentence(
        "{name} 的适用条件成环：{path}。请去掉其中一个条件。",
        "The conditions of {name} go round in a circle: {path}. Take one of them away.",
    ),
    "other_scope": Sentence(
        "{name} 是整次项，不能依赖逐柜项 {other}。请改正范围或条件。",
        "{name} is asked once a visit and cannot depend on {other}, asked at each counter. Correct "
        "scope or condition.",
    ),
    "former_missing": Sentence(
        "{name}：没有上一版却有对照。请填写“上一版”，或清空“对照”页。",
        "{name}: a bridge without a former edition. Name the former edition, or empty the page.",
    ),
    "former_unknown": Sentence(
        "没有上一版 {former} 这个版本。请从 mingcha edition list 列出的编号中选择，或清空。",
        "There is no edition {former} to follow. Choose one that mingcha edition list names, or "
        "leave it blank.",
    ),
    "former_circle": Sentence(
        "上一版的关系成环：{path}。请改正“上一版”。",
        "The editions follow each other in a circle: {path}. Correct the former edition.",
    ),
    "former_instrument": Sentence(
        "上一版 {former} 是另一种检查，暗访与现场检查不能前后相接。请改正“上一版”或“检查方式”。",
        "The former edition {former} is of the other instrument; covert and open are never joined. "
        "Correct one of them.",
    ),
    "former_date": Sentence(
        "启用日期须晚于上一版 {former} 的启用日期（{day}）。请改正。",
        "It must be valid from a later day than {former} ({day}). Correct the date.",
    ),
    "bridge_double": Sentence(
        "上一版的 {name} 在对照中出现了两次。请合并为一行。",
        "{name} of the former edition is bridged twice. Make it one row.",
    ),
    "bridge_unknown": Sentence(
        "{name}：对照到不存在的考核项 {items}。请改正编号。",
        "{name} is bridged to unknown items ({items}). Correct the ids.",
    ),
    "bridge_stranger": Sentence(
        "{name} 不是上一版 {former} 的考核项。请改正编号或删去这一行。",
        "{name} is no item of the former edition {former}. Correct the id or delete the row.",
    ),
    "bridge_dropped": Sentence(
        "{name}：停用项不应有对照，其余必须有。请改正关系或本版考核项。",
        "{name}: only dropped items map to none. Correct the relation or the items.",
    ),
    "bridge_many": Sentence(
        "{name}：“相同”和“改写”只能对照一个考核项，“拆分”至少两个。请改正。",
        "{name}: the same or a reworded item maps to one, a split one to at least two. Correct it.",
    ),
    "bridge_renamed": Sentence(
        "{name} 对照为“相同”，却改用了编号 {item}。相同的考核项须保留编号"
        "（整改是否屡犯按编号认定）。请把考核项编号改回 {name}，或对照为“改写”。",
        "{name} is bridged as the same under another id, {item}. The same item keeps its id (what "
        "failed again is known by it). Give it back the id {name}, or call it reworded.",
    ),
    "bridge_incomplete": Sentence(
        "上一版的考核项 {items} 没有对照。请在“对照”页逐一写明相同、改写、拆分或停用。",
        "Items {items} of the former edition are not bridged. Say for each on the bridge page: "
        "same, reworded, split or dropped.",
    ),
    "bridge_changed": Sentence(
        "{name} 对照为“相同”，但 {item} 的{what}与上一版不同。请改为“改写”，或恢复原样。",
        "{name} is bridged as the same, but {what_en} of {item} differ from the former edition. "
        "Call it reworded, or put it back.",
    ),
    "reused": Sentence(
        "编号 {name} 在版本 {edition} 中已是另一考核项（{words}），编号不得改作他用。请另取编号；"
        "若是同一考核项，请在“对照”页写明。",
        "{name} is another item in edition {edition} ({words_en}); an id is never reused. Take a "
        "new id, or bridge it if it is the same item.",
    ),
    "section_reused": Sentence(
        "板块编号 {name} 在版本 {edition} 中已是另一板块（{words}）。"
        "请另取编号，以免两者合成一个指标。",
        "{name} is another section in edition {edition} ({words_en}). Take another id, or the two "
        "would become one metric.",
    ),
}
