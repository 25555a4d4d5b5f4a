"""How CFLD and PCDM measure re-posed people, as their published code does it (`models/metrics.py`, `metrics.py`).

Both compare pictures of the data's own size, 256x176 or 512x352: DeepFashion's pictures are resized whole to it,
bicubic, no crop but for the 40-pixel borders of square pictures (`truepose prepare` does that; with `--quality 100`
nothing is lost after it), and what the network gives is rounded to bytes (CFLD cuts the fraction off). Whole pictures
are compared. Every figure is a mean over pictures, but FID, which compares all of them with all pictures of the
*training* split.

What they share:
    ssim        Gaussian window, truncated at 3.5 sigma, biased covariances, mean of the channels; the data range is
                that of each generated picture (its largest value less its smallest), K1 0.01, K2 0.03; places whose
                window reaches beyond the picture do not count.
    ssim-51     uniform window of 51 pixels, unbiased covariances, data range 1; the other SSIM that both compute.
    psnr        data range 1, all channels at once.
    lpips       AlexNet, version 0.1.
    fid         2048 features of torchvision's Inception-v3 (ImageNet weights, not those of the original FID), pictures
                in [0, 1] resized to 299x299, bilinear without smoothing, then channel by channel as its
                `transform_input` does.

Where they differ: the sigma of ssim, 1.5 in CFLD and 1.2 in PCDM; and lpips is given pictures in [-1, 1] by CFLD, as
its authors mean it, in [0, 1] by PCDM, which gives smaller values. So figures of the two do not compare.

qalign is no part of either: Q-Align's quality (IQA) and aesthetics (IAA) of the generated pictures alone, 1 to 5.
efficientnet-distance is ours, for where weights cannot be had: the construction of LPIPS over EfficientNet-Lite0.
fid-targets is FID against the pairs' own targets in place of the training split: it compares with no published figure.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Protocol:
    """What differs between the two.

    Attributes:
        name: of the paper's method.
        ssim_sigma: of SSIM's Gaussian window, pixels.
        lpips_signed: whether LPIPS is given pictures in [-1, 1]; else [0, 1].
    """

    name: str
    ssim_sigma: float
    lpips_signed: bool


CFLD = Protocol("cfld", 1.5, True)
PCDM = Protocol("pcdm", 1.2, False)
PROTOCOLS = {protocol.name: protocol for protocol in (CFLD, PCDM)}


def described(protocol: Protocol, size: tuple[int, int]) -> str:
    """The protocol in a paragraph, to stand under the figures."""
    reach = "[-1, 1]" if protocol.lpips_signed else "[0, 1]"
    return (
        f"Protocol {protocol.name}: whole pictures of {size[0]}x{size[1]}, as bytes. ssim: Gaussian window of sigma "
        f"{protocol.ssim_sigma}, biased covariances, data range of each generated picture. ssim-51: uniform window of "
        f"51 pixels, data range 1. psnr: data range 1. lpips: AlexNet 0.1, pictures in {reach}. fid: torchvision's "
        "Inception-v3, 299x299, against the training split's pictures; fid-targets: against the pairs' own targets, "
        "which compares with no published figure. qalign: quality and aesthetics of the generated picture, 1 to 5. "
        "efficientnet-distance: LPIPS's construction over EfficientNet-Lite0, without learnt weights; not LPIPS."
    )
