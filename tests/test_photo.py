"""The input gate: everything that people drop in gives an upright RGB image or a plain message."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from truepose.photo import PhotoError, open_parsing, open_photo


def saved(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def gradient(width=90, height=120) -> Image.Image:
    x = np.linspace(0, 255, width)[None, :, None] * np.ones((height, 1, 3))
    return Image.fromarray(x.astype(np.uint8))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF"])
def test_usual_files_open(kind, tmp_path):
    path = tmp_path / f"photo.{kind.lower()}"
    path.write_bytes(saved(gradient(), kind))
    photo = open_photo(path)
    assert photo.mode == "RGB" and photo.size == (90, 120)
    assert abs(np.asarray(photo)[60, 45].astype(int) - 128).max() < 8


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "YCbCr", "LAB", "HSV", "LA", "RGBA", "I;16", "I", "F"])
def test_every_mode_becomes_rgb(mode):
    source = gradient()
    if mode in ("I;16", "I", "F"):
        deep = (np.asarray(source.convert("L")).astype(np.float32) * 200).astype(np.uint16 if mode == "I;16" else None)
        image = Image.fromarray(deep.astype({"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]))
    elif mode == "LAB":
        from PIL import ImageCms

        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        image = ImageCms.profileToProfile(source, *profiles, outputMode="LAB")
    else:
        image = source.convert(mode)
    photo = open_photo(image)
    assert photo.mode == "RGB" and photo.size == (90, 120)
    pixels = np.asarray(photo).astype(int)
    assert pixels[:, 80].mean() > pixels[:, 10].mean() + 100  # still the gradient


def test_cmyk_jpeg_has_its_colours():
    photo = open_photo(saved(Image.new("RGB", (80, 80), (200, 30, 40)).convert("CMYK"), "JPEG", quality=95))
    assert abs(np.asarray(photo)[40, 40].astype(int) - (200, 30, 40)).max() < 12


def test_transparent_pixels_are_white():
    image = Image.new("RGBA", (80, 80), (10, 20, 30, 0))
    assert np.asarray(open_photo(saved(image, "PNG"))).min() == 255


def test_exif_turns_the_photo_upright_once():
    image = gradient(100, 70)
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = open_photo(saved(image, "JPEG", exif=exif.tobytes()))
    assert photo.size == (70, 100) and not photo.getexif()
    assert open_photo(photo).size == (70, 100)


def test_an_animation_gives_its_first_frame():
    frames = [Image.new("RGB", (80, 80), c) for c in ("red", "blue")]
    photo = open_photo(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert np.asarray(photo)[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize(("size", "word"), [((1, 1), "small"), ((63, 900), "small"), ((12_001, 64), "large")])
def test_sizes_out_of_range_are_refused(size, word):
    with pytest.raises(PhotoError, match=word):
        open_photo(saved(Image.new("L", size), "PNG"))


def test_twenty_thousand_pixels_are_refused_before_they_are_decoded():
    bomb = saved(Image.new("1", (20_000, 20_000)), "PNG")
    assert len(bomb) < 200_000
    with pytest.raises(PhotoError, match="too large"):
        open_photo(bomb)


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"<svg></svg>", b"%PDF-1.4"])
def test_other_files_are_refused_plainly(data):
    with pytest.raises(PhotoError, match="image"):
        open_photo(data)


def test_a_cut_off_file_is_refused(tmp_path):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8))
    for kind in ("JPEG", "PNG", "WEBP"):
        whole = saved(noise, kind)
        with pytest.raises(PhotoError):
            open_photo(whole[: len(whole) // 3])


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(PhotoError, match="there is no file"):
        open_photo(tmp_path / "none.jpg")
    with pytest.raises(PhotoError):
        open_photo(tmp_path)


def test_a_parsing_map_opens_from_a_file_or_its_bytes(tmp_path):
    labels = np.array([[0, 17, 255], [4, 4, 0]], np.uint8)
    Image.fromarray(labels).save(tmp_path / "map.png")
    for source in (tmp_path / "map.png", (tmp_path / "map.png").read_bytes()):
        assert (open_parsing(source, (2, 3)) == labels).all()


@pytest.mark.parametrize(
    ("data", "words"),
    [(saved(Image.new("L", (3, 2), 18), "PNG"), "labels must be 0-17 or 255, got 18"),
     (saved(Image.new("L", (2, 3)), "PNG"), "must have 3x2 pixels, got 2x3"),
     (saved(Image.new("RGB", (3, 2)), "PNG"), "palette or grey PNG, got RGB"), (b"hello", "damaged"),
     (saved(Image.new("L", (3, 2)), "PNG")[:40], "damaged"), (saved(Image.new("L", (3, 2)), "BMP"), "damaged")],
)  # fmt: skip
def test_other_maps_are_refused_plainly(data, words):
    with pytest.raises(PhotoError, match=f"the map.*{words}"):
        open_parsing(data, (2, 3))
