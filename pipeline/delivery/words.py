"""The sentences of mails, in both languages."""

from __future__ import annotations

from typing import Any

WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "greeting": "{name}：",
        "formal": "{period}通报（正式通报，第 {revision} 版）已发布，随信附上：",
        "preview": "{period}数据（预发布，第 {revision} 版）已可核对，随信附上：",
        "file": "　· {file}",
        "check": "请在核对期内核对；有异议的，请在核对期内按考核项提出申诉。",
        "own": "附件只含你处应看到的内容，请勿转发。",
        "proof": "发布内容校验码：{proof}",
        "automatic": "本邮件由明察自动发送。",
        "subject_formal": "【明察】{period}通报 · {name}",
        "subject_preview": "【明察】{period}预发布，请核对 · {name}",
        "subject_reminder": "【明察】请报送{period}业绩报表 · {name}",
        "not_reported": "截至{day}，你处以下月份的业绩报表尚未收到：",
        "pending_correction": "以下月份的报表有数据待更正（退回件已批注原因与改法）：",
        "month": "　· {month}（报送期限 {due}）",
        "ask": "请尽快补报或更正后重报。已报送的请忽略本邮件，或与省行核对。",
        "title": "{document}-{name}-{period}-第{revision}版.{format}",
        "title_whole": "{document}-{period}-第{revision}版.{format}",
    },
    "en": {
        "greeting": "To {name}:",
        "formal": "The circular of {period} (formal, revision {revision}) is published. Attached:",
        "preview": "The figures of {period} (preview, revision {revision}) can be checked now. "
        "Attached:",
        "file": "  - {file}",
        "check": "Please check them within the check period; object to an item by appeal.",
        "own": "The attachments hold what is for you alone; please do not pass them on.",
        "proof": "Content hash of the publication: {proof}",
        "automatic": "Sent by Mingcha automatically.",
        "subject_formal": "[Mingcha] Circular {period} - {name}",
        "subject_preview": "[Mingcha] {period}: preview, please check - {name}",
        "subject_reminder": "[Mingcha] Please report {period} - {name}",
        "not_reported": "By {day} your performance sheets of these months had not come in:",
        "pending_correction": "Sheets of these months wait for correction (the returned copy is "
        "marked with the reason and the cure):",
        "month": "  - {month} (due {due})",
        "ask": "Please report, or correct and send again. If you have, ignore this or ask the "
        "provincial office.",
        "title": "{document}-{name}-{period}-r{revision}.{format}",
        "title_whole": "{document}-{period}-r{revision}.{format}",
    },
}


def word(lang: str, key: str, **slots: Any) -> str:
    """The sentence of `key` with its slots filled."""
    return WORDS[lang][key].format(**slots)
