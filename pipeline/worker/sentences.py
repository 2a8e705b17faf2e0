"""What the worker says when it could not do a job."""

from __future__ import annotations

from pipeline.faults import Fault
from pipeline.internal_error import recorded

DIED_AGAIN = Fault(
    "处理这批文件时工作进程接连中断，已停止重试，没有继续处理。请分成小批再报送；"
    "如仍中断，请联系系统管理员。",
    "The worker broke off repeatedly over this job and it is not tried again. Send the files in "
    "smaller batches; if that breaks off too, tell the administrator.",
)


def sentence(error: BaseException) -> Fault:
    """Whatever went wrong, as a sentence with its exit status; details of our own go to a log."""
    if isinstance(error, Fault):
        return error
    if isinstance(error, OSError):
        said = f"{error.strerror or error}: {error.filename or ''}".strip(": ")
        return Fault(f"环境错误：{said}", f"Environment error: {said}")
    log = recorded(error)
    return Fault(
        f"程序内部错误，已接收的数据不受影响；详情记在 {log}，请交系统管理员。",
        f"Internal error; what was accepted is safe. Details for the administrator: {log}",
    )
