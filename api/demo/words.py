"""What the demo says, in both languages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The demo's sentences."""

    prologue: str
    stage: str
    port_title: str
    port_broke: str
    config_title: str
    config_broke: str
    mend_title: str
    mend_broke: str
    plan: str
    risk: str
    withheld: str
    ask: str
    refused: str
    for_you: str
    you: str
    approved: str
    verifying: str
    recovered: str
    escalated: str
    ask_person: str
    put_back: str
    voided: str
    audit_title: str
    epilogue: str
    kept: str


_EN = Words(
    prologue=(
        "A small real service runs under a real supervisor, and `medicus run` watches it.\n"
        "It is broken three times. Medicus heals what it may, asks for what it must, and says exactly\n"
        "what a person has to do where only a person can."
    ),
    stage="stage: {folder}, the service on port {port}; everything is removed at the end",
    port_title="Another process takes the service's port",
    port_broke="the service was ended, and a leftover process took its port before it came back",
    config_title="A hasty edit breaks the configuration",
    config_broke="one line of notes.toml lost its closing quote, and the service restarted",
    mend_title="Something that only a person can mend",
    mend_broke="the service's secret was deleted (there is no copy), and the service restarted",
    plan="plan",
    risk="risk",
    withheld="not done by itself",
    ask="Approve this plan? [Y/n]",
    refused="you did not approve: the service stays down, and the demo ends here",
    for_you="(the demo approves for you)",
    you="you",
    approved="approved by {by}",
    verifying="done; now looking again: recovered means three healthy looks in a row",
    recovered="recovered and verified",
    escalated="handed to a person",
    ask_person="Be the person: press Enter to do what it says",
    put_back="the person did just that; Medicus sees it by itself",
    voided="plan dropped",
    audit_title="Everything is on record, and the record is whole",
    epilogue="Three faults in {took:.0f} s: one healed after approval, one healed alone, one explained to a person.",
    kept="The stage is still in {folder}.",
)

_ZH = Words(
    prologue=(
        "一个真实的小服务在真实的进程守护程序下运行，`medicus run` 在旁边看护。\n"
        "它将被真实地破坏三次。Medicus 能自愈的自愈，需要批准的请求批准，\n"
        "只有人能处理的，准确地告诉人该做什么。"
    ),
    stage="舞台：{folder}，服务端口 {port}；结束时全部清除",
    port_title="服务的端口被其他进程占用",
    port_broke="服务被终止，一个残留进程抢先占用了它的端口",
    config_title="匆忙的修改弄坏了配置文件",
    config_broke="notes.toml 有一行少了右引号，服务随后重启",
    mend_title="只有人能处理的故障",
    mend_broke="服务的密钥文件被删除（没有副本），服务随后重启",
    plan="方案",
    risk="风险",
    withheld="不会自动执行",
    ask="批准该方案？[Y/n]",
    refused="你没有批准：服务保持停止，演示到此结束",
    for_you="（演示代你批准）",
    you="你",
    approved="已由 {by} 批准",
    verifying="已执行；正在复查：连续三次健康才算恢复",
    recovered="已恢复并通过验证",
    escalated="已转交人工",
    ask_person="请扮演运维人员：按回车照做",
    put_back="运维人员照做了；Medicus 自行发现",
    voided="方案作废",
    audit_title="一切都有记录，且记录完整",
    epilogue="{took:.0f} 秒内三个故障：一个经批准后修复，一个自动修复，一个准确告知了人。",
    kept="舞台仍保留在 {folder}。",
)


def words(language: str) -> Words:
    """The sentences in a language; English for any other than zh."""
    return _ZH if language == "zh" else _EN
