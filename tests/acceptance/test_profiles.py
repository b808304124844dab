"""How much Medicus does by itself: what a new installation says, what self-heal says, and what nobody knows."""

from engine.inference.durable import available
from tests.support.scenery import ROOT
from tests.support.stage import Stage, end


def test_a_new_installation_does_nothing_by_itself(stage: Stage) -> None:
    """What `medicus init` writes says suggest: the plan waits, with the reason."""
    done = stage.medicus("init", str(stage.folder / "fresh"))
    fresh = (stage.folder / "fresh/medicus.yaml").read_text()
    assert done.status == 0
    assert "profile: suggest" in fresh
    targets = stage.config.read_text().partition("targets:\n")[2]
    edited = fresh.replace("127.0.0.1:8017", f"127.0.0.1:{stage.listen}").replace("interval: 2s", "interval: 300ms")
    stage.config.write_text(f"{edited.partition('targets:')[0]}targets:\n{targets}")
    stage.break_config()
    stage.start_supervisord()
    broken = stage.notes_toml.read_text()
    engine = stage.engine()
    stage.until_asked()
    stage.looks(4)
    assert stage.plans()[-1].verdict.reason == "policy-suggests-only"
    assert not {"approved", "started", "attempt-begun"} & set(stage.events())
    assert stage.notes_toml.read_text() == broken
    assert stage.notes_state() != "running"
    assert end(engine) == 0


def test_self_heal_heals_with_the_shipped_pack_and_the_best_engine_there_is(stage: Stage) -> None:
    """Nothing of the product is changed here: its pack, its inference (durable where it serves), its times."""
    stage.pack, stage.inference, stage.health = "service", "durable" if available() else "native", True
    stage.write_settings()
    stage.start_supervisord()
    stage.until_notes_are("running")
    stage.engine()
    stage.break_config()
    stage.end_notes()
    stage.until("it is healed", lambda: stage.states() == ["resolved"])
    assert stage.notes_state() == "running"
    incident = stage.incident()
    assert [one for one in stage.events(of=incident) if one in {"approved", "started", "recovered"}] == [
        "approved",
        "started",
        "recovered",
    ]
    assert (ROOT / "rules/service/pack.yaml").read_text() != (stage.folder / "quick/pack.yaml").read_text()


def test_a_fault_that_nobody_knows_is_asked_about_tried_once_and_given_to_a_person(stage: Stage) -> None:
    """The configuration parses and is wrong: a start is proposed to a person, tried once, and nothing else is done."""
    wrong = stage.notes_toml.read_text().replace("127.0.0.1", "203.0.113.7")
    stage.notes_toml.write_text(wrong)
    (stage.folder / "notes.toml.bak").write_text(wrong)
    stage.start_supervisord()
    stage.until_notes_are("fatal")
    engine = stage.engine()
    digest = stage.until_asked()
    stage.looks(3)
    assert stage.plans()[-1].verdict.reason == "low-confidence"
    assert "attempt-begun" not in stage.events()
    stage.medicus("approve", stage.incident(), "--digest", digest)

    def settled() -> bool:
        before = stage.events()
        stage.looks(5)
        return stage.states() == ["escalated"] and stage.events() == before

    stage.until("it is escalated for good", settled)
    begun = [one.body for one in stage.entries() if one.event == "attempt-begun"]
    assert len(begun) == 1
    assert '"start-process"' in begun[0]
    assert "start-it-once" in stage.medicus("explain", stage.incident()).out
    assert stage.notes_toml.read_text() == wrong
    assert not list(stage.folder.glob("*.broken-*"))
    assert end(engine) == 0
