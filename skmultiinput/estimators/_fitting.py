"""What the classifier and the regressor share: parameters, fitting, raw predictions."""

import copy

import keras
import numpy as np
from sklearn.base import ClassifierMixin, clone
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import check_is_fitted

from skmultiinput._compat import (
    python_random_untouched,
    validate_parameter_constraints,
    visual_block,
)
from skmultiinput._keras.backend import to_numpy
from skmultiinput._network.build import architecture, build_network
from skmultiinput._network.config import NetworkConfig
from skmultiinput._network.ensemble import networks_of
from skmultiinput._network.user_network import build_user_network
from skmultiinput._network.weights import keeps_constants, reseed
from skmultiinput._training import keras_objects
from skmultiinput._training.epochs import Schedule
from skmultiinput._training.loop import train
from skmultiinput._training.losses import DEFAULT_LOSSES, RowLoss
from skmultiinput._training.prediction import Predictor
from skmultiinput._training.program import State
from skmultiinput.branches._default_branches import DEFAULT_BRANCHES
from skmultiinput.estimators import _routing as parameters
from skmultiinput.estimators._fit_memory import fit_from_memory
from skmultiinput.estimators._parameter_names import ParameterMixin
from skmultiinput.estimators._pickling import PackedNetwork, pack, unpack
from skmultiinput.estimators._presets import number_of_members, number_of_networks, setting
from skmultiinput.estimators._read_input import draw_seed, read_features, read_weight
from skmultiinput.estimators._several_fits import check_alone, fit_several, go_on_with_several
from skmultiinput.estimators._targets import read_target
from skmultiinput.estimators._training_table import TableMixin
from skmultiinput.estimators._validation_split import auto_batch_size
from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.fusion._make_fusion import make_fusion

OUTPUT_ACTIVATIONS = {
    "binary": "sigmoid",
    "multilabel": "sigmoid",
    "multiclass": "softmax",
    "regression": "linear",
}


class MultiInputMixin(TableMixin, ParameterMixin):
    """Parameters, fitting and raw predictions; stands left of SciKeras's estimators."""

    # -- fitting ---------------------------------------------------------------------------------

    def _fit_or_go_on(self, X, y, sample_weight, X_val, y_val):
        """Fit; on from the last fit with ``warm_start``, on from a kept one with ``memory``."""

        def fit(until=None, network=None):
            return self._fit_rows(
                X,
                y,
                sample_weight,
                X_val=X_val,
                y_val=y_val,
                resume=self.warm_start or until is not None,
                until=until,
                network=network,
            )

        self._validate_params()
        n_estimators = number_of_networks(self)
        if n_estimators > 1:
            return fit_several(self, fit, n_estimators)
        if self.memory is None or self.warm_start:
            return fit()
        n_epochs = self._fit_options(self.get_params(deep=False))["epochs"]
        return fit_from_memory(self, fit, n_epochs, X, y, sample_weight, X_val, y_val)

    def _one_more_epoch(self, X, y, sample_weight, classes=None):
        """Train one epoch, of each network where there are several."""

        def step(network=None):
            return self._fit_rows(
                X, y, sample_weight, classes=classes, resume=True, epochs=1, network=network
            )

        if hasattr(self, "model_") and len(networks_of(self.model_)) > 1:
            return go_on_with_several(self, step)
        return step()

    def _fit_rows(
        self,
        X,
        y,
        sample_weight,
        *,
        X_val=None,
        y_val=None,
        classes=None,
        resume=False,
        epochs=None,
        until=None,
        network=None,
    ):
        """Fit: read, split, resample, build, train.

        With `until`, the same fit goes on to so many epochs in all, on the same rows. `network`
        is the number of the network among several, None where it stands alone; the first decides
        what all have in common.
        """
        self._validate_params()
        params = {**self.get_params(deep=False)}
        parameters.check_routes(params, type(self).__name__)
        options = self._fit_options(params)
        if X_val is None and y_val is not None:
            raise ValueError("y_val was passed to fit without X_val; expected both or neither.")
        resume = resume and hasattr(self, "model_")
        check_alone(self, resume=resume, epochs=epochs)
        frame = read_features(self, X, reset=not resume)
        y = read_target(y, type(self).__name__)
        check_consistent_length(frame, y)
        weight, rows = read_weight(sample_weight, frame)
        if not resume:
            self._forget(keep_prior=bool(network))
            self.column_groups_ = ColumnGroups.from_frame(frame)
        initial_epoch = self.current_epoch if resume else 0
        # A fit that goes on draws what it has drawn before, the validation rows above all.
        start = 0 if until else initial_epoch
        self._seed = self._seed if until or network else draw_seed(self.random_state)
        source = [self._seed, start, 1, network] if network else [self._seed, start]
        rng, order_rng = np.random.default_rng(source), np.random.default_rng([*source, 1])
        callbacks = keras_objects.make_callbacks(params)

        if resume:
            self.target_encoder_.transform(y)  # refuses labels that were not there
        else:
            self._learn_classes(y, classes)
        training, validation = rows, rows[:0]
        if X_val is None and self.early_stopping and epochs is None:
            training, validation = self._split_rows(X, y, rows, rng)
        if not resume and not network and not self._is_classifier():
            self.target_encoder_ = self.target_encoder.fit(y[training], weight[training])
        self._set_target_attributes(y)
        table, training, validation = self._table(
            frame, y, weight, training, validation, X_val, y_val, rng
        )
        if not resume:
            self._build(params, table, training, rng, alone=network is None)
        if epochs == 0:
            return self
        schedule = Schedule(
            batch_size=_batch_size(options["batch_size"], len(training)),
            epochs=until - initial_epoch if until else epochs or options["epochs"],
            patience=(
                setting(self, "n_iter_no_change")
                if len(validation) and self.early_stopping
                else None
            ),
            weight_averaging=self.weight_averaging,
            seed=int(order_rng.integers(2**31)),
            initial_epoch=initial_epoch,
            verbose=int(options["verbose"]),
            callbacks=callbacks,
            classes=self._classes_of(y_of_table=table.y, training=training),
            metrics=keras_objects.make_metrics(params, self.target_encoder_.kind_),
        )
        history, state = train(
            self.model_,
            table,
            training,
            validation,
            loss=self._row_loss(params),
            optimizer=self.model_.optimizer,
            schedule=schedule,
            key=self._predictor.key,
            state=getattr(self, "_training_state", None) if resume else None,
        )
        for name, values in history.items():
            self.history_.setdefault(name, []).extend(values)
        self.n_iter_ = len(self.history_["loss"])
        go_on = resume or self.warm_start or epochs or self.memory is not None
        if go_on and state is not None:
            self._training_state = State(
                to_numpy(state.theta),
                [to_numpy(slot) for slot in state.slots],
                [to_numpy(value) for value in state.rest],
                state.step,
            )
        return self

    def _is_classifier(self):
        return isinstance(self, ClassifierMixin)

    def _learn_classes(self, y, classes):
        """Learn the labels; the scale of numbers is learned later, from the training rows."""
        if self._is_classifier():
            self.target_encoder_ = self.target_encoder.fit(y, classes)

    def _fit_options(self, params):
        """Parameters of one fit; ``fit__epochs`` goes before ``epochs``, as in SciKeras."""
        options = {
            **{n: params[n] for n in parameters.FIT_NAMES},
            **parameters.routed(params, "fit"),
        }
        validate_parameter_constraints(
            {n: c for n, c in self._parameter_constraints.items() if n in options},
            {n: v for n, v in options.items() if n in self._parameter_constraints},
            type(self).__name__,
        )
        if options["epochs"] == "auto":
            options["epochs"] = setting(self, "epochs")
        return options

    def initialize(self, X, y):
        """Build the network, the first of several, without training it, as SciKeras does.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)

        Returns
        -------
        self
        """
        self._validate_params()
        several = number_of_networks(self) > 1
        return self._fit_rows(X, y, None, epochs=0, network=0 if several else None)

    def _forget(self, *, keep_prior):
        """Drop what an earlier fit has left; the priors of several networks are added up."""
        for name in (
            "history_",
            "_training_state",
            "_predictor",
            "model_",
            "column_groups_",
            *(() if keep_prior else ("_prior_mass",)),
        ):
            vars(self).pop(name, None)
        self.history_ = {}

    def _set_target_attributes(self, y):
        """Set the attributes SciKeras has, which a function given as ``model=`` may read."""
        target = self.target_encoder_
        self.target_type_ = {"multilabel": "multilabel-indicator", "regression": "continuous"}.get(
            target.kind_, target.kind_
        )
        self.n_outputs_ = target.n_outputs_
        self.n_outputs_expected_ = 1
        self.y_dtype_, self.y_ndim_ = y.dtype, y.ndim
        if hasattr(target, "classes_"):
            self.classes_, self.n_classes_ = target.classes_, len(target.classes_)

    def _row_loss(self, params):
        kind = self.target_encoder_.kind_
        if self.model is not None:
            compiled = getattr(self, "model_", None)
            if compiled is not None and compiled.compiled and compiled.loss is not None:
                return RowLoss(compiled.loss)
            return RowLoss(keras_objects.make_loss(params, DEFAULT_LOSSES[kind]))
        return RowLoss(
            keras_objects.make_loss(params, DEFAULT_LOSSES[kind]), OUTPUT_ACTIVATIONS[kind]
        )

    def _build(self, params, table, training, rng, *, alone):
        """Build the network and set all that the seed and the data decide."""
        with python_random_untouched():
            network, key, branches = self._network(params, alone=alone)
        if not isinstance(self.model, keras.Model):
            reseed(network, rng)
        rows = slice(None) if len(training) == len(table.y) else training
        target = table.y[rows]
        for spec in self.column_groups_.inputs:
            if spec.name in branches:
                values = table.inputs[spec.name][rows]
                branches[spec.name].adapt(network, spec, values, target)
        if not network.compiled:
            loss = self._row_loss(params).loss
            network.compile(optimizer=keras_objects.make_optimizer(params), loss=loss)
        self.model_ = network
        self._predictor = Predictor(key)

    def _branches(self, params):
        return parameters.assemble_branches(
            self.branches, self.column_groups_, params, DEFAULT_BRANCHES, type(self).__name__
        )

    def _sk_visual_block_(self):
        """Show the column groups, each with its branch, in scikit-learn's diagrams once fitted."""
        parts = {}
        if self.model is None and hasattr(self, "column_groups_"):
            branches = self._branches(self.get_params(deep=False))
            for spec in self.column_groups_.inputs:
                # scikit-learn takes what stands before the colon for the prefix of parameters.
                label = f"{spec.group}: {spec.name}, {spec.kind}, {spec.shape}"
                parts[label] = branches[spec.name]
        return visual_block(self, parts)

    def _network(self, params, *, alone):
        if self.model is not None:
            meta = {n: v for n, v in vars(self).items() if n.endswith("_") and n[0] != "_"}
            return build_user_network(self.model, params, meta, self.n_outputs_), None, {}
        specs, branches = self.column_groups_.inputs, self._branches(params)
        fusion = make_fusion(self.fusion, parameters.routed(params, "fusion"))
        config = NetworkConfig(
            hidden_units=parameters.check_units(setting(self, "hidden_units")),
            n_members=number_of_members(self, alone=alone),
            activation=parameters.check_activation(self.activation),
            dropout=self.dropout,
            l1=self.l1,
            l2=self.l2,
            n_outputs=self.n_outputs_,
            output_activation=OUTPUT_ACTIVATIONS[self.target_encoder_.kind_],
        )
        network = build_network(specs, branches, config, fusion)
        if keeps_constants(network):
            return network, None, branches
        return network, architecture(specs, branches, config, fusion), branches

    # -- pickling --------------------------------------------------------------------------------

    def __getstate__(self):
        state = pack({**super().__getstate__()})
        if isinstance(state.get("model_"), keras.Model):
            state["model_"] = PackedNetwork(state["model_"])
        return state

    def __setstate__(self, state):
        super().__setstate__(unpack(state))

    def __sklearn_clone__(self):
        """Copy Keras objects among the parameters with all their options, unlike Keras itself."""
        params = self.get_params(deep=False)
        copied = type(self)(
            **{name: unpack(clone(pack(value), safe=False)) for name, value in params.items()}
        )
        if "_metadata_request" in vars(self):
            vars(copied)["_metadata_request"] = copy.deepcopy(vars(self)["_metadata_request"])
        return copied

    # -- predicting ------------------------------------------------------------------------------

    def _predict_raw(self, X):
        """Predict the outputs of the network, ndarray of shape (n_samples, n_outputs)."""
        check_is_fitted(self, "model_")
        frame = read_features(self, X, reset=False)
        return self._predictor(self.model_, self.column_groups_.split(frame), len(frame))

    @property
    def current_epoch(self):
        """Number of epochs trained so far."""
        return len(getattr(self, "history_", {}).get("loss", []))


def _batch_size(given, n_rows):
    if given == "auto" or given is None:
        return min(auto_batch_size(n_rows), max(n_rows, 1))
    return n_rows if given == -1 else min(int(given), n_rows)
