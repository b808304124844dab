"""What an operator supposes is read strictly: a slip is told, with what is possible."""

import pytest

from engine.counterfactuals.situation import Situation
from engine.counterfactuals.supposing import SUPPOSED, suppose
from engine.errors import ActionError, NotFoundError
from engine.model import Observable, Scalar, Target, TargetId, Unknown

APP = TargetId("shop")
SITUATION = Situation(
    packs=(),
    targets=(Target(id=APP, kind="app", parts={}), Target(id=TargetId("db"), kind="database", parts={})),
    observations={},
    at=0,
    observables={
        ("app", "port.owner"): Observable(name="owner", type=str, values=("none", "self", "other")),
        ("app", "port.listening"): Observable(name="listening", type=bool),
        ("app", "process.pid"): Observable(name="pid", type=int),
        ("app", "host.cpu"): Observable(name="cpu", type=float, unit="%"),
        ("app", "http.reply"): Observable(name="reply", type=str),
        ("app", "http.known"): Observable(name="known", type=str, values=("unknown", "known")),
        ("database", "disk.state"): Observable(name="state", type=str),
    },
)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("port.owner=other", "other"),
        (" port.owner = other ", "other"),
        ("port.owner=unknown", SUPPOSED),
        ("port.listening=false", False),
        ("process.pid=-4", -4),
        ("host.cpu=90", 90.0),
        ("host.cpu=1e1", 10.0),
        ("host.cpu=unknown", SUPPOSED),
        ("http.reply=a=b", "a=b"),
        ("http.known=unknown", "unknown"),
    ],
)
def test_values_are_read_by_what_the_observable_declares(word: str, value: Scalar | Unknown) -> None:
    (read,) = suppose(SITUATION, APP, [word]).values()
    assert read == value
    assert type(read) is type(value)


def test_several_may_be_supposed_at_once() -> None:
    words = ["port.owner=none", "process.pid=7"]
    assert suppose(SITUATION, APP, words) == {(APP, "port.owner"): "none", (APP, "process.pid"): 7}


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("port.owner", "'port.owner' supposes nothing: write PART.READING=VALUE, as in port.owner=other"),
        ("port.owner=me", "port.owner is never 'me': it is one of none, self, other, or unknown"),
        ("port.listening=yes", "port.listening is never 'yes': it is true or false, or unknown"),
        ("process.pid=4.5", "process.pid is never '4.5': it is a whole number, or unknown"),
        ("process.pid=99999999999999999999", "it is a whole number"),
        ("host.cpu=high", "host.cpu is never 'high': it is a number (%), or unknown"),
        ("host.cpu=nan", "it is a number (%)"),
        ("host.cpu=inf", "it is a number (%)"),
        ("http.reply=a\x07b", "it is short text"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_what_can(word: str, told: str) -> None:
    with pytest.raises(ActionError) as refused:
        suppose(SITUATION, APP, [word])
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("target", "word", "told"),
    [
        ("shp", "port.owner=none", "there is no target 'shp' (did you mean 'shop'?)"),
        ("shop", "port.ownr=none", "nobody observes 'port.ownr' of the kind 'app' (did you mean 'port.owner'?)"),
        ("db", "zzz=1", "nobody observes 'zzz' of the kind 'database' (known: disk.state)"),
        ("db", "port.owner=none", "nobody observes 'port.owner' of the kind 'database' (known: disk.state)"),
    ],
)
def test_a_name_that_is_not_known_is_refused_with_one_that_is(target: str, word: str, told: str) -> None:
    with pytest.raises(NotFoundError) as refused:
        suppose(SITUATION, TargetId(target), [word])
    assert str(refused.value) == told


def test_nothing_is_supposed_twice() -> None:
    with pytest.raises(ActionError, match="supposed twice"):
        suppose(SITUATION, APP, ["port.owner=none", "port.owner=self"])
