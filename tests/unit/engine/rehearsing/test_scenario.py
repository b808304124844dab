"""A scenario says what is so at which moment, and is believed only when it is."""

import pytest

from engine.errors import TextError
from engine.rehearsing.expectations import Difference, Differs
from engine.rehearsing.scenario import Scenario, differences
from engine.rehearsing.scenario_text import parse_scenarios
from tests.support.chain import chain
from tests.support.vocabulary import PROBES

PACK = chain()
STORY = """\
format: 1
scenarios:
  - name: a disk that goes takes the store with it, and the store the app
    targets:
      - {id: shop, kind: app, depends_on: {store: db}}
      - {id: db, kind: store, depends_on: {disk: sda}}
      - {id: sda, kind: disk}
    series:
      sda: {file.exists: [true x5, false x10, true]}
      db: {port.listening: "true x6, false x10, true", process.state: running}
      shop:
        health.answer: ok x7, refused x12, ok
    expect:
"""


def scenarios(text: str) -> tuple[Scenario, ...]:
    return parse_scenarios(text, "story.yaml", [PACK], PROBES)


def wrong(expect: str, story: str = STORY) -> tuple[Difference, ...]:
    """What differs when these are the expectations of the story."""
    (scenario,) = scenarios(story + "".join(f"      {line}\n" for line in expect.splitlines()))
    return differences([PACK], scenario)


HOLDS = """\
- {at: 4s, problems: []}
- at: 5s
  problems: [{problem: disk.down, target: sda, first: disk.unmounted, at_least: 0.9, consequence_of: none}]
  facts: {db: {store.down: false}, shop: {app.down: false}}
- at: 8s
  problems:
    - {problem: disk.down, target: sda, severity: P1}
    - {problem: store.down, target: db, first: store.because-of-disk, at_least: 0.9, consequence_of: disk.down@sda}
- at: 10s
  problems:
    - {problem: disk.down, target: sda}
    - {problem: store.down, target: db, consequence_of: disk.down@sda}
    - {problem: app.down, target: shop, first: app.because-of-store, severity: P0, consequence_of: disk.down@sda}
- at: 15s
  problems:
    - {problem: store.down, target: db, consequence_of: none}
    - {problem: app.down, target: shop, consequence_of: store.down@db}
- at: 16s
  problems: [{problem: app.down, target: shop, first: none-of-these, consequence_of: none}]
- {at: 19s, problems: [], facts: {shop: {"recovered app.down": true}, sda: {disk.down: false}}}
"""


def test_a_chain_of_problems_is_followed_as_it_grows_and_as_it_ends() -> None:
    assert wrong(HOLDS) == ()


@pytest.mark.parametrize(
    ("expect", "kind", "expected", "got"),
    [
        ("- {at: 5s, problems: []}", Differs.UNEXPECTED, "no such problem", "disk.unmounted at 0.998"),
        (
            "- {at: 4s, problems: [{problem: disk.down, target: sda, first: disk.unmounted}]}",
            Differs.MISSING,
            "disk.unmounted",
            "no such problem",
        ),
        (
            "- {at: 5s, problems: [{problem: disk.down, target: sda, first: none-of-these, at_least: 0.5}]}",
            Differs.CAUSE,
            "none-of-these at 0.500 or more",
            "disk.unmounted at 0.998, none-of-these at 0.002",
        ),
        (
            "- {at: 5s, problems: [{problem: disk.down, target: sda, first: disk.unmounted, at_least: 1}]}",
            Differs.PROBABILITY,
            "disk.unmounted at 1.000 or more",
            "disk.unmounted at 0.998, none-of-these at 0.002",
        ),
        (
            "- {at: 5s, problems: [{problem: disk.down, target: sda, severity: P0}]}",
            Differs.SEVERITY,
            "P0",
            "P2",
        ),
        (
            "- {at: 5s, problems: [{problem: disk.down, target: sda, consequence_of: store.down@db}]}",
            Differs.CONSEQUENCE,
            "a consequence of store.down@db",
            "no consequence of another problem",
        ),
        (
            "- {at: 8s, problems: [{problem: store.down, target: db, consequence_of: none}, *disk]}".replace(
                "*disk", "{problem: disk.down, target: sda}"
            ),
            Differs.CONSEQUENCE,
            "no consequence of another problem",
            "a consequence of disk.down@sda",
        ),
        ("- {at: 5s, facts: {sda: {disk.shows: false}}}", Differs.FACT, "false", "true"),
        ("- {at: 5s, facts: {db: {process.state is stopped: unknown}}}", Differs.FACT, "unknown", "false"),
    ],
)
def test_whatever_differs_is_told_with_what_was_expected_and_what_came(
    expect: str, kind: Differs, expected: str, got: str
) -> None:
    (found,) = wrong(expect)
    assert (found.kind, found.expected, found.got) == (kind, expected, got)
    assert found.after == int(expect[7])


def test_a_missing_problem_comes_with_what_was_seen_of_its_symptoms() -> None:
    (found,) = wrong("- {at: 4s, problems: [{problem: disk.down, target: sda}]}")
    assert found.seen == ("It shows on the disk: false (file.exists = true at 08:00:04 UTC)",)


def test_another_cause_comes_with_the_evidence_of_both() -> None:
    (found,) = wrong("- {at: 5s, problems: [{problem: disk.down, target: sda, first: none-of-these}]}")
    assert [one.id for one in found.causes] == ["disk.unmounted", "none-of-these"]
    (evidence,) = found.causes[0].evidence
    assert (evidence.ratio, evidence.title.en) == (1000.0, "unmounted is seen")
    assert evidence.seen == "file.exists = false at 08:00:05 UTC"


def test_without_problems_only_the_facts_are_compared() -> None:
    assert wrong("- {at: 5s, facts: {sda: {disk.shows: true}}}") == ()


def test_the_moments_may_lie_between_two_looks_and_come_in_any_order() -> None:
    swapped = "- {at: 7999ms, facts: {db: {store.down: false}}}\n- {at: 4500ms, problems: []}"
    assert wrong(swapped) == ()
    assert wrong("- {at: 8s, facts: {db: {store.down: true}}}") == ()


def test_one_target_need_not_be_named_and_a_detail_comes_with_its_value() -> None:
    text = """\
format: 1
scenarios:
  - name: one
    interval: 500ms
    targets: [{id: sda, kind: disk}]
    series: {sda: {file.exists: [{at: 1s, value: false, detail: no such device}, {at: 2s, unknown: busy}]}}
    expect:
      - {at: 500ms, problems: [], facts: {sda: {disk.down: unknown}}}
      - {at: 1500ms, problems: [{problem: disk.down, first: none-of-these}]}
      - {at: 2s, problems: [{problem: disk.down}]}
"""
    (scenario,) = scenarios(text)
    cause, gone = differences([PACK], scenario)
    assert cause.causes[0].evidence[0].seen == "file.exists = false (no such device) at 08:00:01 UTC"
    assert gone.seen == ("It shows on the disk: unknown (unknown: file.exists: busy at 08:00:02 UTC)",)


SHORT = """\
format: 1
scenarios:
  - name: looks that are no binary fractions apart
    interval: 100ms
    targets: [{id: sda, kind: disk}, {id: shop, kind: app}]
    series: {sda: {file.exists: [true x3, false]}, shop: {health.duration: [1 x2, 2.5]}}
    expect:
      - {at: 200ms, problems: []}
      - {at: 300ms, problems: [{problem: disk.down, target: sda}]}
"""


def test_a_look_is_made_in_time_whatever_the_fraction_of_a_second() -> None:
    (scenario,) = scenarios(SHORT)
    assert differences([PACK], scenario) == ()


def test_a_whole_number_of_what_is_measured_is_a_measure() -> None:
    (scenario,) = scenarios(SHORT)
    samples = scenario.series["shop", "health.duration"].samples
    assert [(type(one.value), one.value) for one in samples] == [(float, 1.0), (float, 2.5)]


BROKEN = """\
format: 1
scenarios:
  - name: first
    intervall: 1s
    targets:
      - {id: shop, kind: app, depends_on: {stor: db, store: sda}}
      - {id: sda, kind: dis}
      - {id: sda, kind: disk}
      - {id: lone, kind: store, depends_on: {disk: nobody}}
    series:
      lone: {port.listenin: true, port.listening: 1, process.state: "runing x2, fatal", process.pid: 1.5}
      shop: {health.answer: {at: 1s}, health.status: [{at: 2s, value: 200}, {at: 1s, value: 404}, {at: 3s}]}
      nobody: {}
      sda: {file.exists: true x2, false x3}
    expect:
      - {at: 1, problems: []}
      - {at: 1s}
      - at: 2s
        problems:
          - {problem: app.down}
          - {problem: app.downn, target: shop}
          - {problem: app.down, target: shop, first: app.slo, consequence_of: store.down@nobody}
          - {problem: app.down, target: shop, at_least: 0.5, consequence_of: store.up@lone}
        facts: {shop: {app.dwn: true, app.down: 1}, nobody: {x: true}}
  - name: first
    interval: 100ms
    targets: [{id: sda, kind: disk}]
    series: {sda: {file.exists: "true x100001, false"}}
    expect: [{at: 3h, problems: []}]
  - nme: second
"""
MISTAKES = [
    (4, 5, "unknown key 'intervall' (did you mean 'interval'?)"),
    (6, 44, "kind 'app' has no role 'stor' (did you mean 'store'?)"),
    (6, 61, "the role 'store' is for a 'store', not a 'disk'"),
    (7, 25, "no pack knows the kind 'dis' (did you mean 'disk'?)"),
    (8, 14, "another target of the scenario is 'sda' already"),
    (9, 52, "the scenario has no target 'nobody' (known: lone, sda, shop)"),
    (11, 14, "nothing of kind 'store' is read as 'port.listenin' (did you mean 'port.listening'?)"),
    (11, 51, "port.listening should be true or false, not 1"),
    (11, 69, "process.state should be one of stopped, starting, running, backoff, stopping, ex"),
    (11, 102, "process.pid should be a whole number, not 1.5"),
    (12, 29, "should be a value, values in short ('running x5, fatal'), or a list of {at, value}"),
    (12, 82, "should be later than the one before it"),
    (12, 99, "needs exactly one of 'value', 'unknown' (with the reason) and 'nothing: true'"),
    (13, 7, "the scenario has no target 'nobody' (known: lone, sda, shop)"),
    (14, 35, "nothing of kind 'disk' is read as 'false x3' (put values with commas between the"),
    (16, 14, "should be a duration such as 500ms, 10s, 10m, 2h or 1d, not 1"),
    (17, 9, "asks for nothing: give 'problems' ([] for none), 'facts' or both"),
    (20, 13, "which 'target' has this problem? there are several (known: lone, sda, shop)"),
    (21, 23, "kind 'app' has no problem 'app.downn' (did you mean 'app.down'?)"),
    (22, 54, "'app.down' has no cause 'app.slo' (did you mean 'app.slow'?)"),
    (22, 79, "the scenario has no target 'nobody' (known: lone, sda, shop)"),
    (23, 13, "app.down@shop is expected already"),
    (23, 57, "the least probability of which cause? name it with 'first'"),
    (23, 78, "kind 'store' has no problem 'store.up' (did you mean 'store.down'?)"),
    (24, 24, "kind 'app' has no fact 'app.dwn' (did you mean 'app.down'?)"),
    (24, 49, "should be true, false or unknown, not 1"),
    (24, 53, "the scenario has no target 'nobody' (known: lone, sda, shop)"),
    (25, 11, "another scenario of this file has this name"),
    (26, 15, "there would be more than 100000 looks until the last expectation"),
    (28, 33, "is longer than 100000 looks"),
]


def test_every_mistake_is_told_at_once_with_its_place() -> None:
    with pytest.raises(TextError) as error:
        scenarios(BROKEN)
    found = [(one.line, one.column, str(one).partition(": ")[2]) for one in error.value.mistakes if one.line < 30]
    assert [place for *place, _ in found] == [place for *place, _ in MISTAKES]
    assert [
        (said, wanted) for (*_, said), (*_, wanted) in zip(found, MISTAKES, strict=True) if wanted not in said
    ] == []
    assert {str(one).partition(": ")[2] for one in error.value.mistakes if one.line >= 30} >= {"'name' is missing"}


@pytest.mark.parametrize(
    "text", ["", "format: 1\n", "format: 1\nscenarios: []\n", "format: 2\nscenarios: [{}]\n", "a: ["]
)
def test_a_file_without_a_scenario_is_refused(text: str) -> None:
    with pytest.raises(TextError, match=r"story\.yaml:"):
        scenarios(text)
