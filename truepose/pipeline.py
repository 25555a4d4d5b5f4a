"""The main path: photo -> person -> source features -> conditioned denoising -> composed result."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from huggingface_hub import HfApi
from PIL import Image
from torch import Tensor

from .compose import Preview, compose, preview
from .frame import Frame
from .hub import local_folder, upload_folder
from .inputs import hint_input, part_mask_input, pose_input, source_inputs, tensor_image
from .model.attention import SourceContext, SourceFeatures
from .model.base import BaseWeights, build_from_base
from .model.config import TruePoseConfig
from .model.layout import save_folder
from .model.truepose import TruePose
from .parsing import BodyPart
from .photo import open_photo
from .pose import Skeleton
from .reading import Person, PersonReader, load_reader
from .sampling import Kept, OnLatents, Predict, build_scheduler, denoise, guided
from .warp import Puppet, cut_puppet

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"
COMPACT = CHECKPOINTS / "compact"
# Draws the result as a step foresees it. Costs a decoding, so it is left to the caller how often.
Glance = Callable[[], Image.Image]
# (step from 1, steps, glance) -> None; whatever it raises ends the run
OnStep = Callable[[int, int, Glance], None]


@dataclass(frozen=True, eq=False)
class Source:
    """Everything that depends on the photo alone: computed once, reused over poses, steps and seeds.

    Attributes:
        photo: (H, W, 3) uint8 RGB.
        person: skeleton and parsing in the photo's pixels.
        puppet: the person cut for warping, and the background plate.
        parsing: (h, w) uint8 labels in the source's frame.
        region_masks: (1, 17, h, w) bool in the source's frame.
        features: SourceNet's, per layer.
        tokens: (1, 18, C) CLIP tokens of the whole source and of its regions.
    """

    photo: np.ndarray
    person: Person
    puppet: Puppet
    parsing: np.ndarray
    region_masks: Tensor
    features: SourceFeatures
    tokens: Tensor


@dataclass(frozen=True, eq=False)
class Condition:
    """Everything that depends on source and target but not on the timestep.

    Attributes:
        frame: the model's window, around both poses.
        context: keys and values per layer.
        pose_features: (1, pose_channels, h / 8, w / 8).
        hint: (1, 3, h, w) in [-1, 1], the warp on its plate, which the network corrects; None without a warp hint.
    """

    frame: Frame
    context: SourceContext
    pose_features: Tensor
    hint: Tensor | None


@dataclass(frozen=True, eq=False)
class Result:
    """A re-posed photo.

    Attributes:
        image: RGB, of the photo's size.
        preview: the warp alone and its keep map, of the photo's size.
        generated: (h, w, 3) uint8, the network's own picture of `frame`.
        frame: its place in the photo.
        seed: the noise's seed.
    """

    image: Image.Image
    preview: Preview
    generated: np.ndarray
    frame: Frame
    seed: int


class TruePosePipeline:
    """A model ready to edit photos. Holds weights only: no call leaves a trace for the next.

    Args:
        model: the networks.
        reader: finds the person of a photo that is given alone; the embedded reader when first needed by default.
        device: where the networks run.
    """

    def __init__(self, model: TruePose, reader: PersonReader | None = None, device: str | torch.device = "cpu"):
        self.model = model.eval().to(device=device, memory_format=torch.channels_last)
        self.device = torch.device(device)
        self._reader = reader

    @classmethod
    def from_pretrained(
        cls,
        folder_or_hub_id: str | Path = COMPACT,
        *,
        reader: PersonReader | None = None,
        device: str | None = None,
        dtype: torch.dtype | None = None,
    ) -> TruePosePipeline:
        """Load a model's folder, compact or in diffusers' layout, or the snapshot of a hub repository of either.

        Args:
            device: a CUDA device where there is one, else the CPU, by default.
            dtype: of the weights; float16 on a GPU, else float32, by default.

        Raises:
            ValueError: neither a folder with a model nor a hub repository that can be reached.
        """
        device = device or default_device()
        model = TruePose.from_folder(local_folder(folder_or_hub_id), dtype or default_dtype(device))
        return cls(model, reader, device)

    @classmethod
    def from_stable_diffusion(
        cls,
        base: str,
        clip: str,
        *,
        moore: str | Path | None = None,
        image_size: tuple[int, int] = (512, 352),
        reader: PersonReader | None = None,
        device: str | None = None,
        dtype: torch.dtype | None = None,
    ) -> TruePosePipeline:
        """A model to train: both UNets are Stable Diffusion's, what is new starts without effect.

        Until it is trained, and without a source, it is that UNet exactly; its sizes and its scheduler are the base's.

        Args:
            base: Stable Diffusion 1.5, or another of its layout (`unet/`, `vae/`): a folder or a hub id.
            clip: CLIP ViT-L/14, or another whose tokens have the UNet's width: a folder or a hub id.
            moore: a folder of Moore-AnimateAnyone's weights to start from instead (`truepose.model.moore`).
            image_size: (height, width) of the crop that the network sees, multiples of 8.
            device, dtype: as for `from_pretrained`.

        Raises:
            ValueError: weights that cannot be had, or that do not fit each other.
        """
        device = device or default_device()
        model = build_from_base(BaseWeights(str(base), str(clip)), moore, image_size=image_size)
        return cls(model.cast(dtype or default_dtype(device)), reader, device)

    def save_pretrained(self, folder: str | Path) -> None:
        """Save in diffusers' layout (`truepose.model.layout`), in the weights' own dtype.

        Raises:
            ValueError: the folder holds something else, or cannot be written.
        """
        save_folder(self.model, folder)

    def push_to_hub(self, repo_id: str, *, private: bool = False, api: HfApi | None = None) -> str:
        """Upload what `save_pretrained` writes; returns the commit's address.

        Args:
            repo_id: "name/repository", made where it is missing.
            api: the hub's client; by default one with the token that `hf auth login` keeps.

        Raises:
            ValueError: the hub refuses or cannot be reached.
        """
        with tempfile.TemporaryDirectory(prefix="truepose-") as place:
            self.save_pretrained(Path(place) / "model")
            return upload_folder(Path(place) / "model", repo_id, private=private, api=api)

    @property
    def defaults(self) -> TruePoseConfig:
        """The model's config, with its default `steps` and `guidance_scale`."""
        return self.model.config

    @torch.inference_mode()
    def encode_source(self, photo: Image.Image, person: Person | None = None) -> Source:
        """Read, cut and encode a photo (Eq. 3-4).

        Args:
            photo: any picture; it passes the input gate, `open_photo`.
            person: who is in it; read from the photo by default.

        Raises:
            PhotoError: the photo is too small or too large.
            NoPersonFound: nobody is found.
            ValueError: the person is not of this photo's size, or has no visible joint.
        """
        photo = open_photo(photo)
        if person is None:
            person = self._read(photo)
        pixels = np.asarray(photo)
        puppet = cut_puppet(pixels, person)
        frame = Frame.around([person.box], self.model.config.image_size)
        parsing = frame.view_labels(person.parsing)
        inputs = {name: tensor[None].to(self.device) for name, tensor in
                  source_inputs(frame.view(pixels), parsing).items()}  # fmt: skip
        features, tokens = self.model.encode_source(inputs["source"], inputs["boxes"])
        return Source(pixels, person, puppet, parsing, inputs["region_masks"], features, tokens)

    @torch.inference_mode()
    def condition(self, source: Source, target: Skeleton, shown: Preview | None = None) -> Condition:
        """Keys and values for one pose of a source, and what PoseEncoder sees (Eq. 5-9).

        Args:
            source: from `encode_source`.
            target: joints in the photo's pixels.
            shown: the pose's preview, if it is there already.

        Raises:
            ValueError: the target has no visible joint.
        """
        shown = shown or preview(source.puppet, target)
        size = self.model.config.image_size
        frame = Frame.around([source.person.box, _shown_box(shown, target)], size)
        part_mask = part_mask_input(source.parsing, target)[None].to(self.device)
        context = self.model.condition(source.features, source.tokens, part_mask, source.region_masks)
        pose_map = pose_input(frame.skeleton(target), size)[None].to(self.device)
        hint = None
        if self.model.config.warp_hint:
            maps = (frame.view(shown.image), frame.view(shown.alpha, border=0), frame.view(shown.keep))
            hint = hint_input(*maps)[None].to(self.device)
        pose_features = self.model.pose_features(pose_map, hint)
        return Condition(frame, context, pose_features, None if hint is None else hint[:, :3])

    @torch.inference_mode()
    def generate(
        self,
        condition: Condition,
        *,
        steps: int,
        guidance_scale: float,
        seed: int,
        on_step: OnLatents | None = None,
    ) -> np.ndarray:
        """Denoise (Eq. 11) and decode: (h, w, 3) float32 in [0, 255], the network's picture of the frame."""
        net = partial(self.predict, condition.pose_features)
        predict = guided(net(None), net(condition.context), guidance_scale)
        return self.decode(self.sample(predict, steps, seed, on_step=on_step), condition.hint)

    @torch.inference_mode()
    def decode(self, latents: Tensor, hint: Tensor | None) -> np.ndarray:
        """(1, C, h / 8, w / 8) clean latents, a correction of the (1, 3, h, w) hint if any, as `generate` returns."""
        return tensor_image(self.model.picture(latents, hint)[0])

    def predict(self, pose_features: Tensor, context: SourceContext | None) -> Predict:
        """TargetNet for one pose and one source, or none."""
        net, dtype = self.model.target_net, self.model.dtype
        # The scheduler steps in float32 whatever the weights are.
        return lambda latents, timestep: net(latents.to(dtype), timestep, pose_features, context).float()

    def sample(
        self, predict: Predict, steps: int, seed: int, *, kept: Kept | None = None, on_step: OnLatents | None = None
    ) -> Tensor:
        """(1, C, h / 8, w / 8) latents, denoised from the seed's noise by the model's scheduler."""
        config = self.model.config
        channels = self.model.autoencoder.channels
        height, width = (side // 8 for side in config.image_size)
        # Drawn on the CPU, so that a seed means the same on every device.
        generator = torch.Generator().manual_seed(seed)
        noise = torch.randn(1, channels, height, width, generator=generator).to(self.device)
        settings = {"start": config.start, "kept": kept, "generator": generator, "on_step": on_step}
        return denoise(predict, build_scheduler(config.scheduler), noise, steps, **settings)

    def repose(
        self,
        photo: Image.Image,
        target: Skeleton,
        *,
        steps: int | None = None,
        guidance_scale: float | None = None,
        seed: int = 0,
        strength: float = 1.0,
        locked: frozenset[BodyPart] = frozenset(),
        person: Person | None = None,
        source: Source | None = None,
        on_step: OnStep | None = None,
    ) -> Result:
        """The person of the photo in the target pose.

        Args:
            photo: RGB.
            target: joints in the photo's pixels, followed as given.
            steps: sampling steps, at least 1; the model's default if None.
            guidance_scale: omega of Eq. 11; the model's default if None.
            seed: of the noise: equal seeds give equal pictures.
            strength: in [0, 1], how much of the network's correction is applied over the warp.
            locked: parts that the network may not change.
            person: who is in the photo; read from it by default.
            source: `encode_source` of this photo, if it is there already.
            on_step: called with (step, steps, glance) after every step; what it raises ends the run.

        Raises:
            NoPersonFound: nobody is found in the photo.
            ValueError: steps below 1, strength out of range, or a target without a visible joint.
        """
        config = self.model.config
        steps = config.steps if steps is None else steps
        guidance_scale = config.guidance_scale if guidance_scale is None else guidance_scale
        if steps < 1:
            raise ValueError(f"steps must be at least 1, got {steps}")
        if not 0 <= strength <= 1:  # before minutes are spent
            raise ValueError(f"strength must be in [0, 1], got {strength}")
        if not target.visible.any():
            raise ValueError("the target pose has no visible joint")
        source = source or self.encode_source(photo, person)
        shown = preview(source.puppet, target, locked)
        condition = self.condition(source, target, shown)

        def composed(generated: np.ndarray) -> Image.Image:
            return Image.fromarray(compose(shown, generated, condition.frame, strength))

        def drawn(latents: Tensor) -> Image.Image:
            return composed(self.decode(latents, condition.hint))

        settings = {"steps": steps, "guidance_scale": guidance_scale, "seed": seed}
        generated = self.generate(condition, on_step=glancing(on_step, drawn), **settings)
        return Result(composed(generated), shown, generated.round().astype(np.uint8), condition.frame, seed)

    def _read(self, photo: Image.Image) -> Person:
        if self._reader is None:
            self._reader = load_reader()
        return self._reader.read(photo)


def glancing(on_step: OnStep | None, drawn: Callable[[Tensor], Image.Image]) -> OnLatents | None:
    """What sampling calls for an `on_step` that is given pictures, which `drawn` makes of clean latents."""
    if on_step is None:
        return None
    return lambda step, steps, latents: on_step(step, steps, partial(drawn, latents))


def default_device() -> str:
    """A CUDA device where there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def default_dtype(device: str | torch.device) -> torch.dtype:
    """Half precision where it is faster."""
    return torch.float32 if torch.device(device).type == "cpu" else torch.float16


def load_pipeline(folder_or_hub_id: str | Path = COMPACT, **options) -> TruePosePipeline:
    """The embedded model by default. See `TruePosePipeline.from_pretrained`."""
    return TruePosePipeline.from_pretrained(folder_or_hub_id, **options)


def _shown_box(shown: Preview, target: Skeleton) -> tuple[float, float, float, float]:
    """(x0, y0, x1, y1) around the warped person, inside the photo; around the joints where none of it is seen."""
    rows, columns = shown.alpha.any(1).nonzero()[0], shown.alpha.any(0).nonzero()[0]
    if len(rows):
        return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
    height, width = shown.alpha.shape
    x0, y0, x1, y1 = target.box()
    return (
        float(np.clip(x0, 0, width - 1)), float(np.clip(y0, 0, height - 1)),
        float(np.clip(x1, 1, width)), float(np.clip(y1, 1, height)),
    )  # fmt: skip
