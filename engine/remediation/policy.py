"""What a team lets Medicus do by itself, as values."""

from dataclasses import dataclass
from enum import StrEnum

from engine.model import Risk, Seconds


class Profile(StrEnum):
    """How far trust goes: `suggest` proposes only; `self-heal` runs safe remedies of certain causes by itself."""

    SUGGEST = "suggest"
    SELF_HEAL = "self-heal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The limits of automation.

    `confidence` is the least probability (0..1) of a cause whose remedy may run by itself, `propose_from` the
    least at which a remedy is proposed at all. `cooldown` is the least time between two remediations of one
    target. `flapping_times` recoveries within `flapping_within` seconds stop automation. At most
    `blast_radius` targets are in remediation at once.
    """

    profile: Profile = Profile.SUGGEST
    confidence: float = 0.9
    propose_from: float = 0.5
    approval_expires: Seconds = 900.0
    cooldown: Seconds = 60.0
    flapping_times: int = 3
    flapping_within: Seconds = 3600.0
    blast_radius: int = 1


AUTOMATIC_UP_TO = Risk.LOW
