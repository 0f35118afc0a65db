"""What a scenario is, and what it gets to work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet
from tqdm import tqdm

from bench.processes import ROOT
from bench.report import Report


class Progress:
    """A bar that says how far a scenario is, and with what.

    Args:
        name: The scenario.
    """

    def __init__(self, name: str) -> None:
        self._bar = tqdm(desc=name, unit="step", dynamic_ncols=True, smoothing=0.1)

    def expect(self, steps: int) -> None:
        """Say how many steps there will be."""
        self._bar.total = steps
        self._bar.refresh()

    def doing(self, what: str) -> None:
        """Say what is going on."""
        self._bar.set_postfix_str(what)

    def step(self, count: int = 1) -> None:
        """Say that steps are done."""
        self._bar.update(count)

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()


@dataclass(frozen=True)
class Setup:
    """What a scenario gets to work with.

    Attributes:
        quick: Whether tiny sizes are wanted, to see that everything works.
        progress: The progress bar.
        key: The Fernet key that every contender encrypts with.
        app: The folder of the app, where another one than this can be measured.
    """

    quick: bool
    progress: Progress
    key: str
    app: Path = ROOT

    @property
    def fernet(self) -> Fernet:
        """The key, ready to decrypt with."""
        return Fernet(self.key)


@dataclass(frozen=True)
class Scenario:
    """Something that is measured.

    Attributes:
        name: What it is called on the command line.
        about: One line for the help.
        run: Measures it.
    """

    name: str
    about: str
    run: Callable[[Setup], Report]
