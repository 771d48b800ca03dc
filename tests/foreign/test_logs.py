"""A log that grows is read on: every line of it once it is whole, none of it from the start again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scratchwork.foreign.logs import Printed, number
from scratchwork.foreign.trl import printed_steps as trl_steps
from scratchwork.foreign.verl import printed_steps as verl_steps

LINES = "".join(f"noise\nstep:{i} - actor/entropy:0.{i} - critic/score/mean:1\n" for i in range(1, 9))


@given(st.lists(st.integers(0, len(LINES)), max_size=5))
def test_however_it_grows_the_same_is_found(tmp_path_factory, cuts):
    path = tmp_path_factory.mktemp("log") / "train.log"
    printed = Printed(path.parent, (), verl_steps)
    for cut in [*sorted(cuts), len(LINES)]:
        path.write_text(LINES[:cut])
        found = printed.log()
    assert found == {i: {"entropy": i / 10, "reward": 1.0} for i in range(1, 9)}


def test_a_number_that_is_half_written_waits(tmp_path):
    (tmp_path / "a.log").write_text("step:1 - actor/entropy:0.5 - critic/score/mean:0.1")
    printed = Printed(tmp_path, (), verl_steps)
    assert printed.log() == {}
    (tmp_path / "a.log").write_text("step:1 - actor/entropy:0.5 - critic/score/mean:0.125\n")
    assert printed.log() == {1: {"entropy": 0.5, "reward": 0.125}}


def test_a_log_begun_anew_is_read_from_its_start(tmp_path):
    path = tmp_path / "elsewhere"
    printed = Printed(tmp_path, (path,), verl_steps)
    assert printed.log() == {}
    path.write_text("x" * 200_000 + "\nstep:1 - a:1\n")
    assert printed.log() == {1: {"a": 1.0}}
    path.write_text("step:2 - a:2\n")
    assert printed.log() == {1: {"a": 1.0}, 2: {"a": 2.0}}


@given(st.text(alphabet="{}':,─ Step0123456789rewad\n", max_size=300))
def test_no_text_is_too_odd(text):
    assert all(isinstance(step, int) for step in trl_steps(text) | verl_steps(text))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_as_it_is_printed_is_that_number(value):
    assert number(repr(value)) == number(f"np.float64({value!r})") == value
