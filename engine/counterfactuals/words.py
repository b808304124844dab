"""The words of WHY NOT and WHAT IF, in the two languages that operators read."""

from collections.abc import Mapping
from types import MappingProxyType

from engine.model import Text, Truth

TRUTHS: Mapping[Truth, Text] = MappingProxyType(
    {
        Truth.TRUE: Text(en="true", zh="成立"),
        Truth.FALSE: Text(en="false", zh="不成立"),
        Truth.UNKNOWN: Text(en="unknown", zh="未知"),
    }
)
STATES = Text(en="{}: {}", zh="{}：{}")
ON = Text(en="{} (on {})", zh="{}（位于 {}）")
NEVER_OBSERVED = Text(en="{}: never observed", zh="{}：从未观测")
BY_RULE = Text(en="by the rule {}", zh="按规则 {}")
THEREFORE = Text(en="{} (by the rule {})", zh="{}（按规则 {}）")
NOBODY = Text(en="{} has no {}, about which the rule {} asks", zh="{} 没有 {}，而规则 {} 要用到它")

WHY_NOT = Text(en="Why not: {}", zh="为何没有：{}")
WHY = Text(en="Why: {}", zh="为何有：{}")
WHY_NOT_CAUSE = Text(en="Why is this not the first cause of “{}”: {}", zh="“{}”的首要原因为何不是：{}")
WHY_NOT_PROBABLE = Text(en="Why is this cause of “{}” not as probable as {}: {}", zh="“{}”的这个原因为何不到 {}：{}")
AS_IT_IS = Text(en="As it is", zh="现状")
CHANGES = Text(en="The least that would have to be different: {} observation(s)", zh="最少需要 {} 项观测不同")
ALREADY = Text(en="It is so already", zh="已经如此")
LASTING = Text(en="It is so once what is seen has lasted {} s", zh="当前观测持续满 {} 秒即如此")
IMPOSSIBLE = Text(en="It cannot be so, whatever is observed", zh="无论观测到什么，都不会如此")
NOT_FOUND = Text(
    en="Nothing was found among the first {} possibilities, which does not mean that there is nothing",
    zh="在前 {} 种可能中没有找到，但不代表不存在",
)
THEN = Text(en="Then", zh="于是")

NEEDED = Text(en="{} would have to be {}", zh="{} 须{}")
FOR_SECONDS = Text(en="{} for {} s", zh="{}，持续 {} 秒")
IS_NOW = Text(en="{}; it is {} now", zh="{}；当前为 {}")
UNSEEN_NOW = Text(en="{}; it is unknown now: {}", zh="{}；当前未知：{}")
FOR_EXAMPLE = Text(en="{}; {} would do", zh="{}；例如 {}")
AND = Text(en=" and ", zh="，且")
IS = Text(en="{}", zh="为 {}")
IS_NOT = Text(en="anything but {}", zh="不为 {}")
ONE_OF = Text(en="one of {}", zh="为 {} 之一")
NONE_OF = Text(en="none of {}", zh="不为 {} 中的任何一个")
ABOVE = Text(en="above {}", zh="高于 {}")
AT_MOST = Text(en="at most {}", zh="不高于 {}")
BELOW = Text(en="below {}", zh="低于 {}")
AT_LEAST = Text(en="at least {}", zh="不低于 {}")
UNKNOWN = Text(en="unknown", zh="未知")

STANDS = Text(en="place {} of {}: {}", zh="第 {} 位（共 {} 个）：{}")
FIRST_IS = Text(en="first is: {}", zh="首位是：{}")
SHOWS_NOT = Text(en="The problem does not show", zh="目前没有出现该问题")
AT_BEST = Text(en="At best it would have {}", zh="最多可达 {}")

NEVER_SEEN = Text(en="nothing that {} may be makes it {}: {}", zh="{} 的任何取值都不会使其{}：{}")
CLASH = Text(en="{} cannot be at once {}", zh="{} 不能同时：{}")
UNTOLD = Text(en="nothing tells: {}", zh="没有任何依据可判断：{}")
CIRCLE = Text(en="the rule {} would rest on its own conclusion: {}", zh="规则 {} 须依赖它自己的结论：{}")
OPPOSED = Text(en="it would have to be true and false at once: {}", zh="须同时成立又不成立：{}")
ALWAYS = Text(en="the rule {} asks for nothing, so it is always so: {}", zh="规则 {} 没有条件，所以总是成立：{}")

WHAT_IF = Text(en="What if", zh="假如")
SUPPOSED = Text(en="{} were {}", zh="{} 为 {}")
NOW = Text(en="it is {} now", zh="当前为 {}")
UNSEEN = Text(en="it is unknown now: {}", zh="当前未知：{}")
NEVER = Text(en="it was never observed", zh="从未观测")
SAME = Text(en="Nothing would be different", zh="不会有任何不同")
AFTER = Text(en="All of this is so after {} s", zh="{} 秒后全部如此")
PROBLEMS = Text(en="Problems", zh="问题")
APPEARS = Text(en="appears: {}", zh="出现：{}")
VANISHES = Text(en="vanishes: {}", zh="消失：{}")
STAYS = Text(en="stays: {}", zh="仍在：{}")
FACTS = Text(en="Facts", zh="事实")
FROM_TO = Text(en="{}: {} -> {}", zh="{}：{} -> {}")
REMEDY = Text(en="first remedy", zh="首选修复")
ROOT = Text(en="a consequence of", zh="起因")
NONE = Text(en="none", zh="无")
