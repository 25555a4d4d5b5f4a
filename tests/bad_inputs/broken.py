"""Files that are cut off, have wrong bits, claim to be huge, or are no pictures at all."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image

from .cases import DAMAGED, LARGE, NO_IMAGE, NOBODY, SIZE, SMALL, Made, known, opens, refused, saved

_MANGLED = (
    ("JPEG", "jpg"),
    ("PNG", "png"),
    ("WEBP", "webp"),
    ("GIF", "gif"),
    ("TIFF", "tif"),
    ("AVIF", "avif"),
    ("BMP", "bmp"),
)


def cut() -> Made:
    """Files whose end is missing."""
    for kind, ending in _MANGLED:
        whole = saved(known(), kind)
        for percent in (1, 30, 60, 97):
            content = whole[: max(4, len(whole) * percent // 100)]
            yield refused("cut off", f"cut-{percent}.{ending}", content, DAMAGED, NO_IMAGE)
    jpeg = saved(known(), "JPEG")
    yield opens("cut off", "no-end.jpg", jpeg[:-2], says=(DAMAGED,))
    yield opens("cut off", "more-at-the-end.jpg", jpeg + b"more" * 500)


def flipped() -> Made:
    """Files with wrong bits, in the header or anywhere: either told, or a photo of the right size."""
    draw = np.random.default_rng(7)
    for kind, ending in _MANGLED:
        whole = saved(known(), kind)
        for part, stop, count in (("header", 32, 2), ("body", len(whole), 1), ("body", len(whole), 12)):
            content = bytearray(whole)
            for place in draw.integers(0, stop, count):
                content[place] ^= 1 << draw.integers(0, 8)
            name = f"flipped-{part}-{count}.{ending}"
            says = (DAMAGED, NO_IMAGE, LARGE, SMALL, NOBODY)
            yield opens("flipped", name, bytes(content), people=(), says=says)


def others() -> Made:
    """Files that are no picture, and some that are two things at once."""
    zipped, array = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.txt"), "hello")
    np.save(array, np.zeros((100, 100, 3), np.uint8))
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="240" height="360"><rect width="240" height="360"/></svg>'
    for name, content in (
        ("empty.jpg", b""), ("zeros.jpg", bytes(5000)), ("ones.png", b"\xff" * 5000),
        ("text.jpg", b"this is no picture"), ("noise.bin", np.random.default_rng(1).bytes(9000)),
        ("page.html.jpg", b"<!doctype html><h1>404 Not Found</h1>"), ("drawing.svg", svg),
        ("paper.pdf.jpg", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF"), ("zip.jpg", zipped.getvalue()),
        ("record.json.jpg", b'{"people": []}'), ("array.npy", array.getvalue()), ("pickle.jpg", b"\x80\x04N."),
        ("phone.heic", struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + bytes(200)),
        ("film.mp4", struct.pack(">I", 24) + b"ftypisom\0\0\2\0isommp41" + bytes(200)),
        ("script.ps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 240 360\n%%EndComments\nshowpage\n"),
        ("layers.psd", b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 360, 240, 8, 3) + bytes(40)),
        ("star.fits", b"SIMPLE  =                    T" + b" " * 2850), ("only.png", b"\x89PNG\r\n\x1a\n"),
        ("web-page.gif", b"GIF89a<html><script>alert(1)</script></html>"),
    ):  # fmt: skip
        yield refused("no picture", name, content, NO_IMAGE, DAMAGED, LARGE if name.endswith(".gif") else NO_IMAGE)
    yield opens("two things", "photo-and-zip.jpg", saved(known(), "JPEG") + zipped.getvalue())
    png = saved(known(), "PNG")
    body = png.index(b"IDAT")
    for name, place in (("header", 30), ("body", body + 4 + struct.unpack(">I", png[body - 4 : body])[0])):
        wrong = png[:place] + bytes([png[place] ^ 1]) + png[place + 1 :]
        yield opens("flipped", f"wrong-sum-{name}.png", wrong, says=(DAMAGED, NO_IMAGE))


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _png(width: int, height: int, *chunks: bytes, body: bytes = b"") -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    ends = _chunk(b"IDAT", zlib.compress(body)), _chunk(b"IEND", b"")
    return b"".join((b"\x89PNG\r\n\x1a\n", header, *chunks, *ends))


def _claims() -> dict[str, bytes]:
    """The start of a picture of each format, with sizes that no memory holds."""
    million = 10**6
    tags = [(256, 4, million), (257, 4, million), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (278, 4, million),
            (279, 4, 99)]  # fmt: skip
    directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    gif_screen = struct.pack("<HHBBB", 65535, 65535, 0, 0, 0)
    gif_frame = b"," + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0)
    jpeg_frame = struct.pack(">HBHHB", 17, 8, 65500, 65500, 3) + b"\1\x11\0\2\x11\0\3\x11\0"
    jpeg_scan = b"\xff\xda\0\x0c\3\1\0\2\0\3\0\0\x3f\0"
    bmp_header = struct.pack("<IiiHHIIIIII", 40, 2**31 - 1, 2**31 - 1, 1, 24, 0, 0, 0, 0, 0, 0)
    webp_size = b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff\x3f\0" * 2
    jp2_size = struct.pack(">HHIIIIIIIIH", 47, 0, million, million, 0, 0, million, million, 0, 0, 3)
    return {
        "bomb.png": _png(100_000, 100_000),
        "bomb-largest.png": _png(2**31 - 1, 2**31 - 1),
        "bomb.gif": b"GIF89a" + gif_screen + gif_frame + b"\2\2L\1\0;",
        "bomb.bmp": b"BM" + struct.pack("<III", 99, 0, 54) + bmp_header,
        "bomb.tif": b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + directory,
        "bomb.jpg": b"\xff\xd8\xff\xc0" + jpeg_frame + jpeg_scan,
        "bomb.webp": b"RIFF" + struct.pack("<I", 4 + len(webp_size)) + b"WEBP" + webp_size,
        "bomb.ppm": b"P6 999999 999999 255\n",
        "bomb.tga": struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 65535, 65535, 24, 0),
        "bomb.qoi": b"qoif" + struct.pack(">II", 999_999, 999_999) + b"\3\0",
        "bomb.jp2": b"\xff\x4f\xff\x51" + jp2_size + b"\7\1\1" * 3,
    }


def bombs() -> Made:
    """Small files that claim to be huge pictures, or unpack to huge blocks."""
    for name, start in _claims().items():
        # The headers of some are not whole enough for their decoders to come to the size.
        yield refused("bomb", name, start + bytes(99), LARGE, *((DAMAGED, NO_IMAGE) * name.endswith(("webp", "jp2"))))
    yield refused("bomb", "bomb-true.png", saved(Image.new("1", (20_000, 20_000)), "PNG"), LARGE)
    inside = _png(20_000, 20_000)
    icon = struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(inside), 22) + inside
    yield refused("bomb", "bomb.ico", icon, NO_IMAGE)
    black = (b"\0" + bytes(3 * SIZE[0])) * SIZE[1]
    block = b"a\0\0" + zlib.compress(bytes(80_000_000), 9)
    for name, chunk in (("text", b"zTXt"), ("profile", b"iCCP")):
        yield refused("bomb", f"bomb-{name}.png", _png(*SIZE, _chunk(chunk, block), body=black), NOBODY, DAMAGED)
