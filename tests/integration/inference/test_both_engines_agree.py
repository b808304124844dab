"""Native and durable-rules conclude the same, with valid proofs, on random packs.

MEDICUS_RANDOM_PACKS=20000 runs more of them than the usual 2,000. A failure names the seed of its pack.
"""

import json
import os
import time

import pytest

from engine.errors import InferenceError
from engine.inference.durable import DurableInference, _Code
from engine.inference.native import NativeInference
from engine.knowledge import Literal, Program, Rule
from engine.model import Fact, Target, Truth
from tests.support.durable import needs_durable
from tests.support.programs import Case, random_case
from tests.support.proofs import check_proof

pytestmark = needs_durable

PACKS = int(os.environ.get("MEDICUS_RANDOM_PACKS", "2000"))
PARTS = 4  # so that several processes can share them
PER_WORKER = 200


def agree(durable: DurableInference, reported: list[InferenceError], case: Case) -> None:
    asked = (case.program, case.targets, case.facts)
    native, other = NativeInference().infer(*asked), durable.infer(*asked)
    assert reported == [], f"seed {case.seed}"
    assert native.truths == other.truths, f"seed {case.seed}"
    assert set(native.proof) == set(other.proof), f"seed {case.seed}"
    try:
        check_proof(*asked, native)
        check_proof(*asked, other)
    except AssertionError as error:
        raise AssertionError(f"seed {case.seed}") from error


def teach(durable: DurableInference, program: Program) -> None:
    """Give a running worker another program, which the product never does: a worker a pack costs too much here."""
    if durable._worker:
        pipe, code = durable._worker[0], _Code(program)
        pipe.ask(json.dumps({"rulesets": code.rulesets}).encode(), 15.0)
        durable._worker = (pipe, code)


@pytest.mark.parametrize("part", range(PARTS))
def test_random_packs(part: int, durable: DurableInference, reported: list[InferenceError]) -> None:
    for seed in range(part, PACKS, PARTS):
        if seed // PARTS % PER_WORKER == 0:
            durable.close()
        # one in twenty is large: up to 300 rules
        case = random_case(seed, rules=300, targets=8) if seed % 20 == part else random_case(seed)
        teach(durable, case.program)
        agree(durable, reported, case)


def test_one_worker_answers_many_inferences_over_one_program(
    durable: DurableInference, reported: list[InferenceError]
) -> None:
    first = random_case(3, rules=60)
    durable.infer(first.program, first.targets, first.facts)
    worker = durable.worker_pid
    for seed in range(200):
        other = random_case(seed, rules=60)
        agree(durable, reported, Case(seed=seed, program=first.program, targets=other.targets, facts=other.facts))
    assert durable.worker_pid == worker is not None


def test_another_program_replaces_the_worker(durable: DurableInference, reported: list[InferenceError]) -> None:
    pids = []
    for seed in (1, 2, 1):
        agree(durable, reported, random_case(seed))
        pids.append(durable.worker_pid)
    assert len(set(pids)) == 3


@pytest.mark.parametrize(
    ("title", "rules", "targets", "true"),
    [
        ("two roles lead to one target", ("x@a x@b",), {"T": {"a": "U", "b": "U"}, "U": {}}, "U.x"),
        ("a target depends on itself", ("x x@a",), {"T": {"a": "T"}}, "T.x"),
        ("a role leads nowhere", ("x@a",), {"T": {"a": "gone"}, "U": {}}, ""),
        ("a rule asks for nothing", ("",), {"T": {}}, ""),
        ("two targets in a ring conclude from each other", ("d@a", "x"), {"T": {"a": "U"}, "U": {"a": "T"}}, "T.x"),
        ("one conclusion of many rules", ("x", "y", "x y", "x y z"), {"T": {}}, "T.x T.y T.z"),
        ("a role with an odd name", ("x@$s", "x@c0"), {"T": {"$s": "U", "c0": "T"}, "U": {}}, "U.x T.x"),
        ("there is no target", ("x",), {}, ""),
    ],
)
def test_what_once_was_hard(
    title: str,
    *,
    rules: tuple[str, ...],
    targets: dict[str, dict[str, str]],
    true: str,
    durable: DurableInference,
    reported: list[InferenceError],
) -> None:
    def literal(word: str) -> Literal:
        name, _, of = word.partition("@")
        return Literal(fact=name, of=of)

    level = tuple(
        Rule(id=f"{title} {number}", kind="k", concludes="d", when=tuple(map(literal, text.split())))
        for number, text in enumerate(rules)
    )
    program = Program(levels=(level,), given={"k": ("x", "y", "z")})
    there = [Target(id=id_, kind="k", parts={}, depends_on=roles) for id_, roles in targets.items()]
    facts = {Fact(target=word[0], name=word[2:]): Truth.TRUE for word in true.split()}
    agree(durable, reported, Case(seed=-1, program=program, targets=there, facts=facts))


def test_hundreds_of_rules_in_one_level_are_cut_into_rulesets_and_still_answer_in_time(
    durable: DurableInference, reported: list[InferenceError]
) -> None:
    chain = tuple(
        Rule(id=f"r{n}", kind="k", concludes=f"x{n}", when=(Literal(fact=f"x{n + 1}"), Literal(fact="g")))
        for n in range(1500)
    )
    program = Program(levels=(chain,), given={"k": ("g", "x1500")})
    facts = {Fact(target="T", name="g"): Truth.TRUE, Fact(target="T", name="x1500"): Truth.TRUE}
    start = time.monotonic()
    agree(durable, reported, Case(seed=-1, program=program, targets=[Target(id="T", kind="k", parts={})], facts=facts))
    assert time.monotonic() - start < 30
