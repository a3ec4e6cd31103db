"""A pipeline is logged by mlflow and comes back with the same predictions."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor

mlflow = pytest.importorskip("mlflow", reason="needs the extra mlflow")


# What mlflow warns of is its own business: file stores, and what it finds in scikit-learn.
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_log_load_predict(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    X, y = make_customers(120, random_state=0)
    network = MultiInputClassifier(
        hidden_units=(8,), n_members=2, n_estimators=1, epochs=2, random_state=0
    )
    model = make_pipeline(make_preprocessor(drop=["customer_id"], random_state=0), network)
    model.fit(X, y)
    mlflow.set_tracking_uri(f"file://{tmp_path}/runs")
    try:
        with mlflow.start_run() as run:
            # The default of some releases, skops, knows nothing of networks; `save` does.
            options = {"serialization_format": mlflow.sklearn.SERIALIZATION_FORMAT_CLOUDPICKLE}
            mlflow.sklearn.log_model(model, name="churn", pip_requirements=[], **options)
        loaded = mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/churn")
        served = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/churn")
    finally:
        mlflow.set_tracking_uri(None)
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(served.predict(pd.DataFrame(X)), model.predict(X))
