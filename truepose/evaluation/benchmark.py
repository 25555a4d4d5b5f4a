"""A model measured as the field measures: the network's own pictures of a data set's pairs, streamed.

Nothing is pasted over what the network gives, as in the paper; the app's whole way, which keeps the photo's pixels
where the warp can be trusted, is a row of its own where the model sees the warp. See `protocols` for the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from tqdm import tqdm

from ..compose import Preview, compose
from ..data.pair import Pair
from ..data.picture_shards import StoredPicture
from ..frame import Frame
from ..model.truepose import TruePose
from .metrics import MEASURES, FrechetDistances, InceptionFeatures, Measure, Setting
from .pairs import generate_pairs
from .sheets import grid, strip

COPY, WARP, NETWORK, RESULT = "copy of the source", "warp", "network", "network over the warp"
FID, FID_TARGETS = "fid", "fid-targets"
METRICS = (*MEASURES, FID)
_LOWER_IS_BETTER = ("lpips", FID, FID_TARGETS, "efficientnet-distance")
OnPicture = Callable[[int, Pair, np.ndarray], None]
_SHOWN = 8  # pairs on the sheet
_SHOWN_HEIGHT = 256  # pixels of each picture there
_FEW = 2048  # pictures; below it a covariance of 2048 features has not its full rank


@dataclass(frozen=True)
class Sampling:
    """How pictures are generated.

    Attributes:
        steps, guidance_scale: of `generate_pairs`.
        seed: of the first pair's noise; the next pair has the next.
        batch_size: pairs at once; the pictures do not depend on it but for rounding.
    """

    steps: int
    guidance_scale: float
    seed: int = 0
    batch_size: int = 4


@dataclass(frozen=True, eq=False)
class Benchmark:
    """What was measured.

    Attributes:
        rows: row -> figure -> mean over the pairs.
        not_measured: figure -> why.
        notes: what must be known of the figures, each a sentence.
        shown: the first pairs, each source, rows, target by name; (H, W, 3) uint8.
    """

    rows: dict[str, dict[str, float]]
    not_measured: dict[str, str]
    notes: tuple[str, ...]
    shown: tuple[dict[str, np.ndarray], ...]

    def sheet(self) -> Image.Image:
        """The first pairs to look at."""
        cells = []
        for pictures in self.shown:
            images = [Image.fromarray(picture) for picture in pictures.values()]
            cells.append(strip(images, " | ".join(pictures), _SHOWN_HEIGHT))
        return grid(cells, 2)


@dataclass(eq=False)
class _Means:
    """Sums of figures by row; only these are kept of a picture."""

    sums: dict[str, dict[str, float]] = field(default_factory=dict)
    count: int = 0

    def add(self, row: str, values: dict[str, Tensor]) -> None:
        sums = self.sums.setdefault(row, {})
        for name, tensor in values.items():
            sums[name] = sums.get(name, 0.0) + float(tensor.sum())

    def rows(self) -> dict[str, dict[str, float]]:
        return {row: {name: value / self.count for name, value in sums.items()} for row, sums in self.sums.items()}


def headed(figure: str) -> str:
    """A figure's name with an arrow to where it is better."""
    return f"{figure} {'↓' if figure in _LOWER_IS_BETTER else '↑'}"


def run_benchmark(
    model: TruePose,
    pairs: Sequence[Pair],
    metrics: Sequence[str],
    setting: Setting,
    sampling: Sampling,
    *,
    real: Sequence[StoredPicture] | None = None,
    features: nn.Module | None = None,
    on_picture: OnPicture | None = None,
) -> Benchmark:
    """Measure a model on pairs; memory does not grow with their number.

    Args:
        model: with or without a warp hint; it is on `setting.device`.
        pairs: all of one size.
        metrics: of `METRICS`; what cannot be built is left out, and why is told.
        setting: protocol, size, weights.
        sampling: how pictures are made.
        real: pictures for FID; the pairs' own targets without, and then it is called fid-targets.
        features: of FID; Inception's by default.
        on_picture: called with each pair's number, the pair, and the network's (H, W, 3) uint8 picture.

    Raises:
        ValueError: a pair is of another size than the setting's.
    """
    measures, missing = _built(metrics, setting)
    distances = None
    if FID in metrics:
        try:
            features = InceptionFeatures(download=setting.download) if features is None else features
            distances = FrechetDistances(features.to(setting.device))
        except ValueError as error:
            missing[FID] = str(error)
    means, shown = _Means(), []
    with torch.inference_mode():
        for batch, answers in _answers(model, pairs, setting.size, sampling):
            targets = _stacked([pair.target for pair in batch])
            if on_picture is not None:
                for i, pair in enumerate(batch):
                    on_picture(means.count + i, pair, answers[NETWORK][i].permute(1, 2, 0).numpy())
            means.count += len(targets)
            for row, pictures in answers.items():
                for measure in measures:
                    means.add(row, measure(pictures, targets))
                if distances is not None:
                    distances.add(row, pictures)
            if distances is not None and real is None:
                distances.add_real(targets)
            shown += _shown(answers, targets)[: _SHOWN - len(shown)]
        rows = means.rows() or {row: {} for row in answers}
        if distances is not None:
            _add_fid(rows, missing, distances, real, sampling.batch_size)
    return Benchmark(rows, missing, _notes(rows, len(pairs)), tuple(shown))


def _built(metrics: Sequence[str], setting: Setting) -> tuple[list[Measure], dict[str, str]]:
    """What can be measured, and why the rest cannot."""
    measures, missing = [], {}
    for name in metrics:
        if name in MEASURES:
            try:
                measures.append(MEASURES[name](setting))
            except ValueError as error:
                missing[name] = str(error)
    return measures, missing


def _answers(
    model: TruePose, pairs: Sequence[Pair], size: tuple[int, int], sampling: Sampling
) -> Iterator[tuple[list[Pair], dict[str, Tensor]]]:
    """Batch by batch, the pairs, and row -> (B, 3, H, W) uint8."""
    settings = {"steps": sampling.steps, "guidance_scale": sampling.guidance_scale}
    with tqdm(total=len(pairs), unit="pair", disable=None) as bar:
        for first in range(0, len(pairs), sampling.batch_size):
            batch = [pairs[i] for i in range(first, min(first + sampling.batch_size, len(pairs)))]
            if any(pair.target.shape[:2] != size for pair in batch):
                raise ValueError(f"the pairs must be of one size, {size[0]}x{size[1]}, to be measured together")
            seeds = [sampling.seed + first + i for i in range(len(batch))]
            generated = generate_pairs(model, batch, seeds=seeds, **settings)
            yield batch, _rows(model, batch, generated)
            bar.update(len(batch))


def _rows(model: TruePose, batch: list[Pair], generated: list[np.ndarray]) -> dict[str, Tensor]:
    rows = {COPY: [pair.source for pair in batch]}
    network = [picture.round().astype(np.uint8) for picture in generated]
    if not model.config.warp_hint:
        return {row: _stacked(pictures) for row, pictures in {**rows, NETWORK: network}.items()}
    composed = []
    for pair, picture in zip(batch, generated, strict=True):
        shown = Preview(pair.hint, pair.keep.astype(np.float32) / 255, pair.alpha)
        composed.append(compose(shown, picture, Frame(1.0, (0.0, 0.0), pair.target.shape[:2])))
    rows |= {WARP: [pair.hint for pair in batch], NETWORK: network, RESULT: composed}
    return {row: _stacked(pictures) for row, pictures in rows.items()}


def _stacked(pictures: list[np.ndarray]) -> Tensor:
    """(H, W, 3) uint8 each -> (B, 3, H, W) uint8."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()


def _shown(answers: dict[str, Tensor], targets: Tensor) -> list[dict[str, np.ndarray]]:
    named = {**answers, "target": targets}
    return [{row: tensor[i].permute(1, 2, 0).numpy() for row, tensor in named.items()} for i in range(len(targets))]


def _add_fid(
    rows: dict[str, dict[str, float]],
    missing: dict[str, str],
    distances: FrechetDistances,
    real: Sequence[StoredPicture] | None,
    batch_size: int,
) -> None:
    """FID into the rows, or why it is not there."""
    if real is not None:
        for first in tqdm(range(0, len(real), batch_size), unit="batch", desc="real pictures", disable=None):
            chosen = range(first, min(first + batch_size, len(real)))
            distances.add_real(_stacked([real[i].photo() for i in chosen]))
    try:
        for row, value in distances.figures().items():
            rows[row][FID_TARGETS if real is None else FID] = value
    except ValueError as error:
        missing[FID] = str(error)


def _notes(rows: dict[str, dict[str, float]], count: int) -> tuple[str, ...]:
    figures = {name for row in rows.values() for name in row}
    notes = []
    if FID_TARGETS in figures:
        notes.append("fid-targets is against the pairs' own targets; --real names the protocol's training pictures.")
    if figures & {FID, FID_TARGETS} and count < _FEW:
        notes.append(f"FID of {count} pictures is far above that of thousands: compare only equal numbers.")
    return tuple(notes)
