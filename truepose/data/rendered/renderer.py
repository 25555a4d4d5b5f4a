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
from .geometry import vertex_normals
from .lighting import Lighting, backdrop_mesh
from .piece import Piece, Surface

_ATTRIBUTES = ("position", "normal", "uv", "decal_uv", "fold_uv", "cut", "label")
_LAYOUT = {"position": 3, "normal": 3, "uv": 2, "decal_uv": 2, "fold_uv": 2, "cut": 1, "label": 1}
_TEXTURE_UNITS = {"albedo_map": 0, "decal_map": 1, "fold_map": 2, "shadow_map": 3}


@dataclass(frozen=True, eq=False)
class Frame:
    """What was drawn: image (H, W, 3) uint8 RGB, labels (H, W) uint8 BodyPart, depth (H, W) float32 metres."""

    image: np.ndarray
    labels: np.ndarray
    depth: np.ndarray


def corner_arrays(piece: Piece, points: np.ndarray) -> np.ndarray:
    """(F * 3, 14) float32 what the shaders read at each corner, for posed (V, 3) points."""
    triangles = piece.triangles
    count = len(triangles) * 3
    normals = vertex_normals(points, triangles)[triangles].reshape(-1, 3)
    cut = np.full(count, -1.0) if piece.cut is None else piece.cut[triangles].ravel()
    nowhere = np.full((count, 2), -9.0)
    columns = (
        points[triangles].reshape(-1, 3),
        normals,
        piece.uv.reshape(-1, 2),
        nowhere if piece.decal_uv is None else piece.decal_uv.reshape(-1, 2),
        np.zeros((count, 2)) if piece.fold_uv is None else piece.fold_uv.reshape(-1, 2),
        cut[:, None],
        np.repeat(piece.labels, 3)[:, None],
    )
    return np.concatenate(columns, axis=1).astype(np.float32)


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


class Renderer:
    """One OpenGL context with its programs. Not for several threads.

    Args:
        lights: how many lights each frame will be given.
        supersample: pixels drawn for each of the photo's, along a side.
        shadow: pixels of each light's shadow map, along a side.
    """

    def __init__(self, lights: int = 24, supersample: int = 2, shadow: int = 640):
        try:
            self.context = moderngl.create_context(standalone=True, backend="egl", require=330)
        except Exception as error:  # moderngl raises plain Exception where there is no driver
            raise RuntimeError(f"OpenGL 3.3 by EGL is needed (Debian: libegl1, libgl1-mesa-dri): {error}") from error
        self.lights, self.supersample, self.shadow = lights, supersample, shadow
        self.columns = int(np.ceil(np.sqrt(lights)))
        lit = shaders.LIT % {"lights": lights, "columns": self.columns}
        make = functools.partial(self.context.program, vertex_shader=shaders.VERTEX)
        self.programs = {
            "lit": make(fragment_shader=lit),
            "shadow": make(fragment_shader=shaders.SHADOW),
            "label": make(fragment_shader=shaders.LABEL),
        }
        self.atlas = self.context.depth_texture((self.columns * shadow,) * 2)
        self.atlas.compare_func = "<="
        self.atlas_target = self.context.framebuffer(depth_attachment=self.atlas)
        self.folds = self._texture(fold_texture())
        self.empty = self._texture(np.zeros((1, 1, 4), np.uint8))

    def draw(
        self, pieces: list[tuple[Piece, np.ndarray]], camera: Camera, size: tuple[int, int], light: Lighting, paper
    ) -> Frame:
        """One photo.

        Args:
            pieces: with their posed (V, 3) points, metres.
            camera: where from.
            size: (height, width).
            light: as many lights as the renderer was made for.
            paper: RGB of the backdrop.
        """
        if len(light.directions) != self.lights:
            raise ValueError(f"this renderer has {self.lights} lights, got {len(light.directions)}")
        meshes = [_Mesh(self, piece, points) for piece, points in pieces]
        floor = _Mesh(self, *_backdrop(paper))
        try:
            clips = [self._light_clip(d, np.concatenate([p[np.unique(q.triangles)] for q, p in pieces]))
                     for d in light.directions]  # fmt: skip
            self._draw_shadows(meshes, clips)
            image = self._draw_lit([floor, *meshes], camera, size, light, clips)
            labels, depth = self._draw_labels(meshes, camera, size)
        finally:
            for mesh in (floor, *meshes):
                mesh.release()
        return Frame(image, labels, depth)

    def _texture(self, picture: np.ndarray) -> moderngl.Texture:
        height, width, channels = picture.shape
        texture = self.context.texture((width, height), channels, np.ascontiguousarray(picture[::-1]), alignment=1)
        texture.build_mipmaps()
        texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        texture.anisotropy = 4.0
        return texture

    def _light_clip(self, direction: np.ndarray, points: np.ndarray) -> np.ndarray:
        """(4, 4) world to the light's own clip space, the person filling it."""
        right = np.cross([0.1, 0.03, 1.0], direction)
        right /= np.linalg.norm(right)
        axes = np.stack([right, np.cross(direction, right), -direction])
        seen = points @ axes.T
        low, high = seen.min(0) - 0.02, seen.max(0) + 0.02
        high[2] += 3.0  # the floor behind the person, where the shadow falls
        matrix = np.eye(4)
        matrix[:3, :3] = axes * (2 / (high - low))[:, None]
        matrix[:3, 3] = -(high + low) / (high - low)
        return matrix

    def _draw_shadows(self, meshes: list[_Mesh], clips: list[np.ndarray]) -> None:
        self.atlas_target.use()
        self.atlas_target.clear(depth=1.0)
        self.context.enable_only(moderngl.DEPTH_TEST)
        for i, clip in enumerate(clips):
            x, y = i % self.columns * self.shadow, i // self.columns * self.shadow
            self.atlas_target.viewport = (x, y, self.shadow, self.shadow)
            self.context.scissor = (x, y, self.shadow, self.shadow)
            for mesh in meshes:
                mesh.draw("shadow", clip=clip)
        self.context.scissor = None

    def _draw_lit(self, meshes, camera: Camera, size, light: Lighting, clips) -> np.ndarray:
        height, width = (v * self.supersample for v in size)
        target = self.context.framebuffer(
            [self.context.renderbuffer((width, height), 4)], self.context.depth_renderbuffer((width, height))
        )
        target.use()
        target.clear()
        program = self.programs["lit"]
        _set(program, "light_direction", light.directions.tobytes())
        _set(program, "light_color", light.colors.tobytes())
        _set(program, "light_clip", np.stack([c.T for c in clips]).astype(np.float32).tobytes())
        for name, value in (("eye", camera.eye), ("sky", light.sky), ("ground", light.ground)):
            program[name].value = tuple(value)
        program["texel"].value = 1 / self.shadow
        self.context.enable_only(moderngl.DEPTH_TEST)
        clip = camera.projection(size) @ camera.view()
        for blended in (0, 1):
            program["blended"].value = blended
            if blended:
                self.context.enable(moderngl.BLEND)
                target.depth_mask = False
            for mesh in meshes:
                if not blended or mesh.see_through:
                    mesh.draw("lit", clip=clip, view=camera.view())
        target.depth_mask = True
        image = np.frombuffer(target.read(components=3, alignment=1), np.uint8).reshape(height, width, 3)[::-1]
        for attachment in (*target.color_attachments, target.depth_attachment, target):
            attachment.release()
        return cv2.resize(image, (size[1], size[0]), interpolation=cv2.INTER_AREA)

    def _draw_labels(self, meshes, camera: Camera, size) -> tuple[np.ndarray, np.ndarray]:
        height, width = size
        target = self.context.framebuffer(
            [self.context.renderbuffer((width, height), 2, dtype="f4")],
            self.context.depth_renderbuffer((width, height)),
        )
        target.use()
        target.clear(float(BodyPart.BACKGROUND), 1e3)
        self.context.enable_only(moderngl.DEPTH_TEST)
        for mesh in meshes:
            mesh.draw("label", clip=camera.projection(size) @ camera.view(), view=camera.view())
        pixels = np.frombuffer(target.read(components=2, dtype="f4", alignment=1), np.float32)
        pixels = pixels.reshape(height, width, 2)[::-1]
        for attachment in (*target.color_attachments, target.depth_attachment, target):
            attachment.release()
        return np.rint(pixels[..., 0]).astype(np.uint8), pixels[..., 1].copy()


def _set(program: moderngl.Program, name: str, value: bytes) -> None:
    """Write a uniform that the compiler may have dropped."""
    if name in program:
        program[name].write(value)


class _Mesh:
    """A posed piece in the graphics memory, for one frame."""

    def __init__(self, renderer: Renderer, piece: Piece, points: np.ndarray):
        self.renderer, self.piece = renderer, piece
        self.see_through = piece.texture.shape[2] == 4 and int(piece.texture[..., 3].min()) < 255
        self.buffer = renderer.context.buffer(corner_arrays(piece, points).tobytes())
        self.texture = renderer._texture(piece.texture)
        self.decal = renderer.empty if piece.decal is None else renderer._texture(piece.decal)
        self.arrays = {}

    def draw(self, name: str, clip: np.ndarray, view: np.ndarray | None = None) -> None:
        """Draw with one of the programs; matrices are (4, 4)."""
        program, piece = self.renderer.programs[name], self.piece
        if name not in self.arrays:
            used = [a if a in program else None for a in _ATTRIBUTES]
            layout = " ".join(f"{_LAYOUT[a]}{'f' if u else 'x4'}" for a, u in zip(_ATTRIBUTES, used, strict=True))
            self.arrays[name] = self.renderer.context.vertex_array(
                program, [(self.buffer, layout, *[u for u in used if u])]
            )
        _set(program, "clip", clip.T.astype(np.float32).tobytes())
        if view is not None:
            _set(program, "view", view.T.astype(np.float32).tobytes())
        textures = {"albedo_map": self.texture, "decal_map": self.decal, "fold_map": self.renderer.folds,
                    "shadow_map": self.renderer.atlas}  # fmt: skip
        for uniform, unit in _TEXTURE_UNITS.items():
            if uniform in program:
                program[uniform].value = unit
                textures[uniform].use(unit)
        if name == "lit":
            width, color = piece.trim or (0.0, (0, 0, 0))
            program["surface"].value, program["folds"].value = int(piece.surface), piece.folds
            program["grain"].value, program["trim"].value = piece.grain, (*(c / 255 for c in color), width)
        self.arrays[name].render(moderngl.TRIANGLES)

    def release(self) -> None:
        """Give the memory back."""
        owned = [*self.arrays.values(), self.buffer, self.texture]
        for resource in owned + ([] if self.decal is self.renderer.empty else [self.decal]):
            resource.release()


def _backdrop(color) -> tuple[Piece, np.ndarray]:
    points, triangles = backdrop_mesh()
    count = len(triangles)
    piece = Piece(
        points, np.zeros((len(points), 0), np.float32), triangles, np.zeros((count, 3, 2), np.float32),
        np.zeros(count, np.uint8), np.full((1, 1, 3), color, np.uint8), Surface.PAPER,
    )  # fmt: skip
    return piece, points
