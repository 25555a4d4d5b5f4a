"""Training: one loop for every network, the same on a CPU, one GPU or several."""
