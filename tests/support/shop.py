"""A small hand-made world: a shop that depends on a database, and a pack that knows both."""

from collections.abc import Mapping

from engine.knowledge import (
    Cause,
    Detector,
    Evidence,
    FaultClass,
    Likelihood,
    Literal,
    OneOf,
    Pack,
    Problem,
    Program,
    Recovery,
    Rule,
    Strength,
    Symptom,
)
from engine.model import (
    CauseId,
    Conclusions,
    Digest,
    Fact,
    FactName,
    Firing,
    Instant,
    Observation,
    ProblemId,
    Scalar,
    Severity,
    Target,
    TargetId,
    Text,
    Truth,
    Unknown,
)

NOON: Instant = 1_800_014_400.0
SHOP, DATABASE = TargetId("shop"), TargetId("orders-db")
DOWN, UNREACHABLE, CONNECTS = FactName("shop-down"), FactName("db-unreachable"), FactName("db-accepts")
SILENT, FULL, TAKEN = FactName("shop-silent"), FactName("disk-full"), FactName("port-taken")
TARGETS = (
    Target(id=SHOP, kind="app", parts={}, depends_on={"database": DATABASE}),
    Target(id=DATABASE, kind="database", parts={}),
)


def text(en: str) -> Text:
    return Text(en=en, zh=f"{en}(zh)")


def evidence(
    fact: FactName, strength: Strength = Strength.PROVES, *, of: str = "", if_false: Strength | None = None
) -> Evidence:
    literal = Literal(fact=fact, of=of)
    return Evidence(literal=literal, title=text(f"It is so: {fact}"), sees=fact, strength=strength, if_false=if_false)


def cause(name: str, *items: Evidence, problem: str = "", of: str = "") -> Cause:
    return Cause(
        id=CauseId(name),
        title=text(f"The cause {name}"),
        likelihood=Likelihood.COMMON,
        evidence=items,
        because=text("because"),
        problem=ProblemId(problem) if problem else None,
        of=of,
    )


def problem(name: str, kind: str, fact: FactName, *causes: Cause, severity: Severity = Severity.P1) -> Problem:
    return Problem(
        id=ProblemId(name),
        kind=kind,
        title=text(f"The problem {name}"),
        severity=severity,
        fault=FaultClass(type="service", kind="down"),
        fact=fact,
        symptoms=(Symptom(id=f"{name}.shows", title=text(f"It shows: {name}"), fact=fact),),
        causes=causes,
        recovery=Recovery(fact=FactName("well")),
    )


def detector(fact: FactName, kind: str, observe: str, value: Scalar, hold: float = 0.0) -> Detector:
    return Detector(fact=fact, kind=kind, observe=observe, test=OneOf(values=(value,)), hold=hold, expires=60)


DATABASE_FAULT = cause("db.unreachable", evidence(UNREACHABLE, of="database"), problem="db.unreachable", of="database")
PORT_TAKEN = cause("shop.port-taken", evidence(TAKEN, if_false=Strength.PROVES))
DISK_FULL = cause("db.disk-full", evidence(FULL, Strength.STRONG))


def pack(*problems: Problem) -> Pack:
    """The pack with these problems: the shop is down when it is silent, the database when it accepts nothing."""
    rules = (
        Rule(id="shop-down", kind="app", concludes=DOWN, when=(Literal(fact=SILENT),)),
        Rule(id="db", kind="database", concludes=UNREACHABLE, when=(Literal(fact=CONNECTS, negated=True),)),
    )
    return Pack(
        id="shop",
        version="1.2.0",
        digest=Digest("0123456789abcdef"),
        title=text("Shop"),
        parts={},
        detectors=(
            detector(SILENT, "app", "http.answer", "refused", hold=5),
            detector(TAKEN, "app", "port.owner", "other"),
            detector(CONNECTS, "database", "connect.accepts", value=True),
            detector(FULL, "database", "disk.state", "full"),
        ),
        program=Program(levels=(rules,), given={"app": (SILENT, TAKEN), "database": (CONNECTS, FULL)}),
        problems=problems
        or (
            problem("shop.down", "app", DOWN, PORT_TAKEN, DATABASE_FAULT, severity=Severity.P0),
            problem("db.unreachable", "database", UNREACHABLE, DISK_FULL),
        ),
        examples=(),
        titles={SILENT: text("Nobody answers"), CONNECTS: text("The database accepts connections")},
    )


def concluded(**truths: bool | None) -> Conclusions:
    """Facts of the shop and its database by name (`_` for `-`); None is unknown. The rules above are applied."""
    where = {DOWN: SHOP, SILENT: SHOP, TAKEN: SHOP, UNREACHABLE: DATABASE, CONNECTS: DATABASE, FULL: DATABASE}
    known = {
        FactName(name.replace("_", "-")): Truth.UNKNOWN if v is None else Truth.of(v) for name, v in truths.items()
    }
    known.setdefault(DOWN, known.get(SILENT, Truth.UNKNOWN))
    known.setdefault(UNREACHABLE, known.get(CONNECTS, Truth.UNKNOWN).negated())
    facts: Mapping[FactName, Fact] = {name: Fact(target=where[name], name=name) for name in where}
    proof = []
    if known[DOWN] is Truth.TRUE:
        proof.append(Firing(rule="shop-down", concluded=facts[DOWN], used=(facts[SILENT],)))
    if known[UNREACHABLE] is Truth.TRUE:
        proof.append(Firing(rule="db", concluded=facts[UNREACHABLE], used=(), absent=(facts[CONNECTS],)))
    return Conclusions(truths={facts[name]: truth for name, truth in known.items()}, proof=tuple(proof))


def observed(**values: Scalar | Unknown) -> Mapping[tuple[TargetId, str], Observation]:
    """Observations at noon: `http_answer="refused"`; those of connect and disk are the database's."""
    made = {}
    for name, value in values.items():
        target = DATABASE if name.startswith(("connect", "disk")) else SHOP
        one = Observation(target=target, name=name.replace("_", "."), value=value, at=NOON)
        made[target, one.name] = one
    return made
