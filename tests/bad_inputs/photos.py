"""The known person in every container, under every name, in part and far away; pictures of nobody; what is no file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import skimage
from PIL import Image, ImageCms, ImageOps

from .cases import (
    ANKLE,
    DAMAGED,
    LARGE,
    NO_IMAGE,
    NOBODY,
    NOSE,
    SIZE,
    SMALL,
    WHOLE,
    Case,
    Made,
    Place,
    known,
    opens,
    refused,
    saved,
)


def formats() -> Made:
    """Every mode and container that holds the photo, and those that are no photos."""
    photo = known()
    grey, clear = photo.convert("L"), photo.convert("RGBA")
    palette = photo.quantize(64)
    other = ImageOps.mirror(photo).rotate(180)  # later frames and pages must not be taken
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    real = np.asarray(grey).astype(np.float32) / 255
    holes = real.copy()
    holes[0, :3] = np.nan, np.inf, -np.inf
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    lab = ImageCms.profileToProfile(photo, *profiles, outputMode="LAB")
    frames = {"save_all": True, "append_images": (other, other)}
    deep_rgb = cv2.imencode(".png", np.asarray(photo)[..., ::-1].astype(np.uint16) * 257)[1].tobytes()
    for name, image, kind, options in (
        ("plain.jpg", photo, "JPEG", {"quality": 92}),
        ("progressive.jpg", photo, "JPEG", {"progressive": True}),
        ("grey.jpg", grey, "JPEG", {}),
        ("cmyk.jpg", photo.convert("CMYK"), "JPEG", {}),
        ("broken-profile.jpg", photo, "JPEG", {"icc_profile": b"no profile" * 20}),
        ("camera.mpo", photo, "MPO", frames),
        ("plain.png", photo, "PNG", {}),
        ("grey.png", grey, "PNG", {}),
        ("clear.png", clear, "PNG", {}),
        ("grey-clear.png", grey.convert("LA"), "PNG", {}),
        ("palette.png", palette, "PNG", {}),
        ("palette-clear.png", palette, "PNG", {"transparency": bytes([255] * 63 + [0])}),
        ("palette-key.png", palette, "PNG", {"transparency": 3}),
        ("key.png", photo, "PNG", {"transparency": (1, 2, 3)}),
        ("one-bit.png", photo.convert("1"), "PNG", {}),
        ("deep-grey.png", deep, "PNG", {}),
        ("deep-grey-key.png", deep, "PNG", {"transparency": 40_000}),
        ("broken-profile.png", photo, "PNG", {"icc_profile": b"no profile" * 20}),
        ("moving.png", photo, "PNG", frames),
        ("plain.gif", photo, "GIF", {}),
        ("moving.gif", photo, "GIF", frames),
        ("plain.webp", photo, "WEBP", {}),
        ("exact.webp", clear, "WEBP", {"lossless": True}),
        ("moving.webp", photo, "WEBP", frames),
        ("plain.avif", photo, "AVIF", {}),
        ("moving.avif", photo, "AVIF", frames),
        ("plain.bmp", photo, "BMP", {}),
        ("palette.bmp", palette, "BMP", {}),
        ("plain.dib", photo, "DIB", {}),
        ("plain.tif", photo, "TIFF", {}),
        ("lzw.tif", photo, "TIFF", {"compression": "tiff_lzw"}),
        ("jpeg.tif", photo, "TIFF", {"compression": "jpeg"}),
        ("deflate.tif", clear, "TIFF", {"compression": "tiff_adobe_deflate"}),
        ("big.tif", photo, "TIFF", {"big_tiff": True}),
        ("fax.tif", photo.convert("1"), "TIFF", {"compression": "group4"}),
        ("cmyk.tif", photo.convert("CMYK"), "TIFF", {}),
        ("lab.tif", lab, "TIFF", {}),
        ("deep.tif", deep, "TIFF", {}),
        ("whole.tif", Image.fromarray(np.asarray(grey).astype(np.int32) * 9000), "TIFF", {}),
        ("real.tif", Image.fromarray(real), "TIFF", {}),
        ("real-holes.tif", Image.fromarray(holes), "TIFF", {}),
        ("pages.tif", photo, "TIFF", frames),
        ("plain.jp2", photo, "JPEG2000", {}),
        ("clear.j2k", clear, "JPEG2000", {}),
        ("plain.tga", photo, "TGA", {}),
        ("packed.tga", clear, "TGA", {"compression": "tga_rle"}),
        ("plain.ppm", photo, "PPM", {}),
        ("grey.pgm", grey, "PPM", {}),
        ("one-bit.pbm", photo.convert("1"), "PPM", {}),
        ("real.pfm", Image.fromarray(real), "PPM", {}),
        ("plain.pcx", photo, "PCX", {}),
        ("plain.sgi", photo, "SGI", {}),
        ("plain.qoi", photo, "QOI", {}),
    ):
        yield opens("format", name, saved(image, kind, **options))
    yield opens("format", "deep.png", deep_rgb)
    # Subsampled without saying so: PIL writes it and cannot read it.
    yield refused("format", "ycbcr.tif", saved(photo.convert("YCbCr"), "TIFF"), DAMAGED)
    for name, image, kind in (
        ("icon.ico", photo, "ICO"), ("icon.icns", photo, "ICNS"), ("game.dds", photo, "DDS"),
        ("game.blp", palette, "BLP"), ("page.eps", photo, "EPS"), ("page.pdf", photo, "PDF"),
        ("bits.xbm", photo, "XBM"), ("paint.msp", photo, "MSP"), ("pilot.palm", photo, "PALM"),
        ("lab.spider", photo, "SPIDER"), ("old.im", photo, "IM"),
    ):  # fmt: skip
        mode = {"XBM": "1", "MSP": "1", "PALM": "1", "SPIDER": "F"}.get(kind, image.mode)
        yield refused("no photo format", name, saved(image.convert(mode), kind), NO_IMAGE)
    none = Image.fromarray(np.full((200, 200), np.nan, np.float32))
    yield refused("no photo format", "nothing-real.tif", saved(none, "TIFF"), NOBODY)


def turned() -> Made:
    """The photo stored in every EXIF orientation, and EXIF that is wrong."""
    photo = known()
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # orientation -> the transpose that it undoes
    ifd = b"Exif\0\0II*\0\x08\0\0\0\x01\0"  # a directory of one tag

    def exif(value) -> bytes:
        block = Image.Exif()
        block[0x0112] = value
        return block.tobytes()

    def stored(number: int, kind: str, **options) -> bytes:
        turn = undo.get(number)
        image = photo if turn is None else photo.transpose(Image.Transpose(turn))
        return saved(image, kind, exif=exif(number), **options)

    for number in range(1, 9):
        yield opens("turned", f"turned-{number}.jpg", stored(number, "JPEG"))
    for number in (5, 6):
        for ending, kind in (("png", "PNG"), ("webp", "WEBP"), ("tif", "TIFF"), ("avif", "AVIF")):
            yield opens("turned", f"turned-{number}.{ending}", stored(number, kind))
    yield opens("turned", "turned-6-lzw.tif", stored(6, "TIFF", compression="tiff_lzw"))
    for name, block in (
        ("zero", exif(0)),
        ("nine", exif(9)),
        ("noise", b"Exif\0\0" + bytes(range(200))),
        ("cut", exif(6)[:14]),
        ("no-block", b"Exif\0\0"),
        ("far", b"Exif\0\0II*\0\xff\xff\xff\x7f"),
        ("loop", ifd + b"\x69\x87\x04\0\x01\0\0\0\x08\0\0\0" + bytes(4)),
        ("text", ifd + b"\x12\x01\x02\0\x04\0\0\0six\0" + bytes(4)),
    ):
        yield opens("wrong EXIF", f"exif-{name}.jpg", saved(photo, "JPEG", exif=block))


def names() -> Made:
    """The photo under names that trip programs."""
    jpeg, png = saved(known(), "JPEG"), saved(known(), "PNG")
    for name in (
        "UPPER.JPG", "jpeg-called.png", "photo", "photo.txt", "photo.", "two words.jpg", "two\nlines.jpg", "-dash.jpg",
        ".hidden.jpg", "фигура 人 🧍.jpg", "e\u0301tude.jpg", "l" * 240 + ".jpg", "<b>bold</b>.jpg".replace("/", "∕"),
        "100%41.jpg", "it's \"quoted\".jpg", "tab\tbell\a.jpg", "a;b&c|d$(e).jpg",
    ):  # fmt: skip
        yield opens("name", name, jpeg)
    yield opens("name", "png-called.jpeg", png)
    yield refused("name of a bad file", "escape\x1b[31m.jpg", b"hello", NO_IMAGE)
    yield refused("name of a bad file", "new\nline.jpg", b"hello", NO_IMAGE)
    yield refused("name of a bad file", "n" * 240 + ".jpg", b"hello", NO_IMAGE)


def sizes() -> Made:
    """Pictures at and beyond the limits."""
    for width, height, word in (
        (1, 1, SMALL), (63, 200, SMALL), (200, 63, SMALL), (64, 64, NOBODY), (12_000, 64, NOBODY), (64, 12_000, NOBODY),
        (12_001, 64, LARGE), (64, 12_001, LARGE), (12_000, 4_166, NOBODY), (12_000, 4_167, LARGE),
    ):  # fmt: skip
        yield refused("size", f"size-{width}x{height}.png", saved(Image.new("L", (width, height), 90), "PNG"), word)


def people() -> Made:
    """The known person in part, upside down, far away, at the edge, beside others."""
    photo = known()
    wall = photo.getpixel((5, 5))
    yield opens("person", "person-head.png", saved(photo.crop((60, 0, 190, 110)), "PNG"), size=(130, 110),
                 people=(Place((66, 45), (62, 316)),), says=(NOBODY,))  # fmt: skip
    yield opens("person", "person-legs.png", saved(photo.crop((40, 170, 200, 360)), "PNG"), size=(160, 190),
                 people=(Place((86, -125), (82, 146)),), says=(NOBODY,))  # fmt: skip
    down = Place((240 - NOSE[0], 360 - NOSE[1]), (240 - ANKLE[0], 360 - ANKLE[1]), 30)
    yield opens("person", "person-upside-down.png", saved(photo.rotate(180), "PNG"), people=(down,), says=(NOBODY,))
    for percent, says in ((6, (NOBODY,)), (15, (NOBODY,))):
        scale = percent / 100 * 600 / 320
        small = photo.resize((round(240 * scale), round(360 * scale)), Image.Resampling.LANCZOS)
        field = Image.new("RGB", (400, 600), wall)
        field.paste(small, (150, 300))
        spots = [(150 + x * scale, 300 + y * scale) for x, y in (NOSE, ANKLE)]
        yield opens("person", f"person-{percent}-percent.png", saved(field, "PNG"), size=(400, 600),
                     people=(Place(*spots, 8),), says=says)  # fmt: skip
    row = Image.new("RGB", (480, 360), wall)
    for index in range(3):
        row.paste(photo.crop((50, 0, 190, 360)), (20 + 150 * index, 0))
    shifts = [150 * index - 30 for index in range(3)]
    several = tuple(Place((NOSE[0] + s, NOSE[1]), (ANKLE[0] + s, ANKLE[1])) for s in shifts)
    yield opens("person", "person-three.png", saved(row, "PNG"), size=(480, 360), people=several)
    edge = photo.crop((66, 0, 240, 346))
    at_edge = Place((NOSE[0] - 66, NOSE[1]), (ANKLE[0] - 66, ANKLE[1]))
    yield opens("person", "person-at-the-edge.png", saved(edge, "PNG"), size=edge.size, people=(at_edge,))
    dark = photo.point(lambda v: v // 6)
    yield opens("person", "person-in-the-dark.png", saved(dark, "PNG"), says=(NOBODY,))


def nobody() -> Made:
    """Photos and patterns without a person; scikit-image holds the photos."""
    draw = np.random.default_rng(3)
    ramp = np.linspace(0, 255, 240).astype(np.uint8)
    for name, pixels in {
        "black": np.zeros((360, 240), np.uint8),
        "white": np.full((360, 240), 255, np.uint8),
        "clear": np.zeros((360, 240, 4), np.uint8),
        "noise": draw.integers(0, 256, (360, 240, 3), np.uint8),
        "gradient": np.tile(ramp, (360, 1)),
        "down": np.tile(np.linspace(0, 255, 360).astype(np.uint8)[:, None], (1, 240)),
        "stripes": np.tile((np.arange(240) // 12 % 2 * 255).astype(np.uint8), (360, 1)),
    }.items():
        yield refused("nobody", f"nobody-{name}.png", saved(Image.fromarray(pixels), "PNG"), NOBODY)
    folder = Path(skimage.__file__).parent / "data"
    for name in (
        "brick.png", "cell.png", "chelsea.png", "chessboard_GRAY.png", "clock_motion.png", "coffee.png", "coins.png",
        "color.png", "grass.png", "gravel.png", "horse.png", "hubble_deep_field.jpg", "ihc.png", "logo.png",
        "microaneurysms.png", "moon.png", "motorcycle_left.png", "motorcycle_right.png", "page.png", "phantom.png",
        "retina.jpg", "rocket.jpg", "text.png",
    ):  # fmt: skip
        with Image.open(folder / name) as image:
            photo = image.convert("RGB")
        photo.thumbnail((360, 360))
        yield refused("nobody", f"nobody-{Path(name).stem}.png", saved(photo, "PNG"), NOBODY)


def places(folder: Path) -> Iterator[Case]:
    """What is no plain file, or cannot be read."""
    (folder / "folder.jpg").mkdir()
    os.mkfifo(folder / "pipe.jpg")
    (folder / "loop.jpg").symlink_to("loop.jpg")
    (folder / "dangling.jpg").symlink_to("gone.jpg")
    (folder / "link.jpg").symlink_to("plain.jpg")
    for name, said in (
        ("folder.jpg", "folder"),
        ("pipe.jpg", "not a file"),
        ("loop.jpg", "no file"),
        ("dangling.jpg", "no file"),
        ("missing.jpg", "no file"),
        ("m" * 300 + ".jpg", "no file"),
    ):
        yield Case(name, "place", says=(said,))
    yield Case("link.jpg", "place", SIZE, (WHOLE,))
