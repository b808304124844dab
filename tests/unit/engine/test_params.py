"""Parameters of actions are checked strictly, and what is wrong is said in plain words."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from engine.errors import RuleError
from engine.model import Scalar
from engine.params import parse


class Params(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    port: Annotated[int, Field(ge=1, le=65535)]
    path: Path = Path("/")
    form: Literal["toml", "json"] = "json"
    grace: float = 5.0
    keep: bool = False


def test_a_string_makes_a_path_and_a_whole_number_a_float() -> None:
    parsed = parse(Params, {"port": 80, "path": "/etc/x", "grace": 1, "keep": True}, "stop-listener")
    assert parsed == Params(port=80, path=Path("/etc/x"), grace=1.0, keep=True)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({}, "stop: 'port' is missing"),
        ({"port": "80"}, "stop: port: should be a whole number, not '80'"),
        ({"port": True}, "stop: port: should be a whole number, not True"),
        ({"port": 0}, "stop: port: should be greater than or equal to 1, not 0"),
        ({"port": 1, "keep": 1}, "stop: keep: should be true or false, not 1"),
        ({"port": 1, "form": "xml"}, "stop: form: should be 'toml' or 'json', not 'xml'"),
        ({"port": 1, "graze": 2}, "stop: unknown key 'graze' (did you mean 'grace'?)"),
        ({"port": 1, "q": 2}, "stop: unknown key 'q' (known keys: form, grace, keep, path, port)"),
        ({"path": 3, "nope": 1}, "stop: 'port' is missing; path: "),
    ],
)
def test_what_is_wrong_is_said_with_the_field_and_what_is_expected(raw: dict[str, Scalar], said: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(Params, raw, "stop")
    assert str(caught.value).startswith(said)


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(RuleError) as caught:
        parse(Params, {"port": "x" * 1000}, "stop")
    assert len(str(caught.value)) < 120
