"""Any folder of training pairs, opened for what it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .pair import Pair
from .prepared import PreparedPairs
from .preparing import SETTINGS_FILE
from .shards import PairShards


def open_pairs(folder: str | Path, *, hint: bool, count: int | None = None) -> Sequence[Pair]:
    """The pairs that `pairs` packed, or those of a folder that `prepare` wrote.

    Args:
        folder: of either kind.
        hint: whether the model sees the puppet warp. Packed pairs have it in any case.
        count: only the first so many; all by default.

    Raises:
        ValueError: it is neither, or damaged.
    """
    folder = Path(folder)
    if (folder / SETTINGS_FILE).exists():
        return PreparedPairs(folder, hint=hint, count=count)
    if any(folder.glob("pairs-*.safetensors")):
        return PairShards(folder, count)
    raise ValueError(
        f"no pairs in {folder}: make some with `python -m truepose pairs`, or read a data set with "
        "`python -m truepose prepare`"
    )
