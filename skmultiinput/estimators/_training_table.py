"""From the rows that `fit` gets to the table a network is trained on."""

import numpy as np
from sklearn.utils import check_consistent_length
from sklearn.utils.class_weight import compute_sample_weight

from skmultiinput._training.program import Table
from skmultiinput.estimators import _routing as parameters
from skmultiinput.estimators._prior_correction import class_mass, prior_ratio
from skmultiinput.estimators._read_input import read_features, real_rows
from skmultiinput.estimators._resampling import resample_rows
from skmultiinput.estimators._targets import read_target
from skmultiinput.estimators._validation_split import split_validation


class TableMixin:
    """Validation rows, resampling, weights and encoded targets of one fit."""

    def _split_rows(self, X, y, rows, rng):
        """Set validation rows aside, stratified where each row has one label."""
        codes = labels = None
        if self._is_classifier() and self.target_encoder_.kind_ != "multilabel":
            labels, codes = np.unique(y[rows], return_inverse=True)
        return split_validation(
            rows,
            self.validation_fraction,
            rng,
            y=codes,
            labels=labels,
            candidates=real_rows(X, rows),
        )

    def _table(self, frame, y, weight, training, validation, X_val, y_val, rng):
        """Gather all rows in one table; returns it with the numbers of its rows."""
        parts = [(frame, y, weight)]
        before = self._mass(y[training], weight[training])
        if self.sampler is not None:
            rows = np.sort(training)
            part = (frame.iloc[rows], y[rows], weight[rows])
            options = parameters.routed(self.get_params(deep=False), "sampler")
            parts = [resample_rows(self.sampler, *part, rng, options)]
            if len(validation):
                parts.append((frame.iloc[validation], y[validation], weight[validation]))
            training = np.arange(len(parts[0][1]))
        if X_val is not None:
            parts.append(self._read_validation(X_val, y_val))
        if len(parts) > 1:
            validation = len(parts[0][1]) + np.arange(len(parts[1][1]))
        splits = [self.column_groups_.split(part[0]) for part in parts]
        inputs = {
            name: np.concatenate([split[name] for split in splits]) if len(splits) > 1 else values
            for name, values in splits[0].items()
        }
        y = np.concatenate([part[1] for part in parts])
        weight = np.concatenate([part[2] for part in parts]).astype(np.float64)
        if getattr(self, "class_weight", None) is not None:
            weight[training] *= compute_sample_weight(self.class_weight, y[training])
        if before is not None:
            self._balance(before, y, weight, training, validation)
        # A mean of one keeps the step sizes and penalties what they are without weights.
        weight = (weight / weight[training].mean()).astype(np.float32)
        return Table(inputs, self._encode_target(y), weight), training, validation

    def _mass(self, y, weight):
        """Mass of each class, None for regression."""
        target = self.target_encoder_
        if target.kind_ == "regression":
            return None
        codes = y if target.kind_ == "multilabel" else np.searchsorted(target.classes_, y)
        return class_mass(codes, weight, len(target.classes_))

    def _balance(self, before, y, weight, training, validation):
        """Keep how resampling and class weights have moved the prior, and move validation along.

        Validation rows are neither resampled nor weighted; with the ratio of the priors as their
        weight, their loss is that of the problem the network is trained on.
        """
        after = self._mass(y[training], weight[training])
        if self.balanced_batches:
            counts = self._mass(y[training], np.ones(len(training)))
            after = after / np.maximum(counts, 1)
        before_so_far, after_so_far = getattr(self, "_prior_mass", (0.0, 0.0))
        self._prior_mass = (before_so_far + before, after_so_far + after)
        self.prior_ratio_ = prior_ratio(*self._prior_mass)
        if self.prior_ratio_.ndim == 1 and len(validation):
            codes = np.searchsorted(self.classes_, y[validation])
            weight[validation] /= self.prior_ratio_[codes]

    def _read_validation(self, X_val, y_val):
        if y_val is None:
            raise ValueError("X_val was passed to fit without y_val; expected both or neither.")
        y_val = read_target(y_val, type(self).__name__)
        frame = read_features(self, X_val, reset=False)
        check_consistent_length(frame, y_val)
        self.target_encoder_.transform(y_val)  # refuses labels that were not there
        return frame, y_val, np.ones(len(y_val))

    def _encode_target(self, y):
        encoded = self.target_encoder_.transform(y)
        loss = self._row_loss(self.get_params(deep=False)).loss
        name = loss if isinstance(loss, str) else getattr(loss, "name", None)
        name = str(name or getattr(loss, "__name__", ""))
        if "categorical" in name and self.target_encoder_.kind_ != "multiclass":
            raise ValueError(
                f"loss={name!r} is for targets of three or more classes, but y is "
                f"{self.target_encoder_.kind_}. Use loss='auto'."
            )
        if self.target_encoder_.kind_ == "multiclass" and not name.startswith("sparse"):
            return np.eye(self.n_outputs_, dtype=np.float32)[encoded]
        return encoded

    def _classes_of(self, y_of_table, training):
        """Class codes of the training rows where batches are to be balanced, else None."""
        if not getattr(self, "balanced_batches", False):
            return None
        if self.target_encoder_.kind_ == "multilabel":
            raise ValueError("balanced_batches=True needs one label per row; y has several.")
        codes = y_of_table[training]
        return codes.argmax(axis=1) if codes.ndim > 1 and codes.shape[1] > 1 else codes.ravel()
