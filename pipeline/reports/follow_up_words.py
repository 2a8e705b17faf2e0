"""The sentences of the follow-up kit, in both languages."""

from __future__ import annotations

from typing import Any

WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "letter_title": "关于{period}报送与整改事项的督办函",
        "unreported_title": "{city}{period}未报送名单",
        "ledger_title": "{city}整改台账",
        "subtitle": "{city} · {period} · 截至{day}",
        "issuer": "省行个人金融部",
        "addressee": "{city}：",
        "opening": "现将截至{day}你行辖内网点{period}报表报送和检查发现问题整改情况通知如下，"
        "请督促落实。",
        "rest": "另有{n}项见所附整改台账。",
        "reporting": "报表报送情况",
        "owed": "{period}业绩报表未报{not_reported}份，待更正{pending_correction}份。",
        "all_reported": "{period}业绩报表均已报送。",
        "rectifying": "整改情况",
        "actions": "未销号整改事项{unsettled}项，其中逾期{overdue}项，屡查屡犯{recurring}项，"
        "已回复待省行审核{office}项。",
        "no_actions": "没有未销号的整改事项。",
        "wanted": "工作要求",
        "wanted_reporting": "请于{by}前督促未报网点补报报表，待更正的按退回件批注更正后重报。",
        "wanted_overdue": "逾期整改事项请于{by}前逐项回复整改措施、完成日期并附佐证，"
        "由省行审核销号。",
        "wanted_open": "其余未销号事项请按期限完成，在整改回复表中逐项填报。",
        "wanted_recurring": "屡查屡犯的事项请网点负责人说明原因，由你行现场核实后回复。",
        "owed_table": "未报送与待更正",
        "urgent": "逾期与屡查屡犯事项",
        "ledger_table": "整改台账",
        "not_reported": "未报",
        "pending_correction": "待更正",
        "overdue": "逾期",
        "recurring": "屡查屡犯",
        "and": "、",
        "more": "等（另{n}家）",
        "c_month": "月份",
        "c_code": "网点代码",
        "c_branch": "网点",
        "c_due": "期限",
        "c_status": "情况",
        "c_action": "问题编号",
        "c_item": "考核项",
        "c_severity": "程度",
        "c_owner": "责任岗位",
        "c_round": "轮次",
        "c_issued": "下发日期",
        "c_state": "状态",
        "c_mark": "提示",
        "c_measure": "整改措施",
        "c_evidence": "佐证",
        "c_done": "完成日期",
        "c_closed": "销号日期",
        "chat_head": "【督办】{city}（截至{day}）",
        "chat_not_reported": "{period}报表未报{n}家：{names}。",
        "chat_pending_correction": "{period}报表待更正{n}家：{names}。",
        "chat_actions": "整改未销号{unsettled}项，逾期{overdue}项，屡查屡犯{recurring}项，"
        "待省行审核{office}项。",
        "chat_overdue": "逾期：{names}。",
        "chat_each": "{name}{n}项",
        "chat_wanted": "请于{by}前办理（补报、更正、逐项回复整改），详见督办函和整改台账。",
    },
    "en": {
        "letter_title": "Letter of supervision: reporting and corrective actions, {period}",
        "unreported_title": "{city}: not reported, {period}",
        "ledger_title": "{city}: ledger of corrective actions",
        "subtitle": "{city} · {period} · as of {day}",
        "issuer": "Personal Banking, Provincial Office",
        "addressee": "To {city}:",
        "opening": "This is how reporting for {period} and the correction of defects stood in your "
        "branches on {day}. Please see to what is open.",
        "rest": "In the ledger besides: {n}.",
        "reporting": "Reporting",
        "owed": "Performance sheets for {period}: {not_reported} not reported, "
        "{pending_correction} waiting for correction.",
        "all_reported": "All performance sheets for {period} have come in.",
        "rectifying": "Corrective actions",
        "actions": "Corrective actions not closed: {unsettled}; overdue {overdue}, "
        "recurring {recurring}, answered and waiting for the provincial office {office}.",
        "no_actions": "No corrective action is open.",
        "wanted": "What is to be done",
        "wanted_reporting": "By {by}, have the missing sheets sent, and those to be corrected "
        "mended as marked in the returned copy and sent again.",
        "wanted_overdue": "By {by}, have every overdue action answered with what was done, the "
        "day and the evidence; the provincial office then closes it.",
        "wanted_open": "All other actions are to be done by their due day and answered one by one "
        "on the reply sheet.",
        "wanted_recurring": "For recurring defects the branch head gives the cause, and you check "
        "on the spot before answering.",
        "owed_table": "Not reported or to be corrected",
        "urgent": "Overdue and recurring actions",
        "ledger_table": "Ledger of corrective actions",
        "not_reported": "not reported",
        "pending_correction": "to be corrected",
        "overdue": "overdue",
        "recurring": "recurring",
        "and": ", ",
        "more": " and {n} more",
        "c_month": "Month",
        "c_code": "Code",
        "c_branch": "Branch",
        "c_due": "Due",
        "c_status": "Status",
        "c_action": "Issue id",
        "c_item": "Item",
        "c_severity": "Severity",
        "c_owner": "Post in charge",
        "c_round": "Round",
        "c_issued": "Issued",
        "c_state": "State",
        "c_mark": "Mark",
        "c_measure": "Measure",
        "c_evidence": "Evidence",
        "c_done": "Done",
        "c_closed": "Closed",
        "chat_head": "[Follow-up] {city} (as of {day})",
        "chat_not_reported": "{period}, not reported by {n}: {names}.",
        "chat_pending_correction": "{period}, to be corrected by {n}: {names}.",
        "chat_actions": "Corrective actions: {unsettled} not closed, {overdue} overdue, "
        "{recurring} recurring, {office} with the office.",
        "chat_overdue": "Overdue: {names}.",
        "chat_each": "{name} ({n})",
        "chat_wanted": "Please report and answer by {by}; details are in the letter and ledger.",
    },
}


def word(lang: str, key: str, **slots: Any) -> str:
    """The sentence of `key` with its slots filled."""
    return WORDS[lang][key].format(**slots)
