"""Where a model's weights come from: a file, a folder, or the hub; nothing is fetched that was not asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub import hf_hub_download

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


class WeightsMissing(ValueError):
    """Weights that are not here; the message says what to put where, or how to allow the download."""


def weights_file(place: str | Path, name: str, *, download: bool = False, cache: Path | None = None) -> Path:
    """One file of a model.

    Args:
        place: the file itself, a folder that holds it, or a hub id ("owner/model").
        name: what the file is called in a folder and on the hub.
        download: fetch it from the hub if the local cache lacks it; otherwise the hub is never asked.
        cache: the hub's local cache; the usual one by default.

    Raises:
        WeightsMissing: the file is not there, or cannot be downloaded.
    """
    path = Path(place)
    if path.is_file():
        return path
    if path.is_dir():
        if not (path / name).is_file():
            raise WeightsMissing(f"the folder {place} lacks {name}: put that file there")
        return path / name
    if not _HUB_ID.fullmatch(str(place)):
        raise WeightsMissing(f"there are no weights at {place}: name a folder that holds {name}")
    try:
        return Path(hf_hub_download(str(place), name, cache_dir=cache, local_files_only=not download))
    except Exception as error:  # the hub's client has a dozen kinds, its HTTP library some more
        if download:
            reason = (str(error).splitlines() or [""])[0] or type(error).__name__
            raise WeightsMissing(f"{name} of {place} cannot be downloaded: {reason}") from error
        raise WeightsMissing(
            f"{name} of {place} is not on this computer: name a folder that holds it, "
            "or allow the download from the hub (--download, or download=True)"
        ) from error


@contextmanager
def reading_weights(path: Path, what: str) -> Iterator[None]:
    """Turn whatever a library's loader raises on a damaged or wrong file into one plain line.

    Their loaders let through what the unpickler, the archive or the network's own check of its keys raises.
    torch.load unpickles nothing but tensors there: that is its default in the versions we ask for.

    Raises:
        ValueError: the block failed.
    """
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        raise ValueError(f"{path} is damaged or does not hold the weights of {what}") from error
