"""The network of the paper: SourceNet, TargetNet, HPFA, CAA, pose and region encoders, autoencoders."""
