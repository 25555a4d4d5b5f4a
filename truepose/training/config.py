"""A training run as one JSON: model, objective, loop, data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..checkpoint import write_json
from ..model.base import BaseWeights
from ..model.config import TruePoseConfig
from ..model.layout import read_config
from .loop_config import LoopConfig
from .objective import ObjectiveConfig
from .preparing import OwnPhotos

CONFIG_FILE = "train.json"


@dataclass(frozen=True)
class TrainingConfig:
    """A run: model, objective, loop, data.

    Attributes:
        model, objective, loop: see their classes.
        pairs: folders of packed training pairs, each with its share of the samples.
        validation_pairs: folders of packed pairs of other photos and people; each has figures of its own.
        photos: one's own photos, of which such pairs are made first.
        base: Stable Diffusion and CLIP to start from; without it and `init_from` the model starts from noise.
        init_from: weights of this model to start from, in place of `base`: a model's folder or a safetensors file.
        cache: folder for what the frozen autoencoder and CLIP say of the pairs, computed once before the first step;
            without it they look anew at every sample, in another light each time.
        validation_count: how many of each of those are measured while training.
    """

    model: TruePoseConfig
    pairs: dict[str, float] = field(default_factory=dict)
    validation_pairs: tuple[str, ...] = ()
    photos: OwnPhotos | None = None
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    loop: LoopConfig = field(default_factory=LoopConfig)
    base: BaseWeights | None = None
    init_from: str | None = None
    cache: str | None = None
    validation_count: int = 48

    def __post_init__(self):
        object.__setattr__(self, "validation_pairs", tuple(self.validation_pairs))
        if not self.pairs and self.photos is None:
            raise ValueError("a training config must name pairs or photos to learn from, got neither")
        if self.validation_count < 1:
            raise ValueError(f"validation_count must be at least 1, got {self.validation_count}")


def load_training_config(path: str | Path, overrides: dict[str, Any] | None = None) -> TrainingConfig:
    """Read a run's JSON.

    Args:
        path: of the file; its "model" is a config, or names a model's folder that has one.
        overrides: loop fields that replace the file's; None values are left out.

    Raises:
        ValueError: unreadable, or a field that is unknown, missing or out of range.
    """
    return parse_training_config(read_json(path), str(path), overrides)


def read_json(path: str | Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises:
        ValueError: unreadable, or something else.
    """
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not a training config: {error}") from None
    if not isinstance(data, dict):
        raise ValueError(f"{path} is not a training config: it must be an object, got {type(data).__name__}")
    return data


def parse_training_config(data: dict[str, Any], name: str, overrides: dict[str, Any] | None = None) -> TrainingConfig:
    """A run from its JSON object; see `load_training_config`. `name` is what messages call it."""
    data = dict(data)
    try:
        loop = {**data.pop("loop", {}), **{k: v for k, v in (overrides or {}).items() if v is not None}}
        model = data.pop("model")
        return TrainingConfig(
            read_config(model) if isinstance(model, str) else TruePoseConfig(**model),
            objective=ObjectiveConfig(**data.pop("objective", {})),
            loop=LoopConfig(**loop),
            base=_part(BaseWeights, data, "base"),
            photos=_part(OwnPhotos, data, "photos"),
            **data,
        )
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{name} is not a training config: {error}") from None


def _part(part_class, data: dict[str, Any], name: str):
    """A part of the config that may be missing or null, taken out of the data."""
    fields = data.pop(name, None)
    return None if fields is None else part_class(**fields)


def save_training_config(config: TrainingConfig, path: Path) -> None:
    """Write what `load_training_config` reads."""
    write_json(path, asdict(config))
