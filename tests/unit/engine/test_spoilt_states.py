"""A state that is not what it should be is refused in words, whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.recorder import Recorder
from tests.helpers.stopping import Stopping
from workbench.core.errors import SessionError, SettingsError
from workbench.core.resuming import Start
from workbench.engine.checkpoint import WholeState, read_state

NONSENSE: dict[str, Callable[[dict[str, Any]], object]] = {
    "no generators": lambda state: state.pop("random"),
    "no optimizer": lambda state: state.pop("optimizer"),
    "a list of weights": lambda state: state.update(model=[]),
    "settings as a number": lambda state: state["loop"].update(settings=7),
    "a list as a kind": lambda state: state["loop"].update(
        settings={"optimizer": {"kind": [1]}}
    ),
    "words for numbers": lambda state: state["loop"].update(epochs_from=(3, "x")),
    "epochs from beyond": lambda state: state["loop"].update(epochs_from=(10**9, 0)),
    "no facts": lambda state: state["loop"].update(environment=None),
    "no digest": lambda state: state["loop"].pop("data"),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_that_a_state_with_nonsense_in_it_is_refused_in_words(
    tmp_path: Path, what: str
) -> None:
    start = Stopping(tmp_path).run_until(2)
    state = read_state(start)
    NONSENSE[what](state)
    spoilt = WholeState(2, start.epoch, state).encode()

    with pytest.raises((SessionError, SettingsError)):
        Recorder(tmp_path, start=Start(spoilt))
