import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from skmultiinput.preprocessing import NoisyQuantileTransformer


@parametrize_with_checks(
    [NoisyQuantileTransformer(), NoisyQuantileTransformer(noise=0, n_quantiles=5)]
)
def test_estimator_checks(estimator, check):
    check(estimator)


def test_without_noise_it_is_the_quantile_transformer():
    X = np.random.default_rng(0).lognormal(size=(500, 3))
    stock = QuantileTransformer(n_quantiles=16, output_distribution="normal", subsample=None)
    ours = NoisyQuantileTransformer(noise=0)
    np.testing.assert_allclose(ours.fit_transform(X), stock.fit_transform(X), rtol=1e-7)
    new = np.random.default_rng(1).lognormal(sigma=3, size=(500, 3))
    np.testing.assert_allclose(ours.transform(new), stock.transform(new), rtol=1e-7)


@pytest.mark.parametrize(("n", "expected"), [(100, 10), (600, 20), (3000, 100), (40_000, 1000)])
def test_the_number_of_quantiles_follows_the_rows(n, expected):
    X = np.linspace(0, 1, n).reshape(-1, 1)
    assert NoisyQuantileTransformer().fit(X).quantiles_.n_quantiles_ == expected


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 60), st.integers(0, 1000))
def test_the_order_of_the_rows_does_not_matter(n, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2)).round(1)
    order = rng.permutation(n)
    out = NoisyQuantileTransformer().fit_transform(X)
    np.testing.assert_array_equal(NoisyQuantileTransformer().fit_transform(X[order]), out[order])


def test_many_rows_are_mapped_as_one_by_one():
    X = np.random.default_rng(0).normal(size=(3000, 2)).round(1)
    X[::7, 0] = np.nan
    scaler = NoisyQuantileTransformer(noise=0).fit(X)
    few = [scaler.transform(X[i : i + 500]) for i in range(0, 3000, 500)]
    np.testing.assert_array_equal(scaler.transform(X), np.concatenate(few))


def test_the_other_columns_do_not_matter():
    X = np.random.default_rng(0).normal(size=(50, 3)).round(1)
    together = NoisyQuantileTransformer().fit_transform(X)
    for j in range(3):
        alone = NoisyQuantileTransformer().fit_transform(X[:, [j]])
        np.testing.assert_array_equal(alone[:, 0], together[:, j])


def test_a_value_that_occurs_often_stands_in_the_middle_of_its_cells():
    X = np.concatenate([np.zeros(600), np.arange(1.0, 401.0)]).reshape(-1, 1)
    zero = NoisyQuantileTransformer(n_quantiles=1000).fit_transform(X)[0, 0]
    assert abs(zero - norm.ppf(0.3)) < 0.01


def test_larger_values_stay_larger_and_values_are_about_normal():
    X = np.random.default_rng(0).lognormal(sigma=3, size=(20_000, 1))
    out = NoisyQuantileTransformer().fit_transform(X).ravel()
    assert (np.diff(out[X.ravel().argsort()]) >= 0).all()
    assert abs(out.mean()) < 0.02
    assert abs(out.std() - 1) < 0.05


def test_flags_become_zero_and_one_and_gaps_stay():
    X = np.array([[0, 5.0, 7], [0, np.nan, 7], [2, 9.0, 7], [0, 5.0, np.nan]])
    out = NoisyQuantileTransformer().fit_transform(X)
    expected = [[0, 0, 0], [0, np.nan, 0], [1, 1, 0], [0, 0, np.nan]]
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("n", [12, 200, 3000])
def test_what_is_nearly_normal_or_uniform_stays_straight(n):
    rng = np.random.default_rng(0)
    normal, uniform = np.sort(rng.normal(50, 1e160, size=n)), np.linspace(-2, 7, n)
    X = np.column_stack([normal, rng.lognormal(sigma=2, size=n), uniform, rng.integers(0, 2, n)])
    scaler = NoisyQuantileTransformer().fit(X)
    assert scaler.straight_.tolist() == [0, 2]
    standardised = StandardScaler().fit_transform(X[:, [2]])
    np.testing.assert_allclose(scaler.transform(X)[:, [2]], standardised, atol=1e-9)
    far = scaler.transform(np.full((1, 4), 1e300))
    assert far[0, 0] == far[0, 2] == far.max()


def test_the_noise_is_small_whatever_the_unit():
    X = np.random.default_rng(0).normal(size=(1000, 1))
    small, large = (NoisyQuantileTransformer().fit(X * unit) for unit in (1e-6, 1e6))
    np.testing.assert_allclose(small.transform(X * 1e-6), large.transform(X * 1e6), atol=1e-6)
    exact = NoisyQuantileTransformer(noise=0).fit_transform(X)
    assert np.abs(large.transform(X * 1e6) - exact)[np.abs(exact) < 3].max() < 0.01
