"""What the tests of packs speak of is what the probes and actions really have."""

import actions
from engine import probes
from tests.support.vocabulary import ACTIONS, PROBES, SETTINGS


def test_every_observable_of_the_vocabulary_is_read_by_its_probe() -> None:
    real = {
        probe.name: {one.name: (one.type, set(one.values), one.unit) for one in probe.observables}
        for probe in probes.BUILTIN
    }
    for name, observables in PROBES.items():
        for one in observables:
            assert real[name][one.name] == (one.type, set(one.values), one.unit), f"{name}.{one.name}"


def test_every_setting_of_the_vocabulary_is_one_of_its_probe() -> None:
    assert {probe.name: set(probe.settings.model_fields) for probe in probes.BUILTIN} == {
        name: set(fields) for name, fields in SETTINGS.items()
    }


def test_every_action_of_the_vocabulary_takes_just_these_parameters() -> None:
    real = {action.name: action.params.model_fields for action in actions.BUILTIN}
    assert {one.name: (one.risk, one.reversible) for one in actions.BUILTIN} == {
        name: (facts.risk, facts.reversible) for name, facts in ACTIONS.items()
    }
    assert set(real) == set(ACTIONS)
    for name, facts in ACTIONS.items():
        assert set(facts.fields) == set(real[name])
        assert set(facts.required) == {field for field, info in real[name].items() if info.is_required()}
