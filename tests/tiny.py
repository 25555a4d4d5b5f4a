"""A tiny TruePose, and a drawn person with exact joints and labels."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import torch

from truepose.model.config import TruePoseConfig
from truepose.model.truepose import TruePose
from truepose.parsing import BodyPart as P
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton
from truepose.reading import Person


def tiny_config(**changes) -> TruePoseConfig:
    """Three levels, attention at the lower two, 64x48 pictures."""
    config = TruePoseConfig(
        unet=dict(
            sample_size=[8, 6],
            block_out_channels=[16, 32, 32],
            layers_per_block=1,
            down_block_types=["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
            up_block_types=["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
            attention_head_dim=2,
            norm_num_groups=8,
        ),
        region_encoder=dict(
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            image_size=16,
            patch_size=8,
            projection_dim=12,
        ),
        autoencoder={"_class_name": "LappedTransform", "luma": 6, "chroma": 1},
        scheduler={
            "_class_name": "DDIMScheduler",
            "prediction_type": "sample",
            "timestep_spacing": "trailing",
            "rescale_betas_zero_snr": True,
            "clip_sample": False,
        },
        image_size=(64, 48),
        pose_channels=4,
        warp_hint=True,
        train_region_encoder=True,
        steps=2,
        guidance_scale=2.0,
    )
    return replace(config, **changes)


def tiny_model(config: TruePoseConfig, *, alive: bool = True) -> TruePose:
    """With `alive`, the layers that start at zero get weights, so that everything has an effect."""
    model = TruePose(config).eval()
    if alive:
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if parameter.requires_grad and not parameter.any():
                    scale = 0.2 if "weight" in name else 0.1
                    parameter.copy_(scale * torch.randn_like(parameter))
    return model


def figure(height: int = 256, width: int = 192) -> tuple[np.ndarray, Person]:
    """A drawn person before a graded wall: (H, W, 3) uint8 RGB, and who it is."""
    s = height / 256
    points = {
        K.NOSE: (96, 40), K.NECK: (96, 62), K.RIGHT_SHOULDER: (74, 66), K.RIGHT_ELBOW: (58, 98),
        K.RIGHT_WRIST: (48, 128), K.LEFT_SHOULDER: (118, 66), K.LEFT_ELBOW: (134, 98), K.LEFT_WRIST: (144, 128),
        K.RIGHT_HIP: (82, 136), K.RIGHT_KNEE: (80, 182), K.RIGHT_ANKLE: (78, 228), K.LEFT_HIP: (110, 136),
        K.LEFT_KNEE: (112, 182), K.LEFT_ANKLE: (114, 228), K.RIGHT_EYE: (91, 36), K.LEFT_EYE: (101, 36),
        K.RIGHT_EAR: (85, 38), K.LEFT_EAR: (107, 38),
    }  # fmt: skip
    left = (width - 192 * s) / 2
    points = {k: (x * s + left, y * s) for k, (x, y) in points.items()}
    skeleton = Skeleton.from_points(points)
    parsing = np.zeros((height, width), np.uint8)

    def at(k):
        return tuple(int(round(v)) for v in skeleton.xy[k])

    def limb(part, thickness, *joints):
        for a, b in zip(joints, joints[1:], strict=False):
            cv2.line(parsing, at(a), at(b), int(part), max(1, round(thickness * s)))

    limb(P.PANTS, 20, K.RIGHT_HIP, K.RIGHT_KNEE, K.RIGHT_ANKLE)
    limb(P.PANTS, 20, K.LEFT_HIP, K.LEFT_KNEE, K.LEFT_ANKLE)
    for ankle, shoe in ((K.RIGHT_ANKLE, P.RIGHT_SHOE), (K.LEFT_ANKLE, P.LEFT_SHOE)):
        cv2.circle(parsing, (at(ankle)[0], at(ankle)[1] + round(6 * s)), round(10 * s), int(shoe), -1)
    trunk = [at(k) for k in (K.RIGHT_SHOULDER, K.LEFT_SHOULDER, K.LEFT_HIP, K.RIGHT_HIP)]
    trunk = np.array(trunk) + np.round(np.array([(-6, -4), (6, -4), (8, 4), (-8, 4)]) * s).astype(int)
    cv2.fillConvexPoly(parsing, trunk, int(P.UPPER_CLOTHES))
    limb(P.RIGHT_ARM, 12, K.RIGHT_SHOULDER, K.RIGHT_ELBOW, K.RIGHT_WRIST)
    limb(P.LEFT_ARM, 12, K.LEFT_SHOULDER, K.LEFT_ELBOW, K.LEFT_WRIST)
    cv2.line(parsing, at(K.NECK), at(K.NOSE), int(P.FACE), round(12 * s))
    cv2.ellipse(parsing, (at(K.NOSE)[0], at(K.NOSE)[1] - round(8 * s)), (round(17 * s), round(18 * s)), 0, 0, 360,
                int(P.HAIR), -1)  # fmt: skip
    cv2.ellipse(parsing, at(K.NOSE), (round(12 * s), round(15 * s)), 0, 0, 360, int(P.FACE), -1)
    colors = np.zeros((256, 3), np.float32)
    colors[[int(p) for p in P]] = np.random.default_rng(5).uniform(30, 225, (len(P), 3))
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
    wall = np.stack([150 + 40 * xx / width, 160 + 30 * yy / height, 190 - 30 * xx / width], -1)
    texture = 18 * np.sin(xx / (3 * s))[..., None] * np.sin(yy / (4 * s))[..., None]
    photo = np.where((parsing > 0)[..., None], colors[parsing] + texture, wall)
    rows, columns = (parsing > 0).any(1).nonzero()[0], (parsing > 0).any(0).nonzero()[0]
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return np.clip(photo, 0, 255).astype(np.uint8), Person(skeleton, parsing, box)
