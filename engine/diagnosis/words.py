"""The words of an explanation, in the two languages that operators read."""

from collections.abc import Mapping
from types import MappingProxyType

from engine.diagnosis.ranking import Note
from engine.diagnosis.seen import NOTHING
from engine.model import Bearing, Text

SHOWS = Text(en="How it shows", zh="表现")
MAY_BE = Text(en="What causes it, most probable first", zh="原因（按概率排序）")
ALSO = Text(en="It also rests on", zh="此外还依据")
CONSEQUENCE = Text(en="A consequence of", zh="这是下列问题的后果")
CONSEQUENCES = Text(en="What follows from it", zh="由此引起的问题")
INHIBITED = Text(en="Nothing is done about it while this holds", zh="以下规则成立期间不采取任何措施")
ESCALATED = Text(en="A person decides while this holds", zh="以下规则成立期间由人工决定")
PROVED = Text(en="proved", zh="已证实")
NOT = Text(en="not so: {}", zh="并非：{}")
ON = Text(en="on", zh="位于")
ASKED = Text(en="asked", zh="条件")
FOR_SECONDS = Text(en=" for {} s", zh="，持续 {} 秒")
IS = Text(en="is {}", zh="为 {}")
ONE_OF = Text(en="one of {}", zh="为 {} 之一")
ABOVE = Text(en="above {}", zh="高于 {}")
BELOW = Text(en="below {}", zh="低于 {}")
CLEARS = Text(en=", clears at {}", zh="，恢复界限 {}")
UNKNOWN_BECAUSE = Text(en="unknown: ", zh="未知：")
NOTHING_OBSERVED = Text(en=NOTHING, zh="没有任何观测")
KNOWLEDGE = Text(en="Knowledge: pack {} {} ({})", zh="知识来源：规则包 {} {}（{}）")
CHANGED = Text(
    en="The pack has changed since; titles are as they are now, the proof is as it was.",
    zh="此后规则包已更改；标题为当前版本，推理过程保持原样。",
)
BEARINGS: Mapping[Bearing, Text] = MappingProxyType(
    {
        Bearing.FOR: Text(en="for", zh="支持"),
        Bearing.AGAINST: Text(en="against", zh="反对"),
        Bearing.MISSING: Text(en="missing", zh="缺失"),
    }
)
NOT_COUNTED = Text(en="not counted", zh="未计入")
NOTES: Mapping[str, Text] = MappingProxyType(
    {
        Note.UNKNOWN: Text(en="", zh=""),
        Note.SAYS_NOTHING: Text(en=Note.SAYS_NOTHING, zh="此结果不说明问题"),
        Note.COUNTED_ALREADY: Text(en=Note.COUNTED_ALREADY, zh="同一状态已由更强的证据计入"),
        Note.CONTRADICTED: Text(en=Note.CONTRADICTED, zh="与同一状态的其他证据矛盾"),
    }
)
