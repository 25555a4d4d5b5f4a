from __future__ import annotations

import numpy as np

from tests.tiny import figure
from truepose.data.misreading import misread, misread_joints, misread_parsing
from truepose.parsing import person_mask
from truepose.pose import torso_length


def test_it_is_a_pure_function_of_the_generator():
    _, person = figure()
    first, second, other = (misread(person, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert (first.parsing == second.parsing).all() and (first.skeleton.xy == second.skeleton.xy).all()
    assert (first.skeleton.xy != other.skeleton.xy).any()
    assert first.box == person.box


def test_joints_are_mostly_a_little_off_and_sometimes_far_or_unseen():
    _, person = figure()
    torso = torso_length(person.skeleton)
    read = [misread_joints(person.skeleton, np.random.default_rng(seed)) for seed in range(200)]
    off = np.array([np.linalg.norm(s.xy - person.skeleton.xy, axis=1) for s in read]) / torso
    assert 0.005 < np.median(off) < 0.03 and 0.05 < (off.max(1) > 0.1).mean() < 0.3
    assert 0 < np.mean([(~s.visible).any() for s in read]) < 0.15


def test_maps_keep_most_of_the_person_and_name_no_new_kind_of_thing_much():
    _, person = figure()
    truth = person_mask(person.parsing)
    same, borders = [], []
    for seed in range(200):
        read = misread_parsing(person.parsing, np.random.default_rng(seed))
        mask = person_mask(read)
        same.append((read == person.parsing).all())
        borders.append((mask & truth).sum() / (mask | truth).sum())
    assert 0.3 < np.mean(same) < 0.75
    assert min(borders) > 0.6 and np.mean(borders) > 0.92
    assert read.dtype == np.uint8


def test_nobody_stays_nobody():
    assert not misread_parsing(np.zeros((20, 16), np.uint8), np.random.default_rng(8)).any()
