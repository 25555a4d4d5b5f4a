"""Two plain listings: WPose, in-the-wild test pairs, and anybody's own folder."""

from __future__ import annotations

from pathlib import Path

from .fits import around_person, crop_loosely, show_whole
from .labels import ATR
from .listing import ListedPhoto, Listing, existing_folder, files_below, text_lines, usable_pairs
from .own import held_out, labels_beside, open_own


def list_wpose(folder: str | Path, parsing: str | Path | None = None, labels: tuple[str, ...] = ATR) -> Listing:
    """WPose: `wpose_test_pairs.txt` with a "source target" on each line, pictures beside it or in any folder below.

    It has test pairs alone. Nothing is annotated: what no parsing folder holds is read.

    Args:
        folder: with the list.
        parsing: a folder of NAME.png maps.
        labels: what their values mean.

    Raises:
        ValueError: there is no list, or it names no pair that is there.
    """
    root = existing_folder(folder)
    lists = [path for path in files_below(root, (".txt",)) if "pairs" in path.name]
    if not lists:
        raise ValueError(f"no WPose in {folder}: wpose_test_pairs.txt is missing")
    maps = {} if parsing is None else {path.stem: path for path in files_below(existing_folder(parsing), (".png",))}
    pictures = {path.name: path for path in files_below(root) if path not in maps.values()}
    rows, problems = [], []
    for number, line in enumerate(text_lines(lists[0]), 1):
        names = line.split()
        if len(names) == 2:
            rows.append((names[0], names[1]))
        elif names:
            problems.append((f"line {number} of {lists[0].name}", "it must be two names with a space between"))
    pairs, missing = usable_pairs(rows, set(pictures), lists[0].name)
    if not pairs:
        raise ValueError(f"{lists[0].name} names no pair whose pictures are in {folder}")
    names = sorted({name for pair in pairs for name in pair})
    photos = [ListedPhoto(name, pictures[name], parsing=maps.get(Path(name).stem)) for name in names]
    return Listing(tuple(photos), tuple(pairs), (*problems, *missing), around_person, labels=labels)


def list_own(folder: str | Path, *, validation: bool | None = None) -> Listing:
    """Anybody's photos, or their pairs named in pairs.csv (`own.open_own`), with NAME.json and NAME.png where they are.

    Args:
        validation: the held-out part of it (`own.held_out`), or the rest; all by default.

    Raises:
        ValueError: nothing there can be used, or too little to hold some out.
    """
    own = open_own(folder)
    photos, pairs = set(own.photos), list(own.pairs)
    if validation is not None:
        held = held_out(own, photos)
        pairs = [pair for pair in pairs if bool(set(pair) & held) == validation]
        photos = {photo for pair in pairs for photo in pair} if own.pairs else (held if validation else photos - held)
    listed = []
    for path in sorted(photos):
        pose, parsing = labels_beside(path)
        listed.append(ListedPhoto(own.name(path), path, pose=pose, parsing=parsing))
    names = tuple((own.name(source), own.name(target)) for source, target in pairs)
    return Listing(tuple(listed), names, own.problems, show_whole if own.pairs else crop_loosely)
