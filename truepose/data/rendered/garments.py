"""Clothes cut from the helper tights and skirt: where they end, how far off the body they hang, their coordinates."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial import cKDTree

from ...parsing import BodyPart
from .body import BODY, BaseBody, Shape
from .fabric import Fabric
from .geometry import vertex_normals
from .piece import Piece, Surface

OUTSIDE = 0.5  # metres past the edge: a vertex that belongs to no part of the garment


@dataclass(frozen=True, eq=False)
class Garment:
    """What to cut.

    Attributes:
        kind: "top" (shirts, the upper half of a dress), "bottom" (trousers, shorts) or "skirt".
        label: BodyPart it is in the parsing map.
        hem: top: metres below the waist; bottom, skirt: 0 at the crotch, 1 at the knee, 2 at the ankle.
        sleeve: top: 0.3 covers the shoulder, 1 ends at the elbow, 2 at the wrist.
        neck: metres the neckline lies below the neck's base in front; negative for a turtleneck.
        vee: metres that a V is cut deeper.
        open_front: metres between the two sides of an open jacket, 0 for a closed garment.
        rise: metres a bottom's waistband lies above the natural waist.
        decal: (H, W, 4) picture on the front; decal_box: metres its centre lies below the neck (bottom: the waist),
            width, height; words: those printed on it.
        offset: metres off the skin; loose: 0 follows the body, 1 hangs straight from its widest point.
    """

    kind: str
    label: BodyPart
    fabric: Fabric
    hem: float = 0.16
    sleeve: float = 0.6
    neck: float = 0.0
    vee: float = 0.0
    open_front: float = 0.0
    rise: float = -0.01
    offset: float = 0.008
    loose: float = 0.6
    trim: tuple[float, tuple[int, int, int]] | None = None
    decal: np.ndarray | None = None
    decal_box: tuple[float, float, float] = (0.16, 0.26, 0.2)
    words: tuple[str, ...] = ()

    def __post_init__(self):
        if self.kind not in ("top", "bottom", "skirt"):
            raise ValueError(f"a garment's kind is top, bottom or skirt, got {self.kind!r}")
        if self.sleeve < 0.3:
            raise ValueError(f"a sleeve must cover the shoulder: 0.3 or more, got {self.sleeve}")


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Heights (metres, at rest) and limb axes that garments are measured by."""

    neck: np.ndarray
    waist: float
    crotch: float
    knee: float
    ankle: float
    arms: dict[str, np.ndarray]  # side -> (3, 3) shoulder, elbow, wrist
    legs: dict[str, np.ndarray]  # side -> (3, 3) hip, knee, ankle


def landmarks(body: BaseBody, shape: Shape) -> Landmarks:
    """Measure a body."""

    def heads(*names: str) -> np.ndarray:
        return np.stack([shape.heads[body.bone(name)] for name in names])

    arms = {s: heads(f"upperarm01.{s}", f"lowerarm01.{s}", f"wrist.{s}") for s in "LR"}
    legs = {s: heads(f"upperleg01.{s}", f"lowerleg01.{s}", f"foot.{s}") for s in "LR"}
    trunk = shape.vertices[: BODY.stop]
    middle = trunk[(np.abs(trunk[:, 0]) < 0.012) & (trunk[:, 2] > legs["L"][1, 2] + 0.1)]
    hip, spine = legs["L"][0, 2], heads("spine02")[0, 2]
    return Landmarks(
        heads("neck01")[0], hip + 0.42 * (spine - hip), float(middle[:, 2].min()), legs["L"][1, 2], legs["L"][2, 2],
        arms, legs,
    )  # fmt: skip


def cut_garment(body: BaseBody, shape: Shape, garment: Garment, levels: int = 1) -> Piece:
    """The garment on this body at rest; more levels of subdivision make rounder cloth and cleaner edges."""
    shell = body.shell("helper-skirt", levels + 1) if garment.kind == "skirt" else body.shell("helper-tights", levels)
    marks, limbs = landmarks(body, shape), shell.limbs
    points = shell.matrix @ shape.vertices.astype(float)
    cut = _edges(garment, marks, points, limbs)
    triangles = shell.triangles[(cut[shell.triangles] < OUTSIDE).all(1)]
    points = _drape(garment, marks, points, triangles, limbs, shell.neighbours)
    # A skirt follows the legs' bones but is one cloth around both.
    around = {name: weight * (garment.kind != "skirt") for name, weight in limbs.items()}
    chart = _chart(points, triangles, around, marks)
    decal_uv = _decal_uv(garment, marks, points, triangles, limbs) if garment.decal is not None else None
    return Piece(
        points.astype(np.float32), shell.weights, triangles, (chart / garment.fabric.width).astype(np.float32),
        np.full(len(triangles), garment.label, np.uint8), garment.fabric.tile, Surface.CLOTH,
        cut=cut.astype(np.float32), decal=garment.decal, decal_uv=decal_uv, fold_uv=chart.astype(np.float32),
        folds=garment.fabric.folds, grain=garment.fabric.grain, trim=garment.trim,
        relax=3 if garment.kind != "skirt" else 1, neighbours=shell.neighbours,
    )  # fmt: skip


def never_bare(body: BaseBody, shape: Shape) -> np.ndarray:
    """(19158,) bool: body vertices below the chest and above the thighs: never drawn, whatever is worn over them."""
    limbs = body.limb_weights()
    marks, z = landmarks(body, shape), shape.vertices[:, 2]
    trunk = np.max(list(limbs.values()), axis=0) < 0.5
    legs = limbs["left_leg"] + limbs["right_leg"] >= 0.5
    return (trunk & (z < marks.arms["L"][0, 2] - 0.075)) | (legs & (z > marks.crotch - 0.04))


@functools.cache
def _nearest(body: BaseBody, levels: int) -> tuple[np.ndarray, np.ndarray]:
    """For each body vertex (13380,): metres to the nearest vertex of the tights on the template, and which it is."""
    template = body.template.vertices
    return cKDTree(body.shell("helper-tights", levels).matrix @ template.astype(float)).query(template[: BODY.stop])


def covered(body: BaseBody, garment: Garment, piece: Piece, levels: int = 1) -> np.ndarray:
    """(19158,) bool: body vertices that lie well inside the garment, cut at these levels, and need not be drawn."""
    hidden = np.zeros(len(body.template.vertices), bool)
    if garment.kind == "skirt" or garment.open_front:
        return hidden
    distance, nearest = _nearest(body, levels)
    hidden[: BODY.stop] = (piece.cut[nearest] < -0.03) & (distance < 0.035)
    return hidden


def _edges(garment: Garment, marks: Landmarks, points: np.ndarray, limbs: dict) -> np.ndarray:
    """(V,) metres past the nearest edge of the garment, negative inside."""
    z = points[:, 2]
    if garment.kind == "top":
        return _top_edges(garment, marks, points, limbs)
    stops = (marks.crotch, marks.knee, marks.ankle)
    hem = np.interp(garment.hem, (0, 1, 2), stops)
    cut = np.maximum(hem - z, z - (marks.waist + garment.rise))
    arms = limbs["left_arm"] + limbs["right_arm"]
    return np.where(arms > 0.4, OUTSIDE, cut)


def _top_edges(garment: Garment, marks: Landmarks, points: np.ndarray, limbs: dict) -> np.ndarray:
    x, y, z = points.T
    front = y < marks.neck[1]
    along = np.full(len(points), -0.2)
    for side, limb in (("L", "left_arm"), ("R", "right_arm")):
        shoulder, elbow, wrist = marks.arms[side]
        upper, lower = np.linalg.norm(elbow - shoulder), np.linalg.norm(wrist - elbow)
        reach = np.interp(garment.sleeve, (0, 1, 2), (0, upper, upper + lower - 0.01))
        direction = (elbow - shoulder) / upper
        on_upper = (points - shoulder) @ direction
        on_lower = upper + (points - elbow) @ ((wrist - elbow) / lower)
        sleeve = np.where(on_upper < upper * 0.96, on_upper, np.maximum(on_lower, upper * 0.96)) - reach
        along = np.where(limbs[limb] > 0.35, np.maximum(along, sleeve), along)
    hem = marks.waist - garment.hem
    below = np.where(limbs["left_arm"] + limbs["right_arm"] > 0.35, -0.2, hem - z)
    # The neckline: as far from an upright line through the neck as the shirt's opening is wide.
    deep = max(garment.neck, 0)
    centre = marks.neck + (0, -0.012 - 0.6 * deep, -0.6 * deep)
    away = np.linalg.norm((points - centre) * (1, 0.95, 1) * np.array([1, 1, 0]), axis=1)
    collar = 0.078 + 0.5 * deep - np.hypot(away, np.minimum(z - centre[2], 0))
    if garment.neck < 0:
        collar = z - (marks.neck[2] + 0.006 - garment.neck) + 0.4 * (y - marks.neck[1])
    collar = np.where((np.abs(x) < 0.2) & (z > marks.neck[2] - 0.25), collar, -0.2)
    if garment.vee:
        slope = garment.vee / 0.08
        vee = ((z - marks.neck[2] + garment.vee) - np.abs(x) * slope) / np.hypot(1, slope)
        collar = np.where(front & (np.abs(x) < 0.1), np.maximum(collar, vee), collar)
    cut = np.maximum(np.maximum(along, below), collar)
    if garment.open_front:
        gap = garment.open_front * (0.5 + 0.25 * np.cos((z - hem) * 5)) - np.abs(x)
        cut = np.where(front & (np.abs(x) < 0.16), np.maximum(cut, gap), cut)
    return cut


def _drape(garment, marks: Landmarks, points, triangles, limbs: dict, neighbours) -> np.ndarray:
    """The cloth off the skin: pushed out along the normals, hung from the widest points, smoothed."""
    normals = vertex_normals(points, triangles)
    body = points.copy()
    smooth = points.copy()
    for _ in range(6 if garment.kind != "skirt" else 2):
        smooth = smooth + 0.5 * (neighbours @ smooth - smooth)
    # Smoothing shrinks; what it took is given back along the normal, so that only the detail goes.
    inward = np.maximum(((body - smooth) * normals).sum(1), 0)
    near_collar = np.clip((points[:, 2] - marks.neck[2] + 0.07) / 0.07, 0, 1) if garment.kind == "top" else 0
    points = smooth + normals * (inward + garment.offset * (1 - 0.6 * near_collar))[:, None]
    arms = limbs["left_arm"] + limbs["right_arm"]
    if garment.kind == "top":
        armpit = marks.arms["L"][0, 2] - 0.085
        trunk = np.clip(1 - arms * 3, 0, 1)
        points = _hang(points, np.array([0, marks.neck[1] - 0.02]), armpit, trunk, garment.loose)
    elif garment.kind == "bottom" and garment.hem > 0.3:
        for side, limb in (("L", "left_leg"), ("R", "right_leg")):
            hip, knee, ankle = marks.legs[side]
            own = (np.sign(points[:, 0]) == np.sign(hip[0])) & (points[:, 2] < marks.crotch - 0.03)
            height = points[:, 2]
            at = [np.interp(height, [ankle[2], knee[2], hip[2]], [ankle[i], knee[i], hip[i]]) for i in (0, 1)]
            axis = np.stack(at, axis=1)
            points = _hang(points, axis, marks.crotch - 0.1, own * np.clip(limbs[limb], 0, 1), garment.loose)
    for _ in range(3):
        points = points + 0.4 * (neighbours @ points - points)
    short = garment.offset * 0.7 - ((points - body) * normals).sum(1)
    return points + normals * np.maximum(short, 0)[:, None]


def _hang(points: np.ndarray, axis: np.ndarray, top: float, share: np.ndarray, loose: float) -> np.ndarray:
    """Let cloth fall straight: below `top`, each direction around the axis keeps the widest radius met above it."""
    out = points[:, :2] - axis
    radius, angle = np.linalg.norm(out, axis=1), np.arctan2(out[:, 1], out[:, 0])
    rows, columns = 72, 48
    bottom = points[:, 2].min()
    row = np.clip(((top - points[:, 2]) / max(top - bottom, 1e-6) * (rows - 1)), 0, rows - 1)
    column = (angle / (2 * np.pi) % 1) * columns
    used = (share > 0.5) & (points[:, 2] <= top)
    grid = np.zeros((rows, columns), np.float32)
    np.maximum.at(grid, (row[used].astype(int), column[used].astype(int) % columns), radius[used])
    grid = np.maximum.accumulate(grid, axis=0)
    wide = np.concatenate([grid, grid, grid], axis=1)
    wide = cv2.GaussianBlur(cv2.dilate(wide, np.ones((1, 3))), (0, 0), 1.6)
    hung = cv2.remap(
        wide, (column + columns).astype(np.float32)[:, None], row.astype(np.float32)[:, None], cv2.INTER_LINEAR
    )[:, 0]
    fade = np.clip((top - points[:, 2]) / 0.06, 0, 1) * share * loose
    scale = 1 + fade * np.maximum(hung / np.maximum(radius, 1e-6) - 1, 0)
    moved = points.copy()
    moved[:, :2] = axis + out * scale[:, None]
    return moved


def _chart(points: np.ndarray, triangles: np.ndarray, limbs: dict, marks: Landmarks) -> np.ndarray:
    """(F, 3, 2) metres across and up the cloth of every corner: around the trunk or limb, and along it."""
    corners = points[triangles]
    axes = [(np.array([0, marks.neck[1], 0]), np.array([0, 0, 1.0]), 0.155, None)]
    for side, name in (("L", "left"), ("R", "right")):
        shoulder, elbow, wrist = marks.arms[side]
        axes.append((elbow, (shoulder - wrist) / np.linalg.norm(shoulder - wrist), 0.056, f"{name}_arm"))
        hip, knee, ankle = marks.legs[side]
        axes.append((knee, (hip - ankle) / np.linalg.norm(hip - ankle), 0.085, f"{name}_leg"))
    chart = np.zeros((len(triangles), 3, 2))
    for origin, up, radius, limb in axes:
        chosen = np.ones(len(triangles), bool) if limb is None else limbs[limb][triangles].mean(1) > 0.5
        if limb is not None and limb.endswith("leg"):
            chosen &= corners[:, :, 2].mean(1) < marks.crotch
        offset = corners[chosen] - origin
        front = np.array([0, -1.0, 0]) - up * -up[1]
        front /= np.linalg.norm(front)
        side_axis = np.cross(up, front)
        angle = np.arctan2(offset @ side_axis, offset @ front)
        angle[:, 1:] = angle[:, :1] + (angle[:, 1:] - angle[:, :1] + np.pi) % (2 * np.pi) - np.pi
        around = angle * radius if limb else _around(angle, np.hypot(offset @ side_axis, offset @ front))
        chart[chosen] = np.stack([around, offset @ up], axis=2)
    return chart


def _around(angle: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Metres around a trunk for angles from the front: the arc of its mean outline, which is no circle."""
    bins = np.linspace(-np.pi, np.pi, 49)
    where = np.clip(np.digitize((angle + np.pi) % (2 * np.pi) - np.pi, bins) - 1, 0, 47)
    total = np.bincount(where.ravel(), radius.ravel(), 48) / np.maximum(np.bincount(where.ravel(), minlength=48), 1)
    total = np.where(total > 0, total, radius.mean())
    total = np.convolve(np.concatenate([total[-2:], total, total[:2]]), np.ones(5) / 5, "valid")
    step = np.hypot(total, np.gradient(total) / (2 * np.pi / 48)) * (2 * np.pi / 48)
    length = np.concatenate([[0], np.cumsum(step)])
    turns = np.floor((angle + np.pi) / (2 * np.pi))
    inside = angle - turns * 2 * np.pi
    return np.interp(inside, bins, length - length[24]) + turns * length[-1]


def _decal_uv(garment: Garment, marks: Landmarks, points, triangles, limbs: dict) -> np.ndarray:
    """(F, 3, 2) where the print's picture lies; outside 0-1 there is none."""
    below, width, height = garment.decal_box
    corners = points[triangles]
    # The body faces -y, so that its left, +x, is the viewer's right.
    across = corners[:, :, 0] / width + 0.5
    origin = marks.waist + garment.rise if garment.kind == "bottom" else marks.neck[2]
    up = (corners[:, :, 2] - (origin - below)) / height + 0.5
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    arms = (limbs["left_arm"] + limbs["right_arm"])[triangles].max(1)
    uv = np.stack([across, up], axis=2)
    uv[(normals[:, 1] > 0) | (arms > 0.5)] = -9
    return uv.astype(np.float32)
