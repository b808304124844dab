"""A pack with a chain: an app needs a store, and a store needs a disk; each is down when the next one is."""

from engine.inference.levels import problems_of, stratify
from engine.knowledge import Pack
from engine.rulebase.loader import parse_pack
from tests.support.vocabulary import ACTIONS, PROBES

HEAD = """\
format: 1
pack: chain
version: 1.0.0
title: {en: A chain, zh: 链}
kinds:
  app: {parts: {health: http}, roles: {store: store}}
  store: {parts: {port: port, process: process}, roles: {disk: disk}}
  disk: {parts: {file: file}}
problems:
"""
PROBLEM = """\
  - id: {kind}.down
    kind: {kind}
    title: {{en: The {kind} is down, zh: 故障}}
    severity: {severity}
    class: {{type: service, kind: application-down}}
    symptoms: [{{id: {kind}.shows, title: {{en: It shows on the {kind}, zh: 表现}}, when: {shows}}}]
    recovered: {{when: {well}}}
    causes:
{causes}"""
OTHER = """\
      - {{id: {kind}.because-of-{role}, title: {{en: Its {role} is down, zh: 依赖}}, likelihood: common,
         problem: {role}.down, of: {role}, because: {{en: it needs it, zh: 需要}}}}
"""
OWN = """\
      - id: {kind}.{name}
        title: {{en: "{name}", zh: 原因}}
        likelihood: occasional
        because: {{en: so it is, zh: 如此}}
        evidence: [{{{evidence}, strength: proves, if_false: strong, title: {{en: "{name} is seen", zh: 证据}}}}]
        remedies: [{{id: {remedy}, title: {{en: mend it, zh: 修}}, instruction: {{en: "mend {{target.id}}", zh: 修}}}}]
"""

TEXT = (
    HEAD
    + PROBLEM.format(
        kind="app",
        severity="P0",
        shows="{observe: health.answer, one_of: [refused, timeout], for: 3s}",
        well="{observe: health.answer, is: ok}",
        causes=OTHER.format(kind="app", role="store")
        + OWN.format(kind="app", name="slow", evidence="observe: health.answer, is: timeout", remedy="wait"),
    )
    + PROBLEM.format(
        kind="store",
        severity="P1",
        shows="{observe: port.listening, is: false, for: 2s}",
        well="{observe: port.listening, is: true}",
        causes=OTHER.format(kind="store", role="disk")
        + OWN.format(kind="store", name="stopped", evidence="observe: process.state, is: stopped", remedy="start"),
    )
    + PROBLEM.format(
        kind="disk",
        severity="P2",
        shows="{observe: file.exists, is: false}",
        well="{observe: file.exists, is: true}",
        causes=OWN.format(kind="disk", name="unmounted", evidence="observe: file.exists, is: false", remedy="mount"),
    )
)


def chain(text: str = TEXT) -> Pack:
    return parse_pack(text, "chain.yaml", probes=PROBES, actions=ACTIONS, stratify=stratify, defects=problems_of)
