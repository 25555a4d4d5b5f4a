"""The command line: `python -m truepose COMMAND`. Bad input is one plain line and exit code 2."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from .commands.ablating import add_ablate, add_attend
from .commands.creating import add_create
from .commands.data import add_pack, add_pairs, add_prepare, add_pseudo_maps
from .commands.measuring import add_evaluate
from .commands.photos import add_read, add_repose
from .commands.studying import add_study
from .commands.style import add_style
from .commands.training import add_train, add_train_reader


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except (ValueError, FloatingPointError) as error:
        print(_line(str(error)), file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, a folder that may not be written
        print(_line(f"{error.filename}: {error.strerror}" if error.filename else str(error)), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("truepose: stopped", file=sys.stderr)
        return 130
    return 0


def _line(message: str) -> str:
    """A message as one line that a terminal shows as it is, whatever the file names in it."""
    return f"truepose: {' '.join(''.join(c if c.isprintable() else ' ' for c in message).split())}"


class _Parser(argparse.ArgumentParser):
    """Wrong options are told like any other bad input."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{_line(message)} (--help says more)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m truepose", description="Re-pose people in fashion photos.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (
        add_read,
        add_repose,
        add_style,
        add_create,
        add_train,
        add_train_reader,
        add_pseudo_maps,
        add_pack,
        add_pairs,
        add_prepare,
        add_evaluate,
        add_study,
        add_ablate,
        add_attend,
    ):
        add(commands)
    return parser
