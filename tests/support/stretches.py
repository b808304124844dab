"""Stretches of observations of the shop and its database, as hypothesis makes them up."""

from hypothesis import strategies as st

from engine.model import Observation, Scalar, TargetId, Unknown
from tests.support.shop import DATABASE, NOON, SHOP

VALUES: dict[tuple[TargetId, str], tuple[Scalar | Unknown, ...]] = {
    (SHOP, "http.answer"): ("ok", "refused", Unknown(because="no answer")),
    (SHOP, "port.owner"): ("self", "other", Unknown(because="no rights")),
    (DATABASE, "connect.accepts"): (True, False, Unknown(because="no route")),
    (DATABASE, "disk.state"): ("fine", "full", Unknown(because="not mounted")),
}


@st.composite
def stretches(draw: st.DrawFn) -> list[Observation]:
    """Observations in the order of their times, at most one of each name at one time."""
    found: list[Observation] = []
    at = NOON
    for _ in range(draw(st.integers(1, 12))):
        for target, name in draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=4)):
            value = draw(st.sampled_from(VALUES[target, name]))
            found.append(Observation(target=target, name=name, value=value, at=at))
        at += draw(st.sampled_from([0.25, 1.0, 2.0, 5.0, 7.0, 59.0, 60.0, 130.0]))
    return found
