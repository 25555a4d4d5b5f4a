"""Training data: real photos, pseudo-pairs, augmentation."""
