"""Texture by quilting: pieces of a cloth laid side by side, each chosen to agree with what lies there already."""

from __future__ import annotations

import cv2
import numpy as np

_SMALLEST = 8  # pixels of a piece


def quilt(
    canvas: np.ndarray, known: np.ndarray, wanted: np.ndarray, cloth: np.ndarray, inside: np.ndarray, side: int
) -> np.ndarray:
    """Fill the wanted pixels with pieces of a cloth, growing from what is known.

    Efros and Freeman's quilting, with soft seams: on a grid, from the best surrounded cell on, the piece of the
    cloth whose overlap differs least is laid down.

    Args:
        canvas: (h, w, 3) uint8.
        known, wanted: (h, w) bool.
        cloth: (ch, cw, 3) uint8, the example.
        inside: (ch, cw) bool, its pixels that are cloth; some must be set.
        side: pixels of a piece; smaller ones are taken where the example is too narrow.

    Returns:
        (h, w, 3) uint8; known pixels, and those not wanted, are unchanged.
    """
    out, filled = canvas.astype(np.float32), known.astype(np.float32)
    missing = wanted & ~known
    if not missing.any():
        return canvas.copy()
    side, places = _pieces(inside, min(side, *cloth.shape[:2]))
    example = cloth.astype(np.float32)
    step = max(1, side * 2 // 3)
    pad = side
    out = cv2.copyMakeBorder(out, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    filled = np.pad(filled, pad)
    todo = np.pad(missing, pad)
    ramp = _ramp(side)
    for row, column in _order(todo, filled, step, side):
        window = slice(row, row + side), slice(column, column + side)
        if not (todo[window] & (filled[window] < 1)).any():
            continue
        y, x = _best(example, places, out[window], filled[window])
        piece = example[y : y + side, x : x + side]
        # Laid over what is there by a ramp towards the piece's rim; never over what was known.
        have = filled[window]
        own = np.where(have > 0, ramp * todo[window], 1.0)[..., None]
        out[window] = np.where(have[..., None] > 0, out[window] * (1 - own) + piece * own, piece)
        filled[window] = 1.0
    result = canvas.copy()
    inner = (slice(pad, -pad), slice(pad, -pad))
    result[missing] = np.clip(np.rint(out[inner][missing]), 0, 255).astype(np.uint8)
    return result


def _pieces(inside: np.ndarray, side: int) -> tuple[int, np.ndarray]:
    """The side that fits, and (h - side + 1, w - side + 1) bool: where a whole piece of cloth begins."""
    while True:
        shape = inside.shape[0] - side + 1, inside.shape[1] - side + 1
        share = cv2.boxFilter(inside.astype(np.float32), -1, (side, side), anchor=(0, 0))[: shape[0], : shape[1]]
        whole = share > 0.999
        if whole.sum() >= 4 or side <= _SMALLEST:
            return side, whole if whole.any() else share >= share.max() - 1e-3
        side = max(_SMALLEST, side * 3 // 4)
        if side > min(inside.shape):
            side = min(inside.shape)


def _ramp(side: int) -> np.ndarray:
    """(side, side) float32: 0 at a piece's rim, 1 from a third of it inwards."""
    line = np.clip((np.minimum(np.arange(side), np.arange(side)[::-1]) + 0.5) / max(1.0, side / 3), 0, 1)
    return np.minimum(line[:, None], line[None]).astype(np.float32)


def _order(todo: np.ndarray, filled: np.ndarray, step: int, side: int) -> list[tuple[int, int]]:
    """Top left corners of the cells, nearest to what is known first; from the top where nothing is."""
    rows = range(0, todo.shape[0] - side + 1, step)
    columns = range(0, todo.shape[1] - side + 1, step)
    cells = [(y, x) for y in rows for x in columns if todo[y : y + side, x : x + side].any()]
    if not filled.any():
        return cells
    distance = cv2.distanceTransform((filled == 0).astype(np.uint8), cv2.DIST_L2, 3)
    half = side // 2
    return sorted(cells, key=lambda cell: distance[cell[0] + half, cell[1] + half])


def _best(example: np.ndarray, places: np.ndarray, there: np.ndarray, have: np.ndarray) -> tuple[int, int]:
    """(row, column) in the example of the piece that agrees best with the pixels there."""
    if not have.any():
        # Nothing to agree with: the middle of the cloth.
        depth = cv2.distanceTransform(np.pad(places, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
        return np.unravel_index(int(depth.argmax()), depth.shape)
    weight = np.repeat(have[..., None], 3, 2)
    cost = cv2.matchTemplate(example, there, cv2.TM_SQDIFF, mask=weight)
    cost = np.where(places, np.nan_to_num(cost, nan=1e12, posinf=1e12), 1e13)
    return np.unravel_index(int(cost.argmin()), cost.shape)
