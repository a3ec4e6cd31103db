"""The names of an estimator's parameters: which there are, and what sets them."""

import inspect
from typing import Any, Self

from sklearn.base import BaseEstimator

from skmultiinput._checks import suggest
from skmultiinput.branches._branch import Branch


class ParameterMixin(BaseEstimator):
    """Named parameters, routed ones, and those of branches; stands left of SciKeras's estimators.

    SciKeras treats whatever lies in ``__dict__`` as a parameter and accepts any name.
    """

    branches: Any

    def _store_routed(self, extra: dict[str, Any]) -> None:
        """Store the routed parameters; names without a route are typing errors."""
        for name, value in extra.items():
            if "__" not in name:
                known = self._signature_names()
                raise TypeError(
                    f"{type(self).__name__} got an unexpected keyword argument {name!r}"
                    f"{suggest(name, known)}"
                )
            setattr(self, name, value)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # The parameters are the named ones; what else the constructor takes needs a route.
        parameters = inspect.signature(cls.__init__).parameters.values()
        named = [p for p in parameters if p.name != "self" and p.kind is not p.VAR_KEYWORD]
        cls.__signature__ = inspect.Signature(named)

    @classmethod
    def _signature_names(cls) -> list[str]:
        return list(cls.__signature__.parameters)

    def _get_param_names(self) -> list[str]:
        extra = [n for n in vars(self) if "__" in n and not n.startswith("_") and n[-1] != "_"]
        return sorted([*self._signature_names(), *extra])

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, with ``deep`` those of branches, fusion and sampler, too.

        Parameters
        ----------
        deep : bool, default=True

        Returns
        -------
        dict of {str: any}
        """
        found = super().get_params(deep=deep)
        if deep:
            for name, branch in self._given_branches().items():
                found[name] = branch
                found.update({f"{name}__{k}": v for k, v in branch.get_params().items()})
        return found

    def set_params(self, **params: Any) -> Self:
        """Set parameters; ``group__parameter`` reaches the branch of a column group.

        Parameters
        ----------
        **params : dict

        Returns
        -------
        self
        """
        known = self._signature_names()
        for name in sorted(params, key=lambda name: "__" in name):
            value = params[name]
            head, separator, tail = name.partition("__")
            branches = self._given_branches()
            if not separator and name in branches:
                self.branches = [(n, value if n == name else b) for n, b in branches.items()]
            elif not separator and name not in known:
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
