from __future__ import annotations

import pytest
import torch

from truepose.model.autoencoder import KLAutoencoder, LappedTransform, build_autoencoder, lapped_matrix


def test_lapped_matrix_is_orthonormal():
    matrix = lapped_matrix(48)
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(48, dtype=torch.float64))


def test_a_coefficient_reaches_over_its_block_and_fades():
    """The cure of block borders: a basis function is long and ends softly."""
    basis = lapped_matrix(48)[16].abs()  # lowest frequency of the third block
    reach = basis.nonzero()[:, 0]
    assert reach.min() < 16 and reach.max() > 23
    assert basis[reach.min()] < 0.5 * basis.max()


def test_all_coefficients_give_the_picture_back():
    codec = LappedTransform(64, 64)
    codec.std.copy_(torch.rand(192) + 0.5)
    codec.mean.copy_(torch.randn(192))
    picture = torch.rand(2, 3, 32, 24) * 2 - 1
    torch.testing.assert_close(codec.decode(codec.encode(picture)), picture, atol=1e-5, rtol=0)


def test_fewer_coefficients_keep_the_low_frequencies():
    codec = LappedTransform(10, 3)
    x = torch.linspace(-1, 1, 48)
    smooth = (x[:, None] * x[None]).expand(1, 3, 48, 48)
    noise = torch.rand(1, 3, 48, 48) * 2 - 1
    assert (codec.decode(codec.encode(smooth)) - smooth).abs().mean() < 0.01
    assert (codec.decode(codec.encode(noise)) - noise).abs().mean() > 0.2
    assert codec.encode(noise).shape == (1, 16, 6, 6)


def test_kl_autoencoder_scales_its_latents():
    codec = build_autoencoder({
        "_class_name": "AutoencoderKL", "block_out_channels": [8, 8, 8, 8], "norm_num_groups": 4,
        "down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4,
        "latent_channels": 4, "scaling_factor": 0.5,
    })  # fmt: skip
    picture = torch.rand(1, 3, 32, 32) * 2 - 1
    latents = codec.encode(picture)
    assert isinstance(codec, KLAutoencoder) and latents.shape == (1, 4, 4, 4)
    torch.testing.assert_close(latents, codec.vae.encode(picture).latent_dist.mean * 0.5)
    torch.testing.assert_close(codec.decode(latents), codec.vae.decode(latents / 0.5).sample)


def test_an_unknown_autoencoder_is_refused():
    with pytest.raises(ValueError, match="AutoencoderKL"):
        build_autoencoder({"_class_name": "Mystery"})
