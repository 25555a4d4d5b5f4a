"""Re-poses whose answer is known: pseudo-pairs of held-out street photos, and rendered true pairs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np

from ..data.picture_pairs import PicturePairs
from ..data.street import StreetPhoto, load_street
from ..drags import DRAGS, borrowed
from ..estimate import similarity
from ..facing import facing
from ..parsing import IGNORE, BodyPart, person_mask
from ..pose import Skeleton, torso_length
from ..reading import Person
from ..reading.people import box_of
from ..warp import composite, cut_puppet, warp_puppet

# Mean way of a joint, in torso lengths. Of 101 street pairs (seed 0) the median is 0.144, a tenth lies below 0.05 and
# a tenth above 0.28. Below it: a forearm, a tilted head, a leg swung out, a lean, most borrowed poses (medians 0.05 to
# 0.13); above it: a raised arm (0.27), several drags at once.
LARGE = 0.15
TURNED = 35.0  # degrees about the vertical
_FEWEST_JOINTS = 12  # of a street photo: with fewer there is little to re-pose


class Stratum(Enum):
    """How hard a re-pose is."""

    SMALL = "in-plane small"
    LARGE = "in-plane large"
    TURN = "turn"


@dataclass(frozen=True, eq=False)
class ReposeCase:
    """A photo, and what it must look like in another pose; all pictures are (H, W), joints in their pixels.

    Attributes:
        name: what it is called in lists.
        source: (H, W, 3) uint8 RGB.
        target: (H, W, 3) uint8 RGB, the true answer.
        skeleton: the target's joints.
        parsing: (H, W) uint8 labels of the target, 255 unknown.
        source_skeleton: the source's true joints; they name the stratum, no method sees them.
        words: what is printed on the clothes; empty where unknown.
        turn: degrees about the vertical from source to target; None where unknown.
    """

    name: str
    source: np.ndarray
    target: np.ndarray
    skeleton: Skeleton
    parsing: np.ndarray
    source_skeleton: Skeleton
    words: tuple[str, ...] = ()
    turn: float | None = None

    @property
    def stratum(self) -> Stratum:
        """A turn if source and target show different sides, or by the degrees where they are known."""
        sides_differ = facing(self.source_skeleton) is not facing(self.skeleton)
        if sides_differ if self.turn is None else abs(self.turn) > TURNED:
            return Stratum.TURN
        return Stratum.LARGE if displacement(self.source_skeleton, self.skeleton) > LARGE else Stratum.SMALL

    def dragged(self, read: Skeleton) -> Skeleton:
        """The target pose as a drag: every joint goes as far as it truly does, from where it was read.

        Args:
            read: the source's joints as read; where one of the three is unseen the true target stands.
        """
        known = read.visible & self.source_skeleton.visible & self.skeleton.visible
        moved = read.xy + self.skeleton.xy - self.source_skeleton.xy
        xy = np.where(known[:, None], moved, self.skeleton.xy)
        return Skeleton(xy, self.skeleton.visible, self.skeleton.score)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """(x0, y0, x1, y1) around the target's person, x1 and y1 exclusive; the whole picture where nobody is."""
        mask = person_mask(self.parsing)
        return box_of(mask if mask.any() else np.ones_like(mask))

    @property
    def torso(self) -> float:
        """Pixels of the target's torso, the measure of joints; from the person's height where it is not seen."""
        return torso_length(self.skeleton) or max(1.0, (self.box[3] - self.box[1]) / 3.6)


def displacement(source: Skeleton, target: Skeleton) -> float:
    """Mean way of the joints seen in both, in the target's torso lengths, after the best scale and shift.

    A lean of the whole body is a way too, so the turn that `similarity` finds is not taken out.
    """
    both = source.visible & target.visible
    torso = torso_length(target)
    if both.sum() < 2 or not torso:
        return 0.0
    p, q = source.xy[both], target.xy[both]
    scale = similarity(p, q)[0].real  # the least-squares scale without a turn
    gaps = (q - q.mean(0)) - scale * (p - p.mean(0))
    return float(np.linalg.norm(gaps, axis=1).mean() / torso)


class StreetCases:
    """Pseudo-pairs of held-out photos that have true parsing maps; case i is a pure function of (seed, i).

    The target is the photo itself, the source its warp into another pose. Maps and joints are the labels', never the
    reader's, so that the re-reading is not compared with itself; nothing depends on how training pairs are made.

    Args:
        street: folder of labelled street photos.
        count: how many cases; each photo is used once before any is used again.
        seed: of all choices.

    Raises:
        ValueError: there are no photos, or none with a map.
    """

    def __init__(self, street: str | Path, count: int, seed: int = 0):
        photos = load_street(street, validation=True)
        self.photos = [photo for photo in photos if photo.parsing_path is not None and _whole(photo)]
        if not self.photos:
            raise ValueError(f"no held-out photo in {street} has a parsing map and a whole person")
        self.others = [photo.skeleton for photo in photos if photo.skeleton.visible.all()]
        self.order = np.random.default_rng(seed).permutation(len(self.photos))
        self.count, self.seed = count, seed

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> ReposeCase:
        if index >= self.count:
            raise IndexError(index)
        item = self.photos[self.order[index % len(self.photos)]]
        photo, parsing, rng = item.photo(), item.parsing(), np.random.default_rng((self.seed, index))
        known = np.where(parsing == IGNORE, BodyPart.BACKGROUND, parsing).astype(np.uint8)
        puppet = cut_puppet(photo, Person(item.skeleton, known, box_of(person_mask(known))))
        pose = natural_pose(item.skeleton, rng, self.others).inside(photo.shape[:2])
        source = composite(warp_puppet(puppet, pose), puppet.plate)
        return ReposeCase(f"{item.name}-{index}", source, photo, item.skeleton, parsing, pose)


def natural_pose(skeleton: Skeleton, rng: np.random.Generator, others: list[Skeleton]) -> Skeleton:
    """What people ask for: somebody else's pose in three of eight, else one to three drags."""
    if others and rng.random() < 3 / 8:
        return borrowed(others[rng.integers(len(others))], skeleton)
    for name in rng.choice(list(DRAGS), rng.integers(1, 4), replace=False):
        skeleton = DRAGS[name](skeleton, ("right", "left")[rng.integers(2)])
    return skeleton


def _whole(photo: StreetPhoto) -> bool:
    return photo.skeleton.visible.sum() >= _FEWEST_JOINTS and bool(torso_length(photo.skeleton))


class FolderCases:
    """The true pairs of a folder, as `PicturePairs` reads them.

    Args:
        folder: with pairs.jsonl.
        count: only the first so many.
    """

    def __init__(self, folder: str | Path, count: int | None = None):
        self.pairs = PicturePairs(folder, count)

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> ReposeCase:
        pair = self.pairs[index]
        source, target = pair.source, pair.target
        return ReposeCase(
            pair.name,
            source.image,
            target.image,
            target.skeleton,
            target.parsing,
            source.skeleton,
            pair.words,
            pair.turn,
        )
