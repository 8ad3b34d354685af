"""Learning the block model from pages with gold: labels, samples, training, out-of-fold figures, and the model's file."""
