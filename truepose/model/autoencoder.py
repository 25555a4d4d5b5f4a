"""phi: diffusers' AutoencoderKL (sd15), or a fixed lapped transform (compact), behind one encode and decode."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn

_BLOCK = 8


def _dct_matrix(size: int, dtype=torch.float64) -> Tensor:
    """(size, size) orthonormal DCT-II."""
    n = torch.arange(size, dtype=dtype)
    basis = torch.cos(torch.pi * (n + 0.5) * n[:, None] / size) * (2 / size) ** 0.5
    basis[0] /= 2**0.5
    return basis


def _dct4_matrix(size: int, dtype=torch.float64) -> Tensor:
    """(size, size) orthonormal DCT-IV."""
    n = torch.arange(size, dtype=dtype) + 0.5
    return torch.cos(torch.pi * n * n[:, None] / size) * (2 / size) ** 0.5


@lru_cache(maxsize=32)
def lapped_matrix(length: int) -> Tensor:
    """(length, length) float64 orthonormal matrix of the 1-D lapped transform of blocks of 8.

    An orthogonal pre-filter across each border between blocks, then a DCT in each block (Malvar's fast LOT as a
    time-domain pre-filter: Tran, Liang, Tu 2003). Errors of a coefficient fade over 16 pixels instead of ending at
    a block's edge.
    """
    half = _BLOCK // 2
    flip = torch.eye(half, dtype=torch.float64).flip(0)
    eye = torch.eye(half, dtype=torch.float64)
    rotation = flip @ _dct_matrix(half).T @ _dct4_matrix(half) @ flip
    butterfly = torch.cat([torch.cat([eye, flip], 1), torch.cat([flip, -eye], 1)]) / 2**0.5
    lapping = butterfly @ torch.block_diag(eye, rotation) @ butterfly
    pre = torch.eye(length, dtype=torch.float64)
    for border in range(_BLOCK, length, _BLOCK):
        pre[border - half : border + half, border - half : border + half] = lapping
    return torch.block_diag(*[_dct_matrix(_BLOCK)] * (length // _BLOCK)) @ pre


def _zigzag(count: int) -> list[int]:
    """The first `count` of the 64 coefficients of a block, lowest frequencies first, as row * 8 + column."""
    cells = sorted((r + c, r if (r + c) % 2 else c, r, c) for r in range(_BLOCK) for c in range(_BLOCK))
    return [r * _BLOCK + c for _, _, r, c in cells[:count]]


# RGB in [-1, 1] -> luma and two colour differences, orthonormal, so that errors keep their size.
_OPPONENT = torch.linalg.qr(torch.tensor([[1.0, 1, 1], [1, 0, -1], [-1, 2, -1]]).T)[0].T.contiguous()


class LappedTransform(nn.Module):
    """A transform codec as autoencoder: the lowest frequencies of each lapped 8x8 block, three colour planes.

    No learnt weights but one scale per channel; what is kept is kept exactly, and it costs a matrix product.

    Args:
        luma, chroma: coefficients kept of the luma plane and of each colour plane.
    """

    scaling = 1.0

    def __init__(self, luma: int = 36, chroma: int = 6):
        super().__init__()
        self.luma, self.chroma = luma, chroma
        self.channels = luma + 2 * chroma
        # Named, because a model that waits for its weights is built on the meta device.
        self.register_buffer("mean", torch.zeros(self.channels, device="cpu"))
        self.register_buffer("std", torch.ones(self.channels, device="cpu"))
        rows = _zigzag(luma) + [64 + i for i in _zigzag(chroma)] + [128 + i for i in _zigzag(chroma)]
        self.register_buffer("rows", torch.tensor(rows, device="cpu"), persistent=False)
        self.register_buffer("opponent", _OPPONENT.clone(), persistent=False)

    def encode(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in [-1, 1] -> (B, C, H/8, W/8) latents, normalised."""
        coefficients = self.coefficients(image)
        return (coefficients - self.mean[:, None, None]) / self.std[:, None, None]

    def coefficients(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, C, H/8, W/8), not normalised."""
        batch, _, height, width = image.shape
        planes = torch.einsum("pc,bchw->bphw", self.opponent, image.float())
        planes = _matrix(height, planes) @ planes @ _matrix(width, planes).T
        blocks = planes.view(batch, 3, height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
        blocks = blocks.permute(0, 1, 3, 5, 2, 4).reshape(batch, 192, height // _BLOCK, width // _BLOCK)
        return blocks[:, self.rows]

    def decode(self, latents: Tensor) -> Tensor:
        """(B, C, h, w) latents -> (B, 3, 8h, 8w) RGB, about [-1, 1]."""
        return self._picture(latents.float() * self.std[:, None, None] + self.mean[:, None, None])

    def decoded_change(self, latents: Tensor, change: Tensor) -> Tensor:
        """What a change of (B, C, h, w) latents changes in their picture, (B, 3, 8h, 8w): here the same for all."""
        return self._picture(change.float() * self.std[:, None, None])

    def _picture(self, coefficients: Tensor) -> Tensor:
        batch, _, h, w = coefficients.shape
        blocks = coefficients.new_zeros(batch, 192, h, w).index_copy(1, self.rows, coefficients)
        planes = blocks.view(batch, 3, _BLOCK, _BLOCK, h, w).permute(0, 1, 4, 2, 5, 3)
        planes = planes.reshape(batch, 3, h * _BLOCK, w * _BLOCK)
        planes = _matrix(h * _BLOCK, planes).T @ planes @ _matrix(w * _BLOCK, planes)
        return torch.einsum("pc,bphw->bchw", self.opponent, planes)


def _matrix(length: int, like: Tensor) -> Tensor:
    return lapped_matrix(length).to(like.device, like.dtype)


class KLAutoencoder(nn.Module):
    """Stable Diffusion's autoencoder with its scaling; the latents are the mean of the posterior.

    Latents and pictures are float32, whatever the weights are.
    """

    def __init__(self, **config):
        super().__init__()
        self.vae = AutoencoderKL(**config)
        self.channels = self.vae.config.latent_channels

    def encode(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in [-1, 1] -> (B, C, H/8, W/8)."""
        return self.vae.encode(image.to(self.vae.dtype)).latent_dist.mean.float() * self.vae.config.scaling_factor

    def decode(self, latents: Tensor) -> Tensor:
        """(B, C, h, w) -> (B, 3, 8h, 8w) RGB, about [-1, 1]."""
        return self.vae.decode((latents / self.vae.config.scaling_factor).to(self.vae.dtype)).sample.float()

    def decoded_change(self, latents: Tensor, change: Tensor) -> Tensor:
        """What a change of (B, C, h, w) latents changes in their picture, (B, 3, 8h, 8w)."""
        return self.decode(latents + change) - self.decode(latents)


_CLASSES = {"LappedTransform": LappedTransform, "AutoencoderKL": KLAutoencoder}


def build_autoencoder(config: dict[str, Any]) -> LappedTransform | KLAutoencoder:
    """The autoencoder that a config's `_class_name` names.

    Raises:
        ValueError: an unknown name.
    """
    config = dict(config)
    name = config.pop("_class_name", None)
    if name not in _CLASSES:
        raise ValueError(f"autoencoder _class_name must be one of {sorted(_CLASSES)}, got {name!r}")
    return _CLASSES[name](**config)
