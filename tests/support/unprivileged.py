"""Runs a function as the user nobody, in a forked child: what it returns comes back."""

import os
import pickle
import traceback
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")
NOBODY = 65534


def as_nobody(function: Callable[[], _T]) -> _T:
    """What `function` returns when nobody calls it; AssertionError with the traceback when it raises.

    The child is forked, since nobody may not be able to read the interpreter; it must not start threads.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            told = pickle.dumps((True, function()))
        except BaseException:  # noqa: BLE001 - whatever it was goes to the parent
            told = pickle.dumps((False, traceback.format_exc()))
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(told)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        fine, result = pickle.loads(pipe.read())
    os.waitpid(child, 0)
    assert fine, result
    return result  # type: ignore[no-any-return]
