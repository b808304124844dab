"""The native engine is never wrong about any world that the known facts allow."""

from collections.abc import Iterator

from engine.inference.native import NativeInference
from engine.knowledge import Literal, Program, Rule
from engine.model import Fact, Target, Truth
from tests.support.fillings import derivable, every_filling, unknowns
from tests.support.programs import Case, random_case
from tests.support.proofs import check_proof


def small_cases(wanted: int) -> Iterator[Case]:
    seed = 0
    while wanted:
        case = random_case(seed, rules=10, names=9, targets=3)
        seed += 1
        if 0 < len(unknowns(case.program, case.targets, case.facts)) <= 7:
            wanted -= 1
            yield case


def without_negation(program: Program) -> Program:
    def positive(rule: Rule) -> Rule:
        when = tuple(Literal(fact=one.fact, of=one.of) for one in rule.when)
        return Rule(id=rule.id, kind=rule.kind, concludes=rule.concludes, when=when)

    return Program(levels=tuple(tuple(map(positive, level)) for level in program.levels), given=program.given)


def test_what_is_called_true_is_true_and_what_is_called_false_is_false_in_every_filling() -> None:
    exact = open_ = 0
    for case in small_cases(400):
        said = NativeInference().infer(case.program, case.targets, case.facts)
        check_proof(case.program, case.targets, case.facts, said)
        fillings = list(every_filling(case.program, case.targets, case.facts))
        for fact in derivable(case.program, case.targets):
            worlds = {filling[fact] for filling in fillings}
            truth = said.truth(fact)
            if truth is Truth.UNKNOWN:
                open_ += 1
                exact += len(worlds) == 2
            else:
                assert worlds == {truth is Truth.TRUE}, (case.seed, fact, truth)
    assert exact / open_ > 0.5, "unknown is mostly said because it is so, not out of caution"


def test_without_negation_the_answer_is_exact() -> None:
    for case in small_cases(200):
        program = without_negation(case.program)
        said = NativeInference().infer(program, case.targets, case.facts)
        if len(unknowns(program, case.targets, case.facts)) > 7:
            continue
        fillings = list(every_filling(program, case.targets, case.facts))
        for fact in derivable(program, case.targets):
            worlds = {filling[fact] for filling in fillings}
            expected = Truth.UNKNOWN if len(worlds) == 2 else Truth.of(True in worlds)
            assert said.truth(fact) is expected, (case.seed, fact)


def test_one_body_of_two_unknown_facts_is_judged_cautiously() -> None:
    """`d` holds whether x is true or false, but each rule on its own is unknown, and so is `d`."""
    rules = (
        Rule(id="r.yes", kind="app", concludes="d", when=(Literal(fact="x"),)),
        Rule(id="r.no", kind="app", concludes="d", when=(Literal(fact="x", negated=True),)),
    )
    target = Target(id="a", kind="app", parts={})
    said = NativeInference().infer(Program(levels=(rules,), given={"app": ("x",)}), [target], {})
    assert said.truth(Fact(target="a", name="d")) is Truth.UNKNOWN
