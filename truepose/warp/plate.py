"""The plate: the photo without its person, the background behind them painted in."""

from __future__ import annotations

import cv2
import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from .fill import continue_texture, nearest_known

_COPIED_AT_ONCE = 1 << 16  # pixels copied at once: bounds the memory, and stays in cache
_AT_ONCE = 96  # pixels matched at once: small products stay in cache and off the thread pool
_UPRIGHT = 0.25  # pull of what lies above and below in the membrane, against 1 from the sides
_BROAD = 1.5  # pixels of the small picture: the blur that leaves broad colours
_DRAWN = 0.5  # of the way to the membrane's broad colours


def paint_background(image: np.ndarray, hole: np.ndarray, fade: float = 0.0, side: int = 64) -> np.ndarray:
    """Fill a hole with patches of the rest of the picture.

    At a small size a membrane spanned over the hole says which colours to expect. Every ring of the hole, from outside
    in, takes the best matching patch of the same picture that agrees with it (patches at the same height are
    preferred: streets and walls run level). The offsets found are then followed at full resolution, cross-faded between
    neighbouring cells, so the texture copied is sharp; its broad colours are drawn half of the way to the membrane's.

    Args:
        image: (H, W, 3) uint8.
        hole: (H, W) bool.
        fade: pixels from the hole's border over which the patches take over from the border's own colours.
        side: longer side of the small picture.

    Returns:
        (H, W, 3) uint8, equal to the image outside the hole.
    """
    if not hole.any():
        return image.copy()
    if hole.all():
        return np.full_like(image, 128)
    height, width = hole.shape
    scale = min(1.0, side / max(height, width))
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    weight = cv2.resize((~hole).astype(np.float32), small, interpolation=cv2.INTER_AREA)
    gap = weight < 0.999
    if gap.all():
        return continue_texture(image, ~hole, hole)
    tiny = cv2.resize(image, small, interpolation=cv2.INTER_AREA).astype(np.float32)
    guide = membrane(tiny, gap)
    painted = _follow_offsets(image, hole, _match_rings(guide, gap))
    painted = _towards(painted, guide, hole, gap)
    if fade <= 0:
        return painted
    depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
    band = hole & (depth < fade)
    rows, columns = band.nonzero()
    near = continue_texture(image, ~hole, band)[rows, columns]
    share = (depth[rows, columns, None] / fade).astype(np.float32)
    painted[rows, columns] = np.rint(near * (1 - share) + painted[rows, columns] * share)
    return painted


def membrane(image: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """The picture with its gap spanned smoothly from the rim, more from the sides than from above and below.

    Args:
        image: (h, w, C) float32.
        gap: (h, w) bool; some pixels must be known.

    Returns:
        (h, w, C) float32, equal to the image outside the gap.
    """
    height, width = gap.shape
    rows, columns = gap.nonzero()
    number = np.full(gap.shape, -1)
    number[gap] = np.arange(len(rows))
    total, known = np.full(len(rows), 1e-6), np.zeros((len(rows), image.shape[2]))
    links = []
    for dy, dx, pull in ((0, 1, 1.0), (0, -1, 1.0), (1, 0, _UPRIGHT), (-1, 0, _UPRIGHT)):
        y, x = rows + dy, columns + dx
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        at = y.clip(0, height - 1), x.clip(0, width - 1)
        total += pull * inside
        rim, within = inside & ~gap[at], inside & gap[at]
        known[rim] += pull * image[at][rim]
        links.append((np.flatnonzero(within), number[at][within], np.full(within.sum(), -pull)))
    every = np.arange(len(rows))
    first, second, pulls = (np.concatenate(parts) for parts in zip(*links, (every, every, total), strict=True))
    out = image.copy()
    out[gap] = splu(sparse.csc_matrix((pulls, (first, second)))).solve(known)
    return out


def _towards(painted: np.ndarray, guide: np.ndarray, hole: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8: the hole's broad colours drawn towards those of the small (h, w, 3) guide."""
    size = gap.shape[::-1]
    small = cv2.resize(painted, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    apart = cv2.GaussianBlur(np.where(gap[..., None], guide - small, 0), (0, 0), _BROAD)
    apart = cv2.resize(apart.astype(np.float32), hole.shape[::-1], interpolation=cv2.INTER_LINEAR)
    out = painted.copy()
    out[hole] = np.clip(np.rint(painted[hole] + _DRAWN * apart[hole]), 0, 255)
    return out


def _match_rings(guide: np.ndarray, gap: np.ndarray, radius: int = 3, passes: int = 1) -> np.ndarray:
    """(h, w, 2) int32 offsets (dy, dx) to the pixel each gap pixel copies; 0 elsewhere.

    Args:
        guide: (h, w, 3) float32, the small picture, in its gap the colours to expect.
        gap: (h, w) bool.
        radius: of the patches; passes: how often all is matched again at the end.
    """
    tiny, broad = guide.copy(), cv2.GaussianBlur(guide, (0, 0), _BROAD)
    offsets = np.zeros((*gap.shape, 2), np.int32)
    known = ~gap
    size = 2 * radius + 1
    whole = cv2.erode(known.astype(np.uint8), np.ones((size, size), np.uint8), borderValue=0).astype(bool)
    if whole.sum() < 30:
        whole = known.copy()
    sources = np.stack(whole.nonzero(), 1)
    index = np.full(gap.shape, -1, np.int32)
    index[whole] = np.arange(len(sources))
    bank = _patches(tiny, sources[:, 0], sources[:, 1], radius)
    squares = (bank**2).T.copy()
    weight = np.array([40, 8], np.float32) * size / max(gap.shape)  # steps up and down cost more than sideways
    places = (sources * weight).astype(np.float32)
    wanted = broad[sources[:, 0], sources[:, 1]]
    again = 0
    while True:
        ring = cv2.dilate(known.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~known
        if not ring.any():
            # All is filled: look again with whole patches, so that pieces grow together.
            ring, again = gap, again + 1
            if again > passes:
                return offsets
        pixels = np.stack(ring.nonzero(), 1)
        for first in range(0, len(pixels), _AT_ONCE):
            rows, columns = pixels[first : first + _AT_ONCE].T
            mask = np.repeat(_patches(known[..., None].astype(np.float32), rows, columns, radius), 3, 1)
            patch = _patches(tiny, rows, columns, radius) * mask
            # mean over the known pixels of (p - q)^2
            cost = mask @ squares - 2 * patch @ bank.T + (patch**2).sum(1, keepdims=True)
            cost /= np.maximum(mask.sum(1, keepdims=True), 1)
            cost += ((broad[rows, columns][:, None] - wanted) ** 2).mean(-1)
            cost += np.abs(places[:, 0] - (rows * weight[0]).astype(np.float32)[:, None])
            cost += np.abs(places[:, 1] - (columns * weight[1]).astype(np.float32)[:, None])
            _favour_neighbours(cost, rows, columns, offsets, index)
            best = sources[cost.argmin(1)]
            tiny[rows, columns] = tiny[best[:, 0], best[:, 1]]
            offsets[rows, columns] = best - np.stack([rows, columns], 1)
        known |= ring


def _favour_neighbours(cost, rows, columns, offsets, index) -> None:
    """Lower the cost of going on with a neighbour's offset: large coherent pieces have few joins."""
    height, width = index.shape
    for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)):
        neighbour = np.clip(rows + dy, 0, height - 1), np.clip(columns + dx, 0, width - 1)
        offset = offsets[neighbour]
        row, column = rows + offset[:, 0], columns + offset[:, 1]
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width) & offset.any(1)
        which = np.flatnonzero(inside)
        candidate = index[row[which], column[which]]
        which, candidate = which[candidate >= 0], candidate[candidate >= 0]
        cost[which, candidate] = np.minimum(cost[which, candidate], 0.5 * cost[which, candidate])


def _patches(image: np.ndarray, rows: np.ndarray, columns: np.ndarray, radius: int) -> np.ndarray:
    """(N, size² C) float32 square patches around pixels; edges are repeated."""
    padded = np.pad(image, ((radius, radius), (radius, radius), (0, 0)), mode="edge")
    span = np.arange(2 * radius + 1)
    out = padded[rows[:, None, None] + span[:, None], columns[:, None, None] + span]
    return out.reshape(len(rows), -1)


def _follow_offsets(image: np.ndarray, hole: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Copy full-resolution pixels along the small picture's offsets, cross-fading the four nearest cells' copies."""
    out = image.copy()
    rows, columns = hole.nonzero()
    missing = np.zeros(hole.shape, bool)
    for first in range(0, len(rows), _COPIED_AT_ONCE):
        some = rows[first : first + _COPIED_AT_ONCE], columns[first : first + _COPIED_AT_ONCE]
        colour, total = _copied(image, hole, offsets, *some)
        out[some] = np.rint(colour / np.maximum(total, 1e-4))
        missing[some] = total[:, 0] < 1e-4
    if missing.any():
        out[missing] = image[nearest_known(~hole, missing)]
    return out


def _copied(image: np.ndarray, hole: np.ndarray, offsets: np.ndarray, rows: np.ndarray, columns: np.ndarray):
    """(N, 3) weighted sums of the pixels that the four cells about each of N pixels copy, (N, 1) sums of weights."""
    height, width = hole.shape
    ratio = np.array([height / offsets.shape[0], width / offsets.shape[1]])
    y, x = (rows + 0.5) / ratio[0] - 0.5, (columns + 0.5) / ratio[1] - 0.5
    top, left = np.floor(y).astype(np.int32), np.floor(x).astype(np.int32)
    shifts = np.rint(offsets * ratio).astype(np.int32)
    colour = np.zeros((len(rows), 3), np.float32)
    total = np.zeros((len(rows), 1), np.float32)
    for dy in (0, 1):
        for dx in (0, 1):
            shift = shifts[np.clip(top + dy, 0, offsets.shape[0] - 1), np.clip(left + dx, 0, offsets.shape[1] - 1)]
            row, column = np.clip(rows + shift[:, 0], 0, height - 1), np.clip(columns + shift[:, 1], 0, width - 1)
            weight = (1 - np.abs(y - top - dy)) * (1 - np.abs(x - left - dx))
            weight = ((weight + 1e-3) * ~hole[row, column])[:, None].astype(np.float32)
            colour += weight * image[row, column]
            total += weight
    return colour, total
