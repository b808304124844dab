"""The first line of a recording: which packs were on, which targets were looked at, and what was said of it then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from engine.canonical import canonical_text
from engine.errors import Mistake, TextError
from engine.knowledge import Pack
from engine.model import (
    CauseId,
    Diagnosis,
    Digest,
    IncidentId,
    Instant,
    ProblemId,
    ProblemRef,
    Severity,
    Target,
    TargetId,
)
from engine.params import complaints
from engine.rehearsing.observables import LONGEST_TEXT, is_plain
from engine.rulebase.shape import AnyScalar, Shape, Share

FORMAT = 1
LATEST: Instant = 253_402_300_799.0
"""The end of the year 9999: no clock tells a later time."""
KIND: Literal["medicus-recording"] = "medicus-recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackName:
    """Which pack it was, down to its text."""

    id: str
    version: str
    digest: Digest

    @staticmethod
    def of(pack: Pack) -> "PackName":
        """The name of a pack."""
        return PackName(id=pack.id, version=pack.version, digest=pack.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A diagnosis as it was told: every cause with its probability, most probable first.

    `follows` is the problem that it directly follows from; None for a root.
    """

    ref: ProblemRef
    severity: Severity
    causes: tuple[tuple[CauseId, float], ...]
    follows: ProblemRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a recording says of itself.

    `still` says that its observations are one moment that had lasted. It ends with its last observation, or at `until`
    when that is later. `told` is what was diagnosed at its end, `failed` the remedies that had not helped by then; an
    `incident` names where both come from.
    """

    packs: tuple[PackName, ...]
    targets: tuple[Target, ...]
    still: bool = False
    until: Instant | None = None
    incident: IncidentId | None = None
    told: tuple[Told, ...] = ()
    failed: Mapping[ProblemRef, Sequence[tuple[CauseId, float]]] = field(default_factory=dict)


def told(diagnosis: Diagnosis) -> Told:
    """A diagnosis in short; of a chain of problems only the next link, for no more follows from what it rests on."""
    return Told(
        ref=diagnosis.ref,
        severity=diagnosis.severity,
        causes=tuple((one.id, one.probability) for one in diagnosis.causes),
        follows=diagnosis.causes[0].problem if diagnosis.consequence_of else None,
    )


def written(header: Header) -> str:
    """The line of a header, without its end; equal headers have equal lines."""
    content: dict[str, object] = {
        "format": FORMAT,
        "kind": KIND,
        "packs": header.packs,
        "targets": header.targets,
        "still": header.still,
        "until": header.until,
        "incident": header.incident,
        "told": [
            {
                "target": one.ref.target,
                "problem": one.ref.problem,
                "severity": one.severity,
                "causes": [{"id": cause, "probability": share} for cause, share in one.causes],
                "follows": one.follows,
            }
            for one in header.told
        ],
        "failed": [
            {"target": ref.target, "problem": ref.problem, "cause": cause, "fixes": fixes}
            for ref, tried in sorted(header.failed.items())
            for cause, fixes in tried
        ],
    }
    return canonical_text({name: value for name, value in content.items() if value or name in _ALWAYS})


def read(line: str, file: str) -> Header:
    """The header in a line; TextError with everything that is wrong with it."""
    try:
        shape = HeaderShape.model_validate_json(line, strict=True)
    except ValidationError as error:
        raise TextError(
            tuple(
                Mistake(file=file, line=1, column=1, message=f"{_where(one.place)}{one.message}", hint=one.hint)
                for one in complaints(error, HeaderShape)
            )
        ) from error
    ids = [one.id for one in shape.targets]
    twice = sorted({one for one in ids if ids.count(one) > 1}) if len(set(ids)) < len(ids) else []
    if twice:
        raise TextError((Mistake(file=file, line=1, column=1, message=f"the target {twice[0]} is there twice"),))
    return _header(shape)


_ALWAYS = {"format", "kind", "packs", "targets"}
_MOST_TARGETS = 10_000


def _plain(text: str) -> str:
    if not text or not is_plain(text):
        raise ValueError(f"should be printable text of 1 to {LONGEST_TEXT} characters")
    return text


Line = Annotated[str, AfterValidator(_plain)]


class PackShape(Shape):
    """A pack that was on."""

    id: Line
    version: Line
    digest: Line


class RecordedTarget(Shape):
    """A target with the settings that remedies may name."""

    id: Line
    kind: Line
    parts: dict[Line, dict[Line, AnyScalar]] = Field(default_factory=dict)
    depends_on: dict[Line, Line] = Field(default_factory=dict)
    keep_running: bool = False
    stoppable: bool = False


class ShareShape(Shape):
    """A cause and its probability."""

    id: Line
    probability: Share


class RefShape(Shape):
    """A problem on a target."""

    target: Line
    problem: Line


class ToldShape(RefShape):
    """A diagnosis as it was told."""

    severity: Severity
    causes: Annotated[tuple[ShareShape, ...], Field(min_length=1)]
    follows: RefShape | None = None


class FailedShape(RefShape):
    """A remedy that had not helped: its cause, and how probably it would have."""

    cause: Line
    fixes: Share


class HeaderShape(Shape):
    """The first line of a recording."""

    format: Literal[1]
    kind: Annotated[str, StringConstraints(pattern=f"^{KIND}$")]
    packs: tuple[PackShape, ...]
    targets: Annotated[tuple[RecordedTarget, ...], Field(min_length=1, max_length=_MOST_TARGETS)]
    still: bool = False
    until: Annotated[float, Field(ge=0, le=LATEST)] | None = None
    incident: Line | None = None
    told: tuple[ToldShape, ...] = ()
    failed: tuple[FailedShape, ...] = ()


def _header(shape: HeaderShape) -> Header:
    failed: dict[ProblemRef, tuple[tuple[CauseId, float], ...]] = {}
    for one in shape.failed:
        failed[_ref(one)] = (*failed.get(_ref(one), ()), (CauseId(one.cause), one.fixes))
    return Header(
        packs=tuple(PackName(id=one.id, version=one.version, digest=Digest(one.digest)) for one in shape.packs),
        targets=tuple(
            Target(
                id=TargetId(one.id),
                kind=one.kind,
                parts=one.parts,
                depends_on={role: TargetId(other) for role, other in one.depends_on.items()},
                keep_running=one.keep_running,
                stoppable=one.stoppable,
            )
            for one in shape.targets
        ),
        still=shape.still,
        until=shape.until,
        incident=IncidentId(shape.incident) if shape.incident else None,
        told=tuple(
            Told(
                ref=_ref(one),
                severity=one.severity,
                causes=tuple((CauseId(cause.id), cause.probability) for cause in one.causes),
                follows=_ref(one.follows) if one.follows else None,
            )
            for one in shape.told
        ),
        failed=failed,
    )


def _ref(shape: RefShape) -> ProblemRef:
    return ProblemRef(target=TargetId(shape.target), problem=ProblemId(shape.problem))


def _where(place: tuple[str | int, ...]) -> str:
    return f"{'.'.join(map(str, place))}: " if place else ""
