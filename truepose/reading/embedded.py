"""The embedded reader: find people at low resolution, then read joints and parsing of one from the crop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ..checkpoint import WEIGHTS_NAME, load_config, load_weights
from .crossing import uncrossed
from .finding import FEWEST_JOINTS, find_people, view_of_one
from .look import decode_joints, decode_parsing, look_both_ways
from .network import ReaderConfig, ReaderNet
from .people import only_this_person, whole_person
from .person import NOBODY, Candidate, NoPersonFound, Person
from .refining import refined

EMBEDDED_READER = Path(__file__).parents[2] / "checkpoints" / "reader"


class EmbeddedReader:
    """The network shipped in `checkpoints/reader`, trained on street photos."""

    def __init__(self, net: ReaderNet):
        self.net = net.eval()

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> EmbeddedReader:
        """Load a reader's folder (config.json + model.safetensors), strictly.

        Raises:
            ValueError: the folder holds no reader, or one that does not fit.
        """
        net = ReaderNet(load_config(ReaderConfig, folder))
        load_weights(net, Path(folder) / WEIGHTS_NAME)
        return cls(net.to(memory_format=torch.channels_last))

    def find(self, photo: Image.Image) -> list[Candidate]:
        """Everybody in an RGB photo, the likeliest subject first.

        Raises:
            NoPersonFound: nobody is found.
        """
        found = find_people(self.net, np.asarray(photo.convert("RGB")))
        if not found:
            raise NoPersonFound(NOBODY)
        return found

    def read(self, photo: Image.Image, candidate: Candidate | None = None) -> Person:
        """One person of an RGB photo.

        Args:
            photo: RGB.
            candidate: whom, of those that `find` gave for this photo; the likeliest subject by default.

        Raises:
            NoPersonFound: nobody is found.
        """
        candidate = candidate or self.find(photo)[0]
        pixels = np.asarray(photo.convert("RGB"))
        size = pixels.shape[:2]
        view = view_of_one(pixels, candidate, self.net.config.read_height)
        reading = look_both_ways(self.net, view.pixels)
        skeleton = uncrossed(decode_joints(reading).transformed(view.to_photo))
        if skeleton.visible.sum() < FEWEST_JOINTS:
            raise NoPersonFound(NOBODY)
        labels = only_this_person(decode_parsing(reading, size, view.matrix), skeleton, candidate.others)
        return whole_person(skeleton, refined(pixels, labels, skeleton))
