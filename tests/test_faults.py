"""What goes wrong outside of the code: each fault, what must happen then, and the test of it."""

import ast
import contextlib
import datetime as dt
import os
import resource
import signal
import subprocess
import sys
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, fit_out_of_core, load, make_preprocessor, save

TESTS = Path(__file__).parent
HERE = "test_faults"

# Fault, what must happen, (file, test) for each.
FAULTS = [
    ("killed while fitting", "the checkpoint is whole; training goes on from it to the same end",
     [(HERE, "test_killed_while_fitting"),
      ("test_fit_out_of_core", "test_interrupted_and_resumed"),
      ("test_fit_out_of_core", "test_resumed_in_another_process")]),
    ("killed while saving", "the file is the old one or the new one, and loads",
     [(HERE, "test_killed_while_saving"),
      ("test_replacing", "test_a_crash_while_writing_leaves_the_old_file"),
      ("test_checkpoint", "test_a_crash_while_writing_leaves_the_old_one")]),
    ("disk full", "OSError; the old file is whole, nothing else is left",
     [(HERE, "test_disk_full")]),
    ("KeyboardInterrupt in a search", "no orphan processes; the search can be fitted again",
     [(HERE, "test_a_search_that_was_interrupted_is_reusable"),
      (HERE, "test_an_interrupted_search_leaves_no_processes"),
      ("test_main", "test_interrupt")]),
    ("a worker killed in a search", "Dask: all results; loky: an error that says so",
     [("test_dask_backend", "test_dask_goes_on_without_a_worker"),
      ("test_dask_backend", "test_loky_says_that_a_worker_was_lost")]),
    ("NaN loss", "FloatingPointError: after which epoch, and what to try",
     [("test_bad_input", "test_training_that_diverges_says_what_to_do"),
      (HERE, "test_a_loss_that_becomes_nan")]),
    ("an optimizer that diverges", "the same",
     [("test_loop", "test_divergence_is_an_error_on_both_ways")]),
    ("a column that changes type after fit", "read, or missing, unknown, or an error that names it",
     [(HERE, "test_a_column_that_changes_type_is_read"),
      (HERE, "test_a_column_that_changes_type_and_cannot_be_read"),
      ("test_estimators", "test_number_types_mix_freely")]),
    ("1,000,000 new categories at predict time", "all are the unknown one; memory is bounded",
     [(HERE, "test_categories_that_explode")]),
    ("a row with every value missing", "a prediction",
     [(HERE, "test_a_row_with_every_value_missing"),
      ("test_datetime_parser", "test_rows_that_are_all_missing_can_be_read"),
      ("test_datetime_features", "test_one_row_and_all_missing")]),
    ("strings of 10 MB", "a prediction in bounded memory", [(HERE, "test_endless_strings")]),
    ("NUL bytes and lone surrogates in text", "categories like any other; saved and loaded",
     [(HERE, "test_broken_text")]),
    ("dates out of range", "missing",
     [(HERE, "test_dates_out_of_range"),
      ("test_datetime_parser", "test_bad_and_far_dates_become_missing")]),
    ("infinity", "an error that names column and row",
     [(HERE, "test_infinity"), ("test_bad_input", "test_columns_that_cannot_be_read")]),
    ("1e308, 5e-324, -0.0", "numbers like any other", [(HERE, "test_numbers_at_the_ends")]),
    ("nullable and Arrow dtypes", "the same answer as for NumPy's",
     [(HERE, "test_other_dtypes_and_tables"),
      ("test_estimators", "test_number_types_mix_freely"),
      ("test_token_encoder", "test_arrow_tables_are_read")]),
    ("types that only databases and files have", "the same answer as for plain ones",
     [("test_plain_columns", "test_the_same_frame_in_fit_and_in_transform"),
      ("test_plain_columns", "test_drift_and_leaks"),
      ("test_plain_columns", "test_explanations_and_the_check_of_time")]),
    ("blank cells where fit saw gaps, and the other way round", "missing",
     [("test_category_encoder", "test_blank_text_is_missing"),
      ("test_plain_columns", "test_blank_text_beside_lists_and_images_is_missing"),
      ("test_lowerings", "test_blank_text_and_truth_values_of_other_programs")]),
    ("truth values that come as 1 and 0, or as JSON writes them", "the same categories",
     [("test_category_encoder", "test_truth_values_as_other_programs_write_them")]),
    ("polars frames, Arrow tables", "the same answer as for pandas",
     [(HERE, "test_other_dtypes_and_tables"), ("test_estimators", "test_tables_of_any_kind")]),
    ("read-only and non-contiguous arrays", "the same answer",
     [(HERE, "test_arrays_of_any_layout")]),
    ("10,000 columns", "a fit in memory that grows with the columns, not with their square",
     [(HERE, "test_ten_thousand_columns")]),
    ("two threads predict while a third fits", "right answers in all three",
     [(HERE, "test_threads_predict_while_another_fits"),
      ("test_randomness", "test_threads_give_the_same_bits"),
      ("test_program", "test_threads_share_programs_without_mixing_results")]),
    ("a loaded file opens files of its own choice", "the types are asked for",
     [("test_hostile_files", "test_parts_that_would_open_files_are_asked_for"),
      ("test_hostile_files", "test_a_setting_is_seen_through_a_stand_in"),
      ("test_hostile_files", "test_texts_that_become_paths_open_nothing")]),
    ("a loaded file names a trusted type for a loader of another", "refused",
     [("test_hostile_files", "test_a_partial_under_the_name_of_another_type_is_refused"),
      ("test_hostile_files", "test_every_type_is_trusted_for_its_own_loader_only")]),
    ("a loaded scorer or stack calls a method of the file's choice", "the type is asked for",
     [("test_hostile_files", "test_methods_that_a_file_names_are_asked_for")]),
    ("a loaded pipeline has a cache folder with pickles", "memory is dropped",
     [("test_hostile_files", "test_cache_folders_are_dropped_when_saving"),
      ("test_hostile_files", "test_cache_folders_are_dropped_when_loading")]),
    ("a small file that takes long or much to load", "refused at once",
     [("test_hostile_files", "test_parts_that_hold_each_other_are_refused_at_once"),
      ("test_hostile_files", "test_stand_ins_hold_what_they_claim"),
      ("test_hostile_files", "test_networks_of_very_many_layers_are_refused"),
      ("test_hostile_files", "test_archives_of_very_many_members_are_refused"),
      ("test_hostile_files", "test_texts_that_unpack_to_far_more_are_refused")]),
    ("many loads in one process", "memory is bounded",
     [("test_save_load", "test_memory_is_bounded_over_many_loads"),
      ("test_save_load", "test_loads_of_one_file_share_a_compiled_program")]),
    ("saving to a pipe, a device or a folder", "refused; nothing is replaced",
     [("test_archive", "test_only_files_are_written_and_read")]),
    ("names of 255 bytes", "written", [("test_archive", "test_every_legal_name_is_written")]),
    ("SIGTERM while saving", "the next save removes the temporary file",
     [("test_replacing", "test_what_a_killed_process_has_left_goes_with_the_next_save")]),
    ("losses, optimizers, metrics and layers that Keras has not registered",
     "pickled, cloned and saved; asked for by name when loading",
     [("test_save_load", "test_unregistered_keras_objects_are_asked_for_by_name"),
      ("test_save_load", "test_unregistered_layers_are_asked_for_by_name"),
      ("test_pickling", "test_keras_objects_are_copied_with_all_their_options")]),
    ("layers that compute with constants of their weights", "saved and pickled rightly",
     [("test_save_load", "test_layers_that_compute_with_constants")]),
    ("NumPy scalars drawn from a search space", "fitted",
     [("test_search_space",
       "test_numpy_scalars_of_every_size_are_fitted_on_every_kind_of_table"),
      ("test_category_encoder", "test_shares_may_be_floats_of_numpy")]),
    ("sequences that differ in their length alone", "told apart",
     [("test_sequence_branches", "test_the_length_of_a_sequence_is_a_feature"),
      ("test_sequence_layers", "test_the_number_of_steps_does_not_depend_on_their_places")]),
    ("numbers, dates and words as people write them", "read, and noted",
     [("test_made_columns", "test_the_groups_of_a_made_column"),
      ("test_number_parser", "test_numbers_as_people_write_them")]),
    ("targets written as text", "read as amounts",
     [("test_text_targets", "test_evaluated_and_target_encoded_as_numbers")]),
    ("a column with the name of another's missing indicator", "both are kept",
     [("test_frame_pipeline", "test_names_that_are_derived_twice_are_numbered")]),
    ("losses and optimizers of one's own that Keras has not registered", "fitted",
     [("test_compile_cache", "test_an_unregistered_loss_and_optimizer_are_fitted"),
      ("test_compile_cache", "test_an_unregistered_activation_is_fitted"),
      ("test_save_load", "test_unregistered_functions_are_asked_for_by_name"),
      ("test_pickling", "test_a_fitted_model_with_a_loss_without_a_configuration"),
      ("test_save_load", "test_losses_that_are_objects_or_partials_are_asked_for_by_name")]),
    ("whole numbers that are codes", "as good as declared categories",
     [("test_codes", "test_codes_are_as_good_as_declared_categories"),
      ("test_codes", "test_no_column_of_the_open_tables_is_taken_for_a_code")]),
    ("targets that are huge", "refused; what to do is said",
     [("test_targets", "test_what_is_no_number_is_refused")]),
    ("losses and metrics of a target that is scaled", "in the unit of the target",
     [("test_losses_in_target_units", "test_recorded_values_are_in_the_unit_of_the_target"),
      ("test_losses_in_target_units", "test_a_loss_for_ratios_beats_the_default_at_them")]),
    ("a network of one's own that ends before its activation",
     "probabilities, or a sentence",
     [("test_scikeras_networks", "test_outputs_before_their_activation")]),
    ("a compiled network whose first use failed", "is not kept",
     [("test_compile_cache", "test_nothing_is_kept_whose_first_use_failed"),
      ("test_compile_cache", "test_the_dtype_policy_counts")]),
    ("metadata routing without a request", "fitted",
     [("test_frame_pipeline", "test_metadata_routing_with_nothing_requested"),
      ("test_readme", "test_all_blocks_run_with_metadata_routing")]),
    ("targets of extension dtypes, Decimals, objects and sparse matrices",
     "learned as plain numbers or labels are",
     [("test_target_types", "test_numbers_of_every_type_are_learned_alike"),
      ("test_target_types", "test_labels_of_every_type_are_learned_alike"),
      ("test_target_types", "test_categories_are_encoded_by_several_targets_of_any_type")]),
    ("missing targets", "counted in the error",
     [("test_targets", "test_missing_targets_are_counted")]),
    ("labels in objects and in frames of one column", "evaluated",
     [("test_evaluate", "test_containers_of_labels"),
      ("test_evaluate", "test_everything_is_checked_before_the_first_fit")]),
    ("groups and columns with the names of layers, or in any script", "fitted and saved",
     [("test_names", "test_any_names_of_groups_make_a_network"),
      ("test_names", "test_names_that_a_column_transformer_takes_are_fitted_and_saved")]),
    ("mixed precision and float64", "fitted, saved and right",
     [("test_dtype_policies", "test_every_kind_is_fitted_under_every_policy"),
      ("test_layer_contract", "test_results_agree_with_single_precision")]),
    ("polars output", "a sentence that names pandas output",
     [("test_frame_pipeline", "test_polars_output_is_refused")]),
    ("networks inside of scikit-learn's wrappers", "found",
     [("test_unwrap", "test_wrapped_classifiers")]),
    ("class weights that are negative, not finite or all zero", "refused",
     [("test_bad_input", "test_parameters_that_cannot_be_used"),
      ("test_bad_input", "test_negative_weights_of_labels_are_refused")]),
    ("arguments of fit that belong elsewhere", "refused; the parameter is named",
     [("test_bad_input", "test_arguments_of_fit_elsewhere_name_the_parameter")]),
    ("lists of arrays, arrays of more dimensions", "refused; what to do is said",
     [("test_bad_input", "test_data_that_is_no_table")]),
    ("a TensorFlow strategy", "refused; what to do is said",
     [("test_bad_input", "test_fits_under_a_strategy_are_refused"),
      ("test_bad_input", "test_copies_under_a_strategy")]),
    ("metrics without a name in a loop of fits", "the same names each time",
     [("test_keras_objects", "test_metrics_keep_the_names_they_are_given"),
      ("test_keras_objects", "test_a_function_with_options_has_its_name")]),
    ("generators of the process", "neither read nor put back",
     [("test_randomness", "test_nothing_of_the_process_is_touched"),
      ("test_randomness", "test_no_number_is_drawn_from_the_generators_of_the_process"),
      ("test_randomness",
       "test_no_seed_at_all_draws_nothing_from_the_generators_of_the_process")]),
    ("objects that print alike in a cache, a memory or a checkpoint", "told apart by content",
     [("test_fingerprint", "test_every_parameter_of_keras_objects_counts"),
      ("test_fingerprint", "test_copies_leave_the_fingerprint_of_a_class"),
      ("test_fit_out_of_core", "test_a_checkpoint_tells_objects_apart_by_their_content")]),
    ("parameters of the network, or its loss, that change before a fit that goes on",
     "a warning that names them; a loss for another network is refused",
     [("test_warm_start", "test_a_change_of_the_network_is_warned_of"),
      ("test_warm_start", "test_a_loss_for_another_network_is_refused")]),
    ("a fit that goes on from a kept one", "the weights of a fit at once",
     [("test_fit_memory", "test_a_fit_that_goes_on_ends_where_it_would_have_ended"),
      ("test_fit_memory", "test_epochs_are_compiled_as_those_of_a_fit_at_once")]),
    ("SIGTERM while a fit is kept, a report or JSON is written",
     "the file is whole; the next one removes the temporary file",
     [("test_fit_memory", "test_what_a_killed_process_has_left_goes_with_the_next_fit"),
      ("test_replacing", "test_texts_are_files_that_replace_or_go_to_a_pipe"),
      ("test_replacing", "test_files_of_the_package_are_written_by_one_module")]),
    ("KeyboardInterrupt in a fit", "the estimator is as it was",
     [("test_interrupted", "test_a_first_fit"), ("test_interrupted", "test_a_later_one"),
      ("test_interrupted", "test_out_of_core")]),
    ("large numbers in brackets in a column's name", "a plain feature, at once",
     [("test_column_groups", "test_a_large_index_costs_nothing")]),
    ("targets that are tiny", "learned",
     [("test_losses_in_target_units", "test_tiny_targets_are_no_constant")]),
    ("many classes beside categories of many levels", "columns are bounded; classes are classes",
     [("test_interaction_target_encoder",
       "test_the_number_of_columns_is_bounded_for_many_classes"),
      ("test_interaction_target_encoder",
       "test_forty_classes_are_classes_as_numbers_and_as_text")]),
    ("predictions of a wide table", "in no more memory than its fit",
     [("test_shapes_of_tables",
       "test_prediction_of_a_wide_table_needs_no_more_memory_than_its_fit"),
      ("test_program", "test_predictions_come_in_chunks")]),
    ("scikit-learn's checks of two networks, each fusion, each preset", "passed",
     [("test_common", "test_several_networks_fusions_and_presets_pass_chosen_checks"),
      ("test_common", "test_several_networks_fusions_and_presets_pass_every_check"),
      ("test_common", "test_attention_predicts_rows_alike")]),
    ("workers with fewer threads", "equal",
     [("test_randomness", "test_any_number_of_threads_gives_the_same_bits"),
      ("test_randomness", "test_workers_give_the_same_bits")]),
    ("a fork after TensorFlow has started", "an error at once",
     [("test_processes", "test_a_forked_process_raises_at_once_and_does_not_hang"),
      ("test_processes", "test_gunicorn_serves_or_refuses_and_never_hangs")]),
    ("callbacks of Keras that set weights, stop or restore", "as in Keras's own loop",
     [("test_callbacks", "test_weights_set_in_a_hook_count"),
      ("test_callbacks", "test_a_callback_that_stops_in_its_best_epoch_keeps_it"),
      ("test_callbacks", "test_restored_weights_are_gone_on_from"),
      ("test_each_callback", "test_early_stopping"),
      ("test_each_callback", "test_backup_and_restore")]),
    ("paths of images outside of their folder, pipes", "refused",
     [("test_image_encoder", "test_files_outside_the_folder_are_not_read"),
      ("test_image_encoder", "test_only_regular_files_are_read")]),
    ("terminal escapes in column names", "shown, not obeyed",
     [("test_console", "test_terminal_escapes_are_shown_and_not_obeyed")]),
    ("pipes and very long cells as tables; outputs that cannot be written",
     "read; refused before the work",
     [("test_read_table", "test_a_pipe_is_read"), ("test_read_table", "test_long_cells"),
      ("test_check_writable", "test_they_are_checked_before_the_table_is_read")]),
    ("files of word vectors that unpack to far more", "refused",
     [("test_word_vectors", "test_a_gzip_bomb_is_refused"),
      ("test_word_vectors", "test_a_header_with_an_impossible_width_is_refused")]),
    ("numbers beyond any float", "missing, or named",
     [("test_number_parser", "test_numbers_beyond_64_bits_are_missing"),
      ("test_number_parser", "test_a_number_beyond_64_bits_in_a_sequence_is_named")]),
]  # fmt: skip

SMALL = {"hidden_units": (8,), "n_members": 2, "n_estimators": 1, "random_state": 0}
WORDS = ["good", "bad", "fine", "slow", "fast", "cheap"]


def make_table(n_rows=240):
    rng = np.random.default_rng(0)
    days = pd.to_timedelta(rng.integers(1_000, size=n_rows), "D")
    X = pd.DataFrame(
        {
            "age": rng.normal(40, 10, n_rows).round(1),
            "plan": rng.choice(["free", "pro", "team"], n_rows),
            "city": [f"city {i}" for i in rng.integers(30, size=n_rows)],
            "signup": pd.Timestamp("2020-01-01") + days,
            "review": [" ".join(rng.choice(WORDS, 6)) for _ in range(n_rows)],
            "usage": [list(row) for row in rng.normal(size=(n_rows, 4)).round(2)],
        }
    )
    return X, np.where(X["age"] + 10 * (X["plan"] == "pro") > 42, "leaves", "stays")


def make_model(**parameters):
    preprocess = make_preprocessor(random_state=0, high_cardinality="embedding+target")
    return make_pipeline(preprocess, MultiInputClassifier(**{**SMALL, "epochs": 2, **parameters}))


X, Y = make_table()


@pytest.fixture(scope="module")
def model():
    return make_model().fit(X, Y)


def test_every_fault_has_a_test():
    known = {
        path.stem: {
            node.name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef)
        }
        for path in TESTS.rglob("test_*.py")
    }
    listed = [pair for _, _, tests in FAULTS for pair in tests]
    assert [pair for pair in listed if pair[1] not in known.get(pair[0], ())] == []
    own = {name for name in known[HERE] if name.startswith("test_")}
    assert own - {name for file, name in listed if file == HERE} == {"test_every_fault_has_a_test"}


# -- killed, full, interrupted -------------------------------------------------------------------


def start(code, *arguments):
    """Run code of this module in another process, with Ctrl-C as at a terminal."""
    prelude = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from test_faults import *\n"
    )
    command = [sys.executable, "-c", prelude + code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=TESTS, stderr=subprocess.DEVNULL)


def wait_for(condition, process=None, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        assert process is None or process.poll() is None, "it ended by itself"
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.001)


def read_slowly():
    for start in range(0, len(X), 40):
        yield X[start : start + 40], Y[start : start + 40]


STREAM = {"sample_rows": 100, "checkpoint_every": 1}


@pytest.mark.slow
def test_killed_while_fitting(tmp_path):
    path = tmp_path / "run.checkpoint"
    code = (
        "fit_out_of_core(make_model(epochs=10_000), read_slowly, checkpoint=sys.argv[1], **STREAM)"
    )
    with start(code, path) as process:
        wait_for(path.exists, process)
        written = path.stat().st_mtime_ns
        wait_for(lambda: path.stat().st_mtime_ns != written, process)
        process.kill()
    # It goes on from where it was, and ends some passes later as if it had not been killed.
    resumed = fit_out_of_core(make_model(epochs=9), read_slowly, checkpoint=path, **STREAM)
    n_passes = len(resumed[-1].history_["loss"])
    whole = fit_out_of_core(make_model(epochs=n_passes), read_slowly, **STREAM)
    assert resumed[-1].history_["loss"] == whole[-1].history_["loss"]


@pytest.mark.slow
def test_killed_while_saving(tmp_path, model):
    path = tmp_path / "model.skmi"
    save(model, path)
    code = (
        "model = load(sys.argv[1])\n"
        "while True:\n"
        "    model[-1].model_.set_weights([0 * w for w in model[-1].model_.get_weights()])\n"
        "    save(model, sys.argv[1])"
    )
    with start(code, path) as process:
        wait_for(lambda: list(tmp_path.glob(".*.tmp")), process)
        process.kill()
    found = load(path).predict_proba(X)
    assert np.array_equal(found, model.predict_proba(X)) or (found == 0.5).all()


@contextlib.contextmanager
def files_of_at_most(n_bytes):
    """What a full disk is to a program: writing fails in the middle of a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_disk_full(tmp_path, model):
    path, checkpoint = tmp_path / "model.skmi", tmp_path / "run.checkpoint"
    save(model, path)
    old = path.read_bytes()
    with files_of_at_most(len(old) // 2), pytest.raises(OSError, match="File too large"):
        save(model, path)
    assert path.read_bytes() == old
    with files_of_at_most(1_000), pytest.raises(OSError, match="File too large"):
        fit_out_of_core(make_model(), read_slowly, checkpoint=checkpoint, **STREAM)
    assert list(tmp_path.iterdir()) == [path]


class Stops(keras.callbacks.Callback):
    """Ctrl-C in the third fit."""

    fits = 0

    def on_epoch_end(self, epoch, logs=None):
        Stops.fits += 1
        if Stops.fits == 3:
            raise KeyboardInterrupt


def test_a_search_that_was_interrupted_is_reusable():
    def search(callbacks):
        model = make_model(epochs=1, callbacks=callbacks)
        grid = {"multiinputclassifier__dropout": [0.1, 0.2]}
        return GridSearchCV(model, grid, cv=2, refit=False, error_score="raise")

    interrupted = search(Stops)
    with pytest.raises(KeyboardInterrupt):
        interrupted.fit(X, Y)
    assert not hasattr(interrupted, "cv_results_")
    assert not hasattr(interrupted.estimator[-1], "model_")
    again = interrupted.fit(X, Y).cv_results_["mean_test_score"]
    assert np.array_equal(again, search(None).fit(X, Y).cv_results_["mean_test_score"])


class Tells(keras.callbacks.Callback):
    """Leaves the number of the process in a folder."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def on_epoch_end(self, epoch, logs=None):
        (Path(self.folder) / str(os.getpid())).touch()


def is_running(pid):
    """A dead process that nobody has asked for its exit status does not run."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")
def test_an_interrupted_search_leaves_no_processes(tmp_path):
    code = (
        "model = make_model(epochs=100_000, early_stopping=False, callbacks=Tells,\n"
        "                   callbacks__folder=sys.argv[1])\n"
        "grid = {'multiinputclassifier__dropout': [0.1, 0.2]}\n"
        "GridSearchCV(model, grid, cv=2, n_jobs=2).fit(X, Y)"
    )
    with start(code, tmp_path) as process:
        wait_for(lambda: len(list(tmp_path.iterdir())) == 2, process)
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=60)
        assert process.returncode in (1, 130, -signal.SIGINT)
    workers = [int(path.name) for path in tmp_path.iterdir()]
    assert process.pid not in workers
    wait_for(lambda: not any(map(is_running, workers)), seconds=60)


def becomes_nan(y_true, y_pred):
    """NaN as soon as the predictions leave the middle."""
    distance = keras.ops.mean(keras.ops.abs(y_pred - y_true), axis=-1)
    return distance + keras.ops.sqrt(0.5 - keras.ops.abs(y_pred[:, 0] - 0.5) - 0.3)


def test_a_loss_that_becomes_nan():
    model = make_model(loss=becomes_nan, learning_rate=0.1, epochs=50, early_stopping=False)
    with pytest.raises(FloatingPointError, match=r"nan after epoch \d+.*Try a lower learning_rate"):
        model.fit(X, Y)
    assert not hasattr(model[-1], "n_iter_")


# -- odd tables ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "values", "same"),
    [
        ("age", lambda c: c.map("{:.1f}".format), lambda c: c),
        ("age", lambda c: "old", lambda c: np.nan),
        ("plan", lambda c: 1.5, lambda c: "one never seen"),
        ("city", lambda c: c.astype("category"), lambda c: c),
        ("city", lambda c: True, lambda c: "one never seen"),
        ("signup", lambda c: c.dt.strftime("%Y-%m-%d"), lambda c: c),
        ("signup", lambda c: "soon", lambda c: pd.NaT),
        ("review", lambda c: c.astype("category"), lambda c: c),
        ("review", lambda c: np.nan, lambda c: None),
        ("usage", lambda c: c.map(np.asarray), lambda c: c),
    ],
)
def test_a_column_that_changes_type_is_read(model, column, values, same):
    given, expected = (X.assign(**{column: make(X[column])}) for make in (values, same))
    assert np.array_equal(model.predict_proba(given), model.predict_proba(expected))


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("age", pd.Timestamp("2020-01-01"), "'age'"),
        ("plan", [["free"]] * len(X), "Column 'plan': expected one category per cell"),
        ("review", 3, "Column 'review' holds numbers"),
        ("usage", 3.0, "got float 3.0 in row 0 of column 'usage'"),
        ("usage", "one, two", "'usage'"),
    ],
)
def test_a_column_that_changes_type_and_cannot_be_read(model, column, value, message):
    with pytest.raises(TypeError, match=message):
        model.predict(X.assign(**{column: value}))


def test_categories_that_explode(model):
    n_rows = 1_000_000
    columns = ["age", "city"]
    model = make_model(epochs=1).fit(X[columns], Y)
    groups = model[-1].column_groups_
    new = pd.DataFrame({"age": 40.0, "city": [f"new {i}" for i in range(n_rows)]})
    size = new.memory_usage(deep=True).sum() + n_rows * 8 * len(groups.columns)
    tracemalloc.start()
    try:
        found = model.predict_proba(new)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (found == found[0]).all()
    assert peak < 5 * size
    assert all(len(spec.categories or ()) <= 40 for spec in groups.inputs)


def test_a_row_with_every_value_missing(model):
    for nothing in (None, np.nan, pd.NA):
        empty = pd.DataFrame({name: [nothing] * 2 for name in X}, dtype=object)
        assert np.isfinite(model.predict_proba(empty)).all()
    with_one = pd.concat([X, X[:1].assign(age=np.nan).astype(object)], ignore_index=True)
    with_one.iloc[-1] = None
    with_one["usage"] = with_one["usage"].astype(object)
    again = make_model().fit(with_one, [*Y, "stays"])
    assert np.isfinite(again.predict_proba(with_one)).all()


@pytest.mark.parametrize("column", ["age", "plan", "city", "review"])
def test_endless_strings(model, column):
    n = 10_000_000
    texts = ["x" * n, "good " * (n // 5), "1" * n, " " * n]
    tracemalloc.start()
    try:
        found = model.predict_proba(X[:4].assign(**{column: texts}))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert np.isfinite(found).all()
    assert peak < 60 * n


def test_broken_text(tmp_path):
    broken = X.astype(dict.fromkeys(("plan", "city", "review"), object))
    for step, name in enumerate(("plan", "city", "review")):
        broken.loc[step :: 3 + step, name] = f"\ud800\x00 good{name}"
    model = make_model(epochs=1).fit(broken, Y)
    save(model, tmp_path / "model.skmi")
    expected = model.predict_proba(broken)
    assert np.array_equal(load(tmp_path / "model.skmi").predict_proba(broken), expected)
    unseen = broken.assign(plan=pd.Series(["\x00\udfff"] * len(X), dtype=object))
    assert np.array_equal(
        model.predict_proba(unseen), model.predict_proba(broken.assign(plan="unseen"))
    )


@pytest.mark.parametrize(
    "value",
    ["9999999-01-01", "31.02.2020", dt.date(1, 1, 1), dt.date(9999, 12, 31)],
)
def test_dates_out_of_range(model, value):
    far = X[:3].assign(signup=pd.Series([value] * 3, dtype=object))
    missing = X[:3].assign(signup=pd.NaT)
    assert np.array_equal(model.predict_proba(far), model.predict_proba(missing))


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinity(model, value):
    row = X[:2].copy()
    row.loc[1, "age"] = value
    with pytest.raises(ValueError, match="Column 'age' contains infinity in row 1"):
        model.predict(row)
    row = X[:2].copy()
    row["usage"] = [[0.0], [0.0, value]]
    with pytest.raises(ValueError, match="infinite one in row 1 of column 'usage'"):
        model.predict(row)


def test_numbers_at_the_ends(model):
    wild = X.copy()
    wild.loc[:3, "age"] = [1e308, -1e308, 5e-324, -0.0]
    again = make_model(epochs=1).fit(wild, Y)
    for fitted in (model, again):
        found = fitted.predict_proba(wild)
        assert np.isfinite(found).all()
        zero = wild.assign(age=wild["age"] + 0.0)
        assert not np.signbit(zero.loc[3, "age"])
        assert np.array_equal(found, fitted.predict_proba(zero))


def to_polars(frame):
    polars = pytest.importorskip("polars", reason="polars is no dependency of ours")
    return polars.from_pandas(frame)


def to_arrow(frame):
    import pyarrow as pa

    return pa.Table.from_pandas(frame)


@pytest.mark.parametrize(
    "convert",
    [
        lambda frame: frame.convert_dtypes(),
        lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
        lambda frame: frame.astype({"plan": "category", "city": "string", "review": object}),
        to_polars,
        to_arrow,
    ],
    ids=["nullable", "pyarrow", "mixed", "polars", "Table"],
)
def test_other_dtypes_and_tables(model, convert):
    expected = model.predict_proba(X)
    given = convert(X)
    assert np.array_equal(model.predict_proba(given), expected)
    assert np.array_equal(clone(model).fit(given, Y).predict_proba(given), expected)


@pytest.mark.parametrize("layout", ["read-only", "Fortran", "strided", "swapped"])
def test_arrays_of_any_layout(layout):
    values = np.random.default_rng(0).normal(size=(120, 4))
    y = np.arange(120) % 2
    expected = MultiInputClassifier(**SMALL, epochs=1).fit(values, y).predict_proba(values)
    given = {
        "read-only": values.copy(),
        "Fortran": np.asfortranarray(values),
        "strided": np.repeat(np.repeat(values, 2, axis=0), 3, axis=1)[::2, ::3],
        "swapped": values.astype(values.dtype.newbyteorder()),
    }[layout]
    labels = np.repeat(y, 2)[::2]
    given.flags.writeable = labels.flags.writeable = False
    found = MultiInputClassifier(**SMALL, epochs=1).fit(given, labels).predict_proba(given)
    assert np.array_equal(found, expected)


@pytest.mark.slow
def test_ten_thousand_columns():
    rng = np.random.default_rng(0)
    names = [f"x{i}" for i in range(10_000)]
    wide = pd.DataFrame(rng.normal(size=(60, len(names))), columns=names)
    tracemalloc.start()
    try:
        model = make_model(epochs=1).fit(wide, np.arange(60) % 2)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert model.predict_proba(wide).shape == (60, 2)
    assert peak < 8 * len(names) ** 2  # one matrix of all pairs


def test_threads_predict_while_another_fits(model):
    expected = model.predict_proba(X)
    other = make_model(random_state=3)
    alone = clone(other).fit(X, Y).predict_proba(X)
    done = []

    def predict(_):
        answers = []
        while not done or not answers:
            answers.append(np.array_equal(model.predict_proba(X), expected))
        return all(answers)

    with ThreadPoolExecutor(2) as pool:
        waiting = pool.map(predict, range(2))
        try:
            found = clone(other).fit(X, Y).predict_proba(X)
        finally:
            done.append(True)
        assert list(waiting) == [True, True]
    assert np.array_equal(found, alone)
