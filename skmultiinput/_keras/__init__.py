"""What depends on the Keras backend and on processes."""

from skmultiinput._keras.quiet_import import import_keras

# Packages that need Keras import this one first.
import_keras()
