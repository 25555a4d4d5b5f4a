"""Measuring: the reader, the model, against baselines that cannot flatter."""
