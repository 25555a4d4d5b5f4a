"""The embedded reader: its decoding against pictures of known answers, and the shipped weights on a photo."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.data import astronaut, coins

from truepose.checkpoint import save_model
from truepose.parsing import BodyPart as P
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton
from truepose.reading import EmbeddedReader, NoPersonFound, Person, load_reader
from truepose.reading.finding import find_people, paint_out
from truepose.reading.look import View, decode_joints, look, look_both_ways
from truepose.reading.network import ReaderConfig, ReaderNet, Reading


class Oracle(ReaderNet):
    """A reader whose network answers from the colours of the picture: red is a joint, green is clothes, blue a face."""

    def forward(self, image: torch.Tensor) -> Reading:
        red, green, blue = (torch.nn.functional.avg_pool2d((image[:, c : c + 1] + 1) / 2, 4) for c in range(3))
        joints = (60 * red - 40).expand(-1, 18, -1, -1)
        parsing = torch.zeros(image.shape[0], 18, *red.shape[-2:])
        parsing[:, P.UPPER_CLOTHES] = 20 * green[:, 0] - 8
        parsing[:, P.FACE] = 20 * blue[:, 0] - 8
        return Reading(joints, torch.full((image.shape[0], 18), -5.0), parsing)


@pytest.fixture(scope="module")
def oracle():
    return EmbeddedReader(Oracle(ReaderConfig(channels=8)))


@pytest.fixture(scope="module")
def reader():
    return load_reader()


@pytest.mark.parametrize(("width", "height"), [(300, 500), (640, 480), (1500, 2000), (90, 400)])
def test_coordinates_come_back_in_the_photos_pixels(oracle, width, height):
    x, y = 0.6 * width, 0.4 * height
    r = max(10, min(width, height) // 12)
    photo = np.zeros((height, width, 3), np.uint8)
    yy, xx = np.mgrid[0:height, 0:width]
    photo[(np.abs(xx - x) < 2 * r) & (np.abs(yy - y) < 3 * r)] = (0, 255, 0)
    photo[..., 0] = 255 * np.exp(-((xx - x) ** 2 + (yy - y) ** 2) / (2 * (r / 3) ** 2))  # one clear peak
    person = oracle.read(Image.fromarray(photo))
    assert np.abs(person.skeleton.xy - (x, y)).max() < max(2.5, 0.012 * height)
    x0, y0, x1, y1 = person.box
    tolerance = max(3.0, 0.02 * max(width, height))
    wanted = (max(0, x - 2 * r), y - 3 * r, min(width, x + 2 * r), y + 3 * r)
    assert np.abs(np.array([x0, y0, x1, y1]) - wanted).max() < tolerance
    assert person.parsing.shape == (height, width)
    assert person.parsing[int(y), int(x)] == P.UPPER_CLOTHES and person.parsing[1, 1] == P.BACKGROUND


def reading_of(places: torch.Tensor, present: float) -> Reading:
    """The network's answer that stands for these probabilities."""
    rest = torch.full(places.shape[:2], 1 - present)
    return Reading(places.clamp_min(1e-9).log(), rest.log(), torch.zeros_like(places))


def test_joints_are_found_between_cells():
    places = torch.zeros(1, 18, 10, 12)
    places[0, :, 4, 5], places[0, :, 4, 6] = 0.6, 0.3
    skeleton = decode_joints(reading_of(places, 0.9))
    np.testing.assert_allclose(skeleton.xy[0], ((5 + 1 / 3 + 0.5) * 4 - 0.5, 4.5 * 4 - 0.5), rtol=1e-5)
    assert skeleton.score[0] == pytest.approx(0.9) and skeleton.visible.all()


def test_both_ways_is_the_mean_of_a_view_and_its_mirror_image():
    """By hand: left and right swap back, places flip back."""
    net = ReaderNet(ReaderConfig(channels=8)).eval()
    pixels = np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8)
    plain, mirrored = look(net, pixels), look(net, np.ascontiguousarray(pixels[:, ::-1]))
    both = look_both_ways(net, pixels)
    expected = (plain.heatmaps[0, K.LEFT_KNEE] + mirrored.heatmaps[0, K.RIGHT_KNEE].flip(-1)) / 2
    torch.testing.assert_close(both.heatmaps[0, K.LEFT_KNEE], expected, atol=0.02, rtol=0.02)
    expected = (plain.parsing[0, P.RIGHT_SHOE] + mirrored.parsing[0, P.LEFT_SHOE].flip(-1)) / 2
    torch.testing.assert_close(both.parsing[0, P.RIGHT_SHOE], expected, atol=0.02, rtol=0.02)
    again = look_both_ways(net, np.ascontiguousarray(pixels[:, ::-1]))
    torch.testing.assert_close(again.absent[0, K.NOSE], both.absent[0, K.NOSE], atol=0.02, rtol=0.02)


def test_the_quick_number_format_says_the_same():
    net = load_reader().net
    pixels = astronaut()[:, :384]
    tensor = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 127.5 - 1
    with torch.inference_mode():
        exact = net(tensor)
    quick = look(net, pixels)
    same = (exact.parsing.argmax(1) == quick.parsing.argmax(1)).float().mean()
    assert same > 0.985 and quick.parsing.dtype == torch.float32


def test_joints_that_are_probably_absent_are_unseen():
    places = torch.full((1, 18, 10, 12), 0.1 / 120)
    assert not decode_joints(reading_of(places, 0.1)).visible.any()


def test_joints_of_somebody_else_do_not_count():
    """Two people in the picture, the other one likelier: inside a region its own joint is found, as surely."""
    places = torch.zeros(1, 18, 10, 20)
    places[0, :, 5, 4], places[0, :, 5, 15] = 0.2, 0.7
    region = np.zeros((40, 80), bool)
    region[:, :36] = True
    reading = reading_of(places, 0.9)
    assert decode_joints(reading).xy[0, 0] == pytest.approx(15.5 * 4 - 0.5)
    mine = decode_joints(reading, region)
    assert mine.xy[0, 0] == pytest.approx(4.5 * 4 - 0.5) and mine.score[0] == pytest.approx(0.2 / 0.3, abs=0.01)
    assert not decode_joints(reading, np.zeros((40, 80), bool)).visible.any()


def test_painting_out_leaves_the_rest_and_takes_its_colours():
    pixels = np.full((60, 60, 3), (200, 100, 50), np.uint8)
    pixels[20:40, 20:40] = (0, 0, 255)
    gone = np.zeros((60, 60), bool)
    gone[20:40, 20:40] = True
    painted = paint_out(pixels, gone)
    assert (painted == (200, 100, 50)).all()
    assert paint_out(pixels, np.zeros_like(gone)) is pixels
    assert (paint_out(pixels, np.ones_like(gone)) == 128).all()


@pytest.mark.parametrize("box", [(0, 0, 300, 200), (40.5, 10, 120.25, 190), (0, 0, 30, 200)])
def test_a_view_shows_its_box_unstretched(box):
    yy, xx = np.mgrid[0:200, 0:300]
    photo = np.stack([xx * 255 / 300, yy * 255 / 200, 0 * xx], -1).astype(np.uint8)
    view = View.of(photo, box, 128)
    assert view.matrix[0, 0] == view.matrix[1, 1] == 128 / max(box[2] - box[0], box[3] - box[1])
    assert all(side % 32 == 0 for side in view.pixels.shape[:2])
    for place in ((20, 12), (30, 100)):
        if place[0] < view.pixels.shape[1] and place[1] < view.pixels.shape[0]:
            x, y = view.to_photo[:, :2] @ place + view.to_photo[:, 2]
            expected = np.array([min(x, 299) * 255 / 300, y * 255 / 200])
            assert np.abs(view.pixels[place[1], place[0], :2] - expected).max() < 3


def people_drawn(size, *places) -> np.ndarray:
    """A picture in which the oracle reads somebody at each (x, y, half height)."""
    height, width = size
    photo = np.zeros((height, width, 3), np.uint8)
    yy, xx = np.mgrid[0:height, 0:width]
    for x, y, tall in places:
        photo[(np.abs(xx - x) < tall / 2) & (np.abs(yy - y) < tall), 1] = 255
        photo[(np.abs(xx - x) < tall / 4) & (np.abs(yy - y + 1.2 * tall) < tall / 4)] = (0, 0, 255)
        spot = 255 * np.exp(-((xx - x) ** 2 + (yy - y) ** 2) / (2 * (tall / 6) ** 2))
        photo[..., 0] = np.maximum(photo[..., 0], spot.astype(np.uint8))
    return photo


def test_everybody_is_found_the_subject_first(oracle):
    photo = people_drawn((400, 700), (120, 200, 70), (380, 200, 120), (620, 220, 60))
    found = oracle.find(Image.fromarray(photo))
    middles = [(c.box[0] + c.box[2]) / 2 for c in found]
    assert np.abs(np.array(middles) - (380, 120, 620)).max() < 25
    assert all(0 <= c.box[0] < c.box[2] <= 700 and 0 <= c.box[1] < c.box[3] <= 400 for c in found)
    assert abs(oracle.read(Image.fromarray(photo)).skeleton.xy[0, 0] - 380) < 12
    person = oracle.read(Image.fromarray(photo), found[1])
    assert abs(person.skeleton.xy[0, 0] - 120) < 12
    assert (person.parsing[200, 92:148] == P.UPPER_CLOTHES).all() and not person.parsing[:, 250:].any()


def test_somebody_too_small_for_the_first_look_is_found_in_a_part(oracle):
    """Less than a tenth of the height, off the middle: the whole photo at 256 pixels hardly shows them."""
    photo = people_drawn((1600, 1200), (900, 1200, 60))
    (found,) = find_people(oracle.net, photo)
    assert abs((found.box[0] + found.box[2]) / 2 - 900) < 40 and abs((found.box[1] + found.box[3]) / 2 - 1200) < 40
    assert find_people(oracle.net, np.zeros((300, 300, 3), np.uint8)) == []


def test_a_reader_trained_further_loads_from_its_folder(tmp_path):
    config = ReaderConfig(channels=8)
    net = ReaderNet(config).eval()
    save_model(net, config, tmp_path)
    back = load_reader(tmp_path).net
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(back(image).parsing, net(image).parsing, atol=0.05, rtol=0.05)
    with pytest.raises(ValueError, match="no pose model at .*nowhere"):
        load_reader(tmp_path / "nowhere")


def test_the_shipped_reader_finds_the_astronaut(reader):
    """A half body that it was never shown: face, hands and suit are where they are in the picture."""
    person = reader.read(Image.fromarray(astronaut()))
    for joint, place in ((K.NOSE, (224, 118)), (K.RIGHT_EYE, (208, 98)), (K.LEFT_EYE, (241, 97))):
        assert np.linalg.norm(person.skeleton.xy[joint] - place) < 30, joint.name
    assert person.skeleton.xy[K.RIGHT_SHOULDER, 0] < person.skeleton.xy[K.LEFT_SHOULDER, 0]
    assert not person.skeleton.visible[[K.RIGHT_ANKLE, K.LEFT_ANKLE]].any()
    assert person.parsing[120, 225] == P.FACE and person.parsing[10, 10] == P.BACKGROUND
    assert (person.parsing[330:480, 150:300] > 0).mean() > 0.8


def test_a_photo_without_a_person_says_so(reader):
    for picture in (np.full((300, 200, 3), 180, np.uint8), np.stack([coins()] * 3, -1)):
        with pytest.raises(NoPersonFound, match="no person was found"):
            reader.read(Image.fromarray(picture))


def test_a_person_refuses_maps_of_other_types():
    with pytest.raises(ValueError, match="uint8"):
        Person(Skeleton.from_points({}), np.zeros((4, 4)), (0, 0, 1, 1))
