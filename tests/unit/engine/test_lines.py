"""Text of others becomes one safe line: nothing moves a cursor, nothing is secret, nothing is endless."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.lines import command_line, one_line

S = "hunter2"


@given(st.text(max_size=3000), st.integers(1, 400))
def test_every_line_prints_and_keeps_its_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert line.isprintable()
    assert len(line) <= limit


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain words stay", "plain words stay"),
        ("two\n lines\t\r\n", "two lines"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("nul\x00 bell\x07 c1\x9b2J", "nul\ufffd bell\ufffd c1\ufffd2J"),
        ("abc\u202edef", "abc\ufffddef"),
        ("bad \udcff byte", "bad \ufffd byte"),
        ("数据库", "数据库"),
        ("x" * 201, "x" * 199 + "…"),
    ],
)
def test_what_does_not_print_is_taken_out(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize(
    "text",
    [
        f"password={S}",
        f"PGPASSWORD={S} psql",
        f"pass\x1b[0mword={S}",
        f"--db-password {S} -v",
        f"--api-key={S}",
        f"--token '{S} {S}' run",
        f'{{"access_token": "{S}"}}',
        f"secret: {S}",
        f"postgresql://bob:{S}@127.0.0.1/db",
        f"https://{S}@host/",
        f"http://h/?a=1&token={S}&b=2",
        f"Authorization: Bearer {S}",
        f"authorization: Basic {S}",
        f"sh -c \"export API_KEY='{S} {S}'; run\"",
    ],
)
def test_a_secret_that_can_be_told_as_one_is_masked(text: str) -> None:
    assert S not in one_line(text)
    assert "***" in one_line(text)


@pytest.mark.parametrize(
    "argv",
    [
        ["app", "--password", S],
        ["app", "--password", f"{S} {S}"],
        ["app", "-token", S],
        ["app", f"--client-secret={S}"],
        ["/usr/bin/mysql", f"-p{S}", "db"],
        ["sshpass", "-p", S, "ssh", "host"],
        ["redis-cli", "-a", S, "ping"],
        ["curl", "-u", f"bob:{S}", "http://127.0.0.1/"],
        ["env", f"TOKEN={S}", "app"],
    ],
)
def test_the_value_of_a_secret_option_is_masked(argv: list[str]) -> None:
    line = command_line(argv)
    assert S not in line
    assert "***" in line
    assert line.startswith(argv[0])


@pytest.mark.parametrize(
    "argv",
    [["python3", "leftover.py", "--port", "5000"], ["mysql", "-p", "db"], ["curl", "-v", "http://127.0.0.1:1/x"], []],
)
def test_an_ordinary_command_line_is_shown_as_it_is(argv: list[str]) -> None:
    assert command_line(argv) == " ".join(argv)


@pytest.mark.parametrize("text", ["password" * 10**5, "-" * 10**6, "a" * 10**6, "a://" * 10**5, "'" * 10**6])
def test_a_long_text_costs_little(text: str) -> None:
    began = time.process_time()
    one_line(text)
    assert time.process_time() - began < 0.5
