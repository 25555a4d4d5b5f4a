"""What the commands' options have in common."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable


def command(commands, name: str, run, text: str) -> argparse.ArgumentParser:
    """A new command that calls `run` with its options."""
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def number(kind: type[int] | type[float], low: float, high: float) -> Callable[[str], float]:
    """For argparse: the text as a number from `low` to `high`."""

    def number(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            what = "a whole number" if kind is int else "a number"
            raise argparse.ArgumentTypeError(f"must be {what} from {low} to {high}, got {text[:40]}")
        return value

    return number


positive = number(int, 1, 2**31 - 1)
