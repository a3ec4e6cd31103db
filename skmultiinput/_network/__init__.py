"""From column groups, branches and a fusion to a Keras model."""
