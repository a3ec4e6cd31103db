"""What depends on the Keras backend and on processes."""
