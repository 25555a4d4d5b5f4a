"""Draws a person with OpenGL (no window): the photo, the label map and the depth."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import moderngl
import numpy as np

from ...parsing import BodyPart
from . import shaders
from .camera import Camera
from .figure import Figure
from .lighting import Lighting
from .piece import Piece, Surface
from .quality import FULL, Quality

_MOVING = {"position": 3, "normal": 3}
_FIXED = {"uv": 2, "decal_uv": 2, "fold_uv": 2, "cut": 1, "label": 1}
_TEXTURE_UNITS = {"albedo_map": 0, "decal_map": 1, "fold_map": 2, "shadow_map": 3}
# Nearest the eye first: what it hides is then not shaded. The order of opaque things changes nothing else.
_ORDER = (Surface.CLOTH, Surface.LEATHER, Surface.HAIR, Surface.SKIN, Surface.EYE)
_FLOOR = np.array([(-2, -2, 0), (2, -2, 0), (2, 2, 0), (-2, -2, 0), (2, 2, 0), (-2, 2, 0)], np.float32)


@dataclass(frozen=True, eq=False)
class Frame:
    """What was drawn.

    Attributes:
        image: (H, W, 3) uint8 RGB, as it is over black; alpha: (H, W) uint8, what of a pixel it covers or shades.
        labels: (H, W) uint8 BodyPart; depth: (H, W) float32 metres.
    """

    image: np.ndarray
    alpha: np.ndarray
    labels: np.ndarray
    depth: np.ndarray

    def over(self, plate: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8, the frame in front of a (H, W, 3) uint8 picture."""
        behind = cv2.multiply(plate, cv2.merge([255 - self.alpha] * 3), scale=1 / 255)
        return cv2.add(self.image, behind)


@functools.cache
def fold_texture() -> np.ndarray:
    """(512, 512, 3) uint8, repeats: two kinds of wrinkles (red, blue) and yarn (green)."""
    rng = np.random.default_rng(11)
    frequency = np.fft.fftfreq(512) * 512
    fy, fx = np.meshgrid(frequency, frequency, indexing="ij")

    def waves(scale: float, slant: float, stretch: float) -> np.ndarray:
        across, along = fx * np.cos(slant) + fy * np.sin(slant), -fx * np.sin(slant) + fy * np.cos(slant)
        band = np.hypot(across / stretch, along)
        spectrum = np.fft.fft2(rng.normal(size=(512, 512))) * np.exp(-((band / scale - 1) ** 2) * 2.5)
        wave = np.fft.ifft2(spectrum).real
        wave /= wave.std()
        return np.clip(0.5 + 0.22 * np.tanh(wave) + 0.05 * wave, 0, 1)

    yarn = np.clip(0.5 + 0.15 * rng.normal(size=(512, 512)), 0, 1)
    return (np.stack([waves(4, 0.5, 0.5), yarn, waves(5, -0.6, 0.45)], axis=2) * 255).astype(np.uint8)


@functools.cache
def _context() -> moderngl.Context:
    """The process's one context: of several, the newest would take what is meant for the others."""
    try:
        return moderngl.create_context(standalone=True, backend="egl", require=330)
    except Exception as error:  # moderngl raises plain Exception where there is no driver
        raise RuntimeError(f"OpenGL 3.3 by EGL is needed (Debian: libegl1, libgl1-mesa-dri): {error}") from error


class Renderer:
    """Programs, shadow maps and targets of one quality. Not for several threads, nor across a fork.

    Args:
        quality: how many lights each frame will be given, and how finely it is drawn.
    """

    def __init__(self, quality: Quality = FULL):
        self.context, self.quality = _context(), quality
        self.columns = int(np.ceil(np.sqrt(quality.lights)))
        self.atlas = self.context.depth_texture((self.columns * quality.shadow,) * 2)
        self.atlas.compare_func = "<="
        self.atlas_target = self.context.framebuffer(depth_attachment=self.atlas)
        self.folds = self.texture(fold_texture())
        self.empty = self.texture(np.zeros((1, 1, 4), np.uint8))
        floor = self.context.buffer(_FLOOR.tobytes())
        self.floor = self.context.vertex_array(self.program("floor"), [(floor, "3f", "position")])

    @functools.cache  # noqa: B019  a renderer lives as long as the process
    def program(self, name: str, surface: int = 0, see_through: bool = False) -> moderngl.Program:
        """The "lit", "shadow", "label" or "floor" program for pieces of a surface, with or without transparency."""
        vertex, fragment = {
            "lit": (shaders.VERTEX, shaders.LIT),
            "shadow": (shaders.MASK_VERTEX, shaders.SHADOW),
            "label": (shaders.MASK_VERTEX, shaders.LABEL),
            "floor": (shaders.FLOOR_VERTEX, shaders.FLOOR),
        }[name]
        values = {"lights": self.quality.lights, "columns": self.columns, "surface": surface}
        program = self.context.program(
            vertex_shader=vertex, fragment_shader=fragment % {**values, "see_through": see_through}
        )
        for uniform, unit in _TEXTURE_UNITS.items():
            if uniform in program:
                program[uniform].value = unit
        return program

    def draw(self, model: Model, points: np.ndarray, camera: Camera, size: tuple[int, int], light: Lighting) -> Frame:
        """One photo.

        Args:
            model: who, uploaded to this renderer.
            points: (V, 3) the figure's points, posed, metres.
            camera: where from.
            size: (height, width).
            light: as many lights as the renderer was made for.
        """
        if len(light.directions) != self.quality.lights:
            raise ValueError(f"this renderer has {self.quality.lights} lights, got {len(light.directions)}")
        model.moving.write(model.figure.moving(points).tobytes())
        shown = np.ascontiguousarray(points[model.figure.shown].T)
        clips = [light_clip(direction, shown) for direction in light.directions]
        self._draw_shadows(model, clips)
        image = self._draw_lit(model, camera, size, light, clips)
        labels, depth = self._draw_labels(model, camera, size)
        return Frame(np.ascontiguousarray(image[..., :3]), np.ascontiguousarray(image[..., 3]), labels, depth)

    def texture(self, picture: np.ndarray, fine: int = 1) -> moderngl.Texture:
        """A (H, W, channels) uint8 picture, no larger than `fine` times what the quality asks for."""
        scale = fine * self.quality.texture / max(picture.shape[:2])
        if scale < 1:
            size = [max(1, round(side * scale)) for side in picture.shape[1::-1]]
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        height, width, channels = picture.shape
        texture = self.context.texture((width, height), channels, np.ascontiguousarray(picture[::-1]), alignment=1)
        texture.build_mipmaps()
        smooth = self.quality.anisotropy > 1  # between levels too
        texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR if smooth else moderngl.LINEAR_MIPMAP_NEAREST, moderngl.LINEAR)
        texture.anisotropy = self.quality.anisotropy
        return texture

    def _draw_shadows(self, model: Model, clips: list[np.ndarray]) -> None:
        self.atlas_target.use()
        self.atlas_target.clear(depth=1.0)
        self.context.enable_only(moderngl.DEPTH_TEST)
        side = self.quality.shadow
        for i, clip in enumerate(clips):
            x, y = i % self.columns * side, i // self.columns * side
            self.atlas_target.viewport = (x, y, side, side)
            self.context.scissor = (x, y, side, side)
            model.draw("shadow", clip=clip, sides="both" if self.quality.backs else "front")
        self.context.scissor = None

    def _draw_lit(self, model: Model, camera: Camera, size, light: Lighting, clips) -> np.ndarray:
        height, width = (round(v * self.quality.supersample) for v in size)
        target = self._target(height, width, 4, "f1")
        target.use()
        target.clear(0, 0, 0, 0)
        for program in {model.program("lit", part) for part in model.parts} | {self.program("floor")}:
            _set(program, "light_direction", light.directions.tobytes())
            _set(program, "light_color", light.colors.tobytes())
            _set(program, "light_clip", np.stack([c.T for c in clips]).astype(np.float32).tobytes())
            for name, value in (("eye", camera.eye), ("sky", light.sky), ("ground", light.ground)):
                _set(program, name, np.array(value, np.float32).tobytes())
            _set(program, "texel", np.float32(1 / self.quality.shadow).tobytes())
        self.atlas.use(_TEXTURE_UNITS["shadow_map"])
        self.folds.use(_TEXTURE_UNITS["fold_map"])
        self.context.enable_only(moderngl.DEPTH_TEST)
        clip = camera.projection(size) @ camera.view()
        # Fronts first: they hide most backs, which are then not shaded.
        model.draw("lit", clip=clip, sides="front")
        model.draw("lit", clip=clip, sides="back")
        floor = self.program("floor")
        _set(floor, "clip", clip.T.astype(np.float32).tobytes())
        _set(floor, "ambient", np.array(light.sky, np.float32).tobytes())
        self.floor.render(moderngl.TRIANGLES)
        self.context.enable(moderngl.BLEND)
        self.context.blend_func = (moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA, moderngl.ONE,
                                   moderngl.ONE_MINUS_SRC_ALPHA)  # fmt: skip
        target.depth_mask = False
        model.draw("lit", clip=clip, blended=1)
        target.depth_mask = True
        image = np.frombuffer(target.read(components=4, alignment=1), np.uint8).reshape(height, width, 4)
        return cv2.resize(image, (size[1], size[0]), interpolation=cv2.INTER_AREA)[::-1]

    def _draw_labels(self, model: Model, camera: Camera, size) -> tuple[np.ndarray, np.ndarray]:
        height, width = size
        target = self._target(height, width, 2, "f4")
        target.use()
        target.clear(float(BodyPart.BACKGROUND), 1e3)
        self.context.enable_only(moderngl.DEPTH_TEST)
        model.draw("label", clip=camera.projection(size) @ camera.view(), view=camera.view())
        pixels = np.frombuffer(target.read(components=2, dtype="f4", alignment=1), np.float32)
        pixels = pixels.reshape(height, width, 2)[::-1]
        return np.rint(pixels[..., 0]).astype(np.uint8), pixels[..., 1].copy()

    @functools.lru_cache(maxsize=4)  # noqa: B019
    def _target(self, height: int, width: int, channels: int, kind: str) -> moderngl.Framebuffer:
        return self.context.framebuffer(
            [self.context.renderbuffer((width, height), channels, dtype=kind)],
            self.context.depth_renderbuffer((width, height)),
        )


class Model:
    """A figure in the graphics memory: its textures and what stays are uploaded once, for any number of poses."""

    def __init__(self, renderer: Renderer, figure: Figure):
        self.renderer, self.figure = renderer, figure
        context = renderer.context
        self.moving = context.buffer(reserve=len(figure.vertex) * 24)
        self.fixed = context.buffer(figure.fixed.tobytes())
        self.index = context.buffer(figure.index.tobytes())
        self.parts = [i for s in _ORDER for i, piece in enumerate(figure.pieces) if piece.surface == s]
        self.see_through = [_see_through(piece) for piece in figure.pieces]
        # One texture has the whole skin, the face being a small part of it.
        self.albedo = [renderer.texture(p.texture, 2 if p.surface == Surface.SKIN else 1) for p in figure.pieces]
        self.decals = [None if piece.decal is None else renderer.texture(piece.decal) for piece in figure.pieces]
        self.arrays: dict[moderngl.Program, moderngl.VertexArray] = {}

    def program(self, name: str, part: int) -> moderngl.Program:
        """The program that draws a part."""
        if name == "lit":
            return self.renderer.program(name, int(self.figure.pieces[part].surface))
        return self.renderer.program(name, see_through=self.see_through[part])

    def draw(
        self, name: str, clip: np.ndarray, view: np.ndarray | None = None, blended: int = 0, sides: str = "both"
    ) -> None:
        """Draw all parts, or only the see-through ones when blended; their "front", "back" or "both" sides."""
        context = self.renderer.context
        (context.disable if sides == "both" else context.enable)(moderngl.CULL_FACE)
        context.cull_face = "front" if sides == "back" else "back"
        for part in self.parts:
            if blended and not self.see_through[part]:
                continue
            program = self.program(name, part)
            _set(program, "clip", clip.T.astype(np.float32).tobytes())
            if view is not None:
                _set(program, "view", view.T.astype(np.float32).tobytes())
            self.albedo[part].use(_TEXTURE_UNITS["albedo_map"])
            if name == "lit":
                (self.decals[part] or self.renderer.empty).use(_TEXTURE_UNITS["decal_map"])
                _set(program, "blended", np.int32(blended).tobytes())
                _set_cloth(program, self.figure.pieces[part])
            first, count = self.figure.spans[part]
            self._array(program).render(moderngl.TRIANGLES, vertices=count, first=first)
        context.disable(moderngl.CULL_FACE)

    def release(self) -> None:
        """Give the memory back."""
        owned = [*self.arrays.values(), self.moving, self.fixed, self.index, *self.albedo, *self.decals]
        for resource in owned:
            if resource is not None:
                resource.release()

    def _array(self, program: moderngl.Program) -> moderngl.VertexArray:
        if program not in self.arrays:
            content = [(buffer, *_layout(program, names))
                       for buffer, names in ((self.moving, _MOVING), (self.fixed, _FIXED))
                       if any(n in program for n in names)]  # fmt: skip
            self.arrays[program] = self.renderer.context.vertex_array(program, content, index_buffer=self.index)
        return self.arrays[program]


def light_clip(direction: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(4, 4) world to a light's own clip space, the (3, N) points filling it."""
    right = np.cross([0.1, 0.03, 1.0], direction)
    right /= np.linalg.norm(right)
    axes = np.stack([right, np.cross(direction, right), -direction])
    seen = axes.astype(np.float32) @ points
    low, high = seen.min(1) - 0.02, seen.max(1) + 0.02
    high[2] += 3.0  # the floor behind the person, where the shadow falls
    matrix = np.eye(4)
    matrix[:3, :3] = axes * (2 / (high - low))[:, None]
    matrix[:3, 3] = -(high + low) / (high - low)
    return matrix


def _see_through(piece: Piece) -> bool:
    return piece.texture.shape[2] == 4 and int(piece.texture[..., 3].min()) < 255


def _set(program: moderngl.Program, name: str, value: bytes) -> None:
    """Write a uniform that the compiler may have dropped."""
    if name in program:
        program[name].write(value)


def _set_cloth(program: moderngl.Program, piece: Piece) -> None:
    width, color = piece.trim or (0.0, (0, 0, 0))
    _set(program, "folds", np.float32(piece.folds).tobytes())
    _set(program, "grain", np.float32(piece.grain).tobytes())
    _set(program, "trim", np.array((*(c / 255 for c in color), width), np.float32).tobytes())


def _layout(program: moderngl.Program, names: dict[str, int]) -> tuple[str, ...]:
    """How moderngl reads a buffer with these columns: what the program does not use is skipped."""
    used = [name for name in names if name in program]
    return " ".join(f"{n}{'f' if name in program else 'x4'}" for name, n in names.items()), *used
