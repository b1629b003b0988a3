from itertools import pairwise

import pytest

from tests.helpers.load_context import FakeLoadContext
from workbench.engine.data import progress


@pytest.fixture
def clock(monkeypatch):
    now_s = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now_s[0])
    return now_s


def test_that_reports_pass_at_once_and_then_every_tenth_of_a_second(clock):
    context = FakeLoadContext()
    passing = progress.Progress(context)
    for step in range(100):
        clock[0] = 100.0 + step * 0.01
        passing.report("Reading", step / 100)
    told = [round(fraction * 100) for _, fraction in context.reports]
    assert told[0] == 0
    assert 9 <= len(told) <= 10
    assert min(b - a for a, b in pairwise(told)) >= 10
