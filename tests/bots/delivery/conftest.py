"""What the tests of delivery share."""

from __future__ import annotations

import asyncio
import inspect

import pytest

AT_MOST_S = 600.0  # then it hangs, however busy the machine is


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that awaits things."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = inspect.signature(pyfuncitem.obj).parameters
    test = pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted})
    asyncio.run(asyncio.wait_for(test, AT_MOST_S))
    return True
