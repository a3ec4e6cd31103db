"""Requests per second and milliseconds of `python -m skmultiinput serve`, over loopback.

The clients are threads of this process, each with one connection that stays open; one row a
request. Clients and workers share the machine.

    python benchmarks/serving_http.py
"""

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from _results import write_results
from serving import read_tables
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_preprocessor, save


@contextmanager
def served(path, workers):
    """Start the service; yield its port once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "skmultiinput", "serve", str(path)]
    command += ["--port", str(port), "--workers", str(workers)]
    # Its log of each request is no part of what is measured.
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(2 * workers)  # every worker has started
        yield port
    finally:
        server.terminate()
        server.wait(60)


def ask(port, bodies):
    """Send each body over one connection; return the milliseconds of each answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    times = []
    for body in bodies:
        start = time.perf_counter()
        connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        times.append(1e3 * (time.perf_counter() - start))
        if answer.status != 200:
            raise RuntimeError(text.decode())
    connection.close()
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    runs = []
    for table, (X, y) in read_tables(arguments.seed).items():
        network = MultiInputClassifier(epochs=2, random_state=arguments.seed)
        pipeline = make_pipeline(make_preprocessor(random_state=arguments.seed), network)
        rows = json.loads(X.head(200).to_json(orient="records", date_format="iso"))
        with tempfile.TemporaryDirectory() as folder:
            save(pipeline.fit(X, y), Path(folder, "model.skmi"))
            for workers in arguments.workers:
                with served(Path(folder, "model.skmi"), workers) as port:
                    for clients in arguments.clients:
                        share = arguments.requests // clients
                        bodies = [json.dumps(rows[i % len(rows)]) for i in range(share)]
                        ask(port, bodies[:50])
                        start = time.perf_counter()
                        with ThreadPoolExecutor(clients) as pool:
                            times = list(pool.map(ask, [port] * clients, [bodies] * clients))
                        taken = time.perf_counter() - start
                        run = {
                            "table": table,
                            "workers": workers,
                            "clients": clients,
                            "requests_per_second": round(clients * share / taken),
                            "p50_ms": round(float(np.median(times)), 2),
                            "p99_ms": round(float(np.percentile(times, 99)), 2),
                        }
                        runs.append(run)
                        print(pd.DataFrame([run]).to_string(index=False), flush=True)
    write_results("serving_http", seed=arguments.seed, runs=runs, requests=arguments.requests)


if __name__ == "__main__":
    main()
