"""The names of an estimator's parameters: which there are, and what sets them."""

import inspect
from typing import Any, Self

import keras
from sklearn.base import BaseEstimator

from skmultiinput._checks import routed, suggest
from skmultiinput._compat import build_method
from skmultiinput.branches._branch import Branch

# What a function that builds a network is called with beside its own parameters.
_OFFERED = ("meta", "compile_kwargs", "params")
# Parameters of SciKeras that have another name here or do not exist, with advice.
_OF_SCIKERAS = {
    "validation_split": "use validation_fraction, or early_stopping=False for no validation rows",
    "build_fn": "use model",
    "shuffle": "rows are always shuffled",
    "run_eagerly": "compile the network in the function given as model",
    "validation_batch_size": "the batches of validation rows follow the width of the network",
}


class ParameterMixin(BaseEstimator):
    """Named parameters, routed ones, and those of branches; stands left of SciKeras's estimators.

    SciKeras treats whatever lies in ``__dict__`` as a parameter and accepts any name.
    """

    branches: Any
    model: Any
    _takes_more = False
    _setting_names: tuple[str, ...] = ()

    def _store_routed(self, extra: dict[str, Any]) -> None:
        """Store routed parameters and those of the function that builds the network."""
        for name, value in extra.items():
            if "__" not in name and not self._builder_takes(name):
                known = [*self._signature_names(), *self._builder_parameters()]
                advice = _OF_SCIKERAS.get(name)
                raise TypeError(
                    f"{type(self).__name__} got an unexpected keyword argument {name!r}"
                    + (f": {advice}." if advice else suggest(name, known))
                )
            setattr(self, name, value)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # The parameters are the named ones; what else the constructor takes is for the parent's, or
        # needs a route.
        parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
        named = [p for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
        signatures = (vars(base).get("__signature__") for base in cls.__mro__[1:])
        parent = next(filter(None, signatures), inspect.Signature())
        cls._takes_more = any(p.kind is p.VAR_KEYWORD for p in parameters)
        inherited = [
            p.replace(kind=p.KEYWORD_ONLY)
            for p in parent.parameters.values()
            if cls._takes_more and p.name not in {parameter.name for parameter in named}
        ]
        cls.__signature__ = inspect.Signature([*named, *inherited])
        cls._setting_names = tuple({*cls._setting_names, *cls._signature_names()})

    @classmethod
    def _signature_names(cls) -> list[str]:
        return list(cls.__signature__.parameters)

    def network_builder(self, meta: dict[str, Any]) -> Any:
        """Return what builds a network of the user's own.

        Parameters
        ----------
        meta : dict
            What is known before the network is built, for a method ``_keras_build_fn``.

        Returns
        -------
        callable, keras.Model or None
        """
        if not self.has_build_method:
            return self.model
        copied = object.__new__(type(self))
        copied.__dict__.update({**vars(self), **meta})
        return build_method(copied)

    @property
    def has_build_method(self) -> bool:
        """Whether a subclass builds its networks by SciKeras's ``_keras_build_fn``."""
        return build_method(type(self)) is not None

    @property
    def has_own_network(self) -> bool:
        """Whether the network is the user's own."""
        return self.model is not None or self.has_build_method

    def _builder_parameters(self) -> dict[str, inspect.Parameter]:
        """Return the parameters of the function that builds the network."""
        builder = self.model if not self.has_build_method else self.network_builder({})
        if not callable(builder) or isinstance(builder, keras.Model):
            return {}
        try:
            parameters = inspect.signature(builder).parameters
        except (TypeError, ValueError):  # a wrong value, reported by fit
            return {}
        return {name: p for name, p in parameters.items() if name not in _OFFERED}

    def _builder_takes(self, name: str) -> bool:
        parameters = self._builder_parameters()
        return name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())

    def _get_param_names(self) -> list[str]:
        names = [name for name in self._signature_names() if hasattr(self, name)]
        if self._takes_more:
            stored = [n for n in vars(self) if n[0] != "_" and n[-1] != "_"]
            names += [n for n in stored if "__" in n or self._builder_takes(n)]
        return sorted(set(names))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, with ``deep`` those of branches, fusion and sampler, too.

        Parameters
        ----------
        deep : bool, default=True

        Returns
        -------
        dict of {str: any}
        """
        params = super().get_params(deep=deep)
        if deep:
            for name, branch in self._given_branches().items():
                params[name] = branch
                params.update({f"{name}__{k}": v for k, v in branch.get_params().items()})
        return params

    def settings(self) -> dict[str, Any]:
        """Return the settings of a fit: the parameters, and those that a subclass sets by itself.

        Returns
        -------
        dict of {str: any}
        """
        stored = [n for n in vars(self) if "__" in n and n[0] != "_" and n[-1] != "_"]
        names = {*self._setting_names, *self._get_param_names(), *stored}
        return {name: getattr(self, name) for name in sorted(names) if hasattr(self, name)}

    def builder_settings(self) -> dict[str, Any]:
        """Return the arguments of the function that builds the network.

        Returns
        -------
        dict of {str: any}
            Those of ``model__x`` take precedence over those that are set as ``x``.
        """
        params = {n: v for n, v in self.settings().items() if n not in self._setting_names}
        params = {n: v for n, v in params.items() if "__" not in n}
        return params | {k: v for k, v in routed(vars(self), "model").items() if "__" not in k}

    def set_params(self, **params: Any) -> Self:
        """Set parameters; ``group__parameter`` reaches the branch of a column group.

        Parameters
        ----------
        **params : dict

        Returns
        -------
        self
        """
        for name in sorted(params, key=lambda name: ("__" in name, name != "model")):
            value = params[name]
            known = [*self._signature_names(), *self._builder_parameters()]
            is_known = name in known or self._builder_takes(name)
            head, separator, tail = name.partition("__")
            branches = self._given_branches()
            if not separator and name in branches:
                self.branches = [(n, value if n == name else b) for n, b in branches.items()]
            elif not separator and not is_known:
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {type(self).__name__}"
                    f"{suggest(name, known)} Valid parameters are: {known}."
                )
            elif separator and head in branches:
                branches[head].set_params(**{tail: value})
            # Callbacks of Keras have a set_params, too, which means something else.
            elif separator and head in known and hasattr(getattr(self, head), "get_params"):
                getattr(self, head).set_params(**{tail: value})
            else:
                setattr(self, name, value)
        return self

    def _given_branches(self) -> dict[str, Branch]:
        branches = getattr(self, "branches", "auto")
        try:
            return {} if branches is None or isinstance(branches, str) else dict(branches)
        except (TypeError, ValueError):  # a wrong value, reported by fit
            return {}

    # SciKeras prints every parameter on a line of its own; scikit-learn's form fits a pipeline.
    __repr__ = BaseEstimator.__repr__
