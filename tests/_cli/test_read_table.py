import bz2
import codecs
import gzip
import io
import lzma
import os
import sys
import threading
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skmultiinput._cli.read_table import read_table
from skmultiinput._cli.table_file import TableError

TEXT = 'age,plan,churn\n31,"basic, old",yes\n64,plüs,no\n'


def write(folder, name, content):
    path = Path(folder, name)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
def test_encodings_and_separators_are_found(tmp_path, encoding, sep):
    text = TEXT.replace(",", sep).replace(f"{sep} ", ", ")
    table = read_table(write(tmp_path, "t.txt", text.encode(encoding)), target="churn")
    assert table.columns.tolist() == ["age", "plan", "churn"]
    assert table["age"].tolist() == [31, 64]
    assert table["plan"].tolist() == ["basic, old", "plüs"]


def test_cp1252_characters_are_not_mistaken_for_latin_1(tmp_path):
    path = write(tmp_path, "t.csv", "price,churn\n5 €,yes\n".encode("cp1252"))
    assert read_table(path)["price"].tolist() == ["5 €"]
    # 0x81 is no Windows-1252 character.
    path = write(tmp_path, "t.csv", b"price,churn\n5 \x81,yes\n")
    assert read_table(path)["price"].tolist() == ["5 \x81"]


def test_an_encoding_that_shows_itself_late_is_found(tmp_path):
    path = write(tmp_path, "t.csv", b"a,b\n" + b"1,x\n" * 400_000 + "2,ü\n".encode("latin-1"))
    assert read_table(path)["b"].iloc[-1] == "ü"


@pytest.mark.parametrize(
    ("name", "pack"),
    [("t.csv.gz", gzip.compress), ("t.csv.bz2", bz2.compress), ("t.csv.xz", lzma.compress)],
)
def test_packed_files(tmp_path, name, pack):
    assert read_table(write(tmp_path, name, pack(TEXT.encode()))).shape == (2, 3)
    with pytest.raises(TableError, match="Cannot read"):
        read_table(write(tmp_path, name, TEXT))


def test_zip(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("inner/t.csv", TEXT)
    assert read_table(tmp_path / "t.zip").shape == (2, 3)
    with zipfile.ZipFile(tmp_path / "t.zip", "a") as archive:
        archive.writestr("u.csv", TEXT)
    with pytest.raises(TableError, match=r"t\.zip holds 2 files; expected exactly one"):
        read_table(tmp_path / "t.zip")


def test_what_macos_adds_to_a_zip_is_no_table(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("t.csv", "a,b\n1,2\n")
        archive.writestr("__MACOSX/._t.csv", b"\0\5\x16\7")
    assert read_table(tmp_path / "t.zip").shape == (1, 2)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("note", ["sep=;\r\n", '"sep=;"\n', "SEP=;\n"])
def test_excels_note_of_the_separator_is_no_line_of_the_table(tmp_path, encoding, note):
    (tmp_path / "t.csv").write_bytes((note + "a;b\n1;ü\n").encode(encoding))
    assert read_table(tmp_path / "t.csv").to_dict("list") == {"a": [1], "b": ["ü"]}


@pytest.mark.parametrize("names", ["sep=a;b", "sep;b", "separator=;b"])
def test_a_name_is_no_note_of_the_separator(tmp_path, names):
    (tmp_path / "t.csv").write_text(names + "\n1;2\n", encoding="utf-8")
    assert list(read_table(tmp_path / "t.csv")) == names.split(";")


def test_parquet(tmp_path):
    frame = pd.DataFrame({"a": [1.5, None], "b": ["x", "y"], "c": [[1.0, 2.0], [3.0]]})
    frame.to_parquet(tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet", target="b")
    assert table["c"].map(len).tolist() == [2, 1]
    with pytest.raises(TableError, match=r"bad\.parquet is no Parquet file: "):
        read_table(write(tmp_path, "bad.parquet", b"PAR1 not really"))


cell = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs"]), min_size=1)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.tuples(cell, st.integers(-9, 9)), min_size=1, max_size=8),
    sep=st.sampled_from(list(",;\t|")),
)
def test_what_pandas_writes_is_read_back(tmp_path, rows, sep):
    frame = pd.DataFrame(rows, columns=["text x", "number"])
    # A prefix, for "NA" and "1" are no text to pandas.
    frame["text x"] = "t" + frame["text x"]
    frame.to_csv(tmp_path / "t.csv", index=False, sep=sep)
    table = read_table(tmp_path / "t.csv", target="number")
    assert table["text x"].tolist() == frame["text x"].tolist()
    assert table["number"].tolist() == frame["number"].tolist()


def test_fields_may_hold_line_breaks_and_blanks_around(tmp_path):
    path = write(tmp_path, "t.csv", 'review, churn\n"good\nvery, good", yes\n\nbad, no\n')
    table = read_table(path, target="churn")
    assert table["review"].tolist() == ["good\nvery, good", "bad"]
    assert table["churn"].tolist() == ["yes", "no"]


def test_only_line_breaks_end_a_line(tmp_path):
    path = write(tmp_path, "t.csv", "review,churn\r\ngood\u2028or\x85bad,yes\r\n\x0cbad,no\r\n")
    table = read_table(path, target="churn")
    assert table["review"].tolist() == ["good\u2028or\x85bad", "\x0cbad"]


def test_an_index_column_without_a_name_gets_one(tmp_path):
    path = tmp_path / "t.csv"
    pd.DataFrame({"a": [1], "b": [2]}).to_csv(path)
    assert read_table(path).columns.tolist() == ["column 1", "a", "b"]


def test_the_target_tells_which_separator_is_right(tmp_path):
    path = write(tmp_path, "t.csv", "name, first;y\nA, B;1\nC, D;0\n")
    assert read_table(path, target="y").columns.tolist() == ["name, first", "y"]


@pytest.mark.parametrize("sep", ["\\t", "tab", "\t", "TAB"])
def test_a_tab_may_be_named(tmp_path, sep):
    assert read_table(write(tmp_path, "t.csv", "a\tb\n1\t2\n"), sep=sep).shape == (1, 2)


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        ("", {}, "t.csv is empty."),
        ("\n \n", {}, "t.csv is empty."),
        ("a,b\n", {}, "t.csv has column names but no rows."),
        ("a b\n1 2\n", {}, "has one column only, 'a b': no comma, semicolon, tab or bar"),
        ("a,b\n1,2\n", {"sep": ";"}, "has one column only, 'a,b', when split at ';'"),
        ("a,b\n1,2\n", {"sep": "::"}, "separator must be one character, .* got '::'"),
        ("a,b,a\n1,2,3\n", {}, "Column names must differ, but t.csv has more than one 'a'"),
        ("a,b\n1,2\n3\n", {}, "Line 3 of t.csv has 1 fields, but the first line has 2"),
        ("a,b\n1,2\n3,4,5\n", {}, "Line 3 of t.csv has 3 fields, .* a comma in it not quoted"),
        (b"a,b\n1,2\n1,\0\n", {}, "t.csv is no text: line 3 holds a NUL byte"),
        (
            "age,Churn\n1,2\n",
            {"target": "churn"},
            "no column 'churn' in t.csv, did you mean 'Churn'",
        ),
        ("age,Churn\n1,2\n", {"target": "Chrun "}, "did you mean 'Churn'"),
        (
            "age,plan\n1,2\n",
            {"target": "y"},
            "no column 'y' in t.csv; its columns are 'age', 'plan'.",
        ),
        ("39,State,77516\n50,Self,83311\n", {"target": "y"}, "first line looks like data"),
        (codecs.BOM_UTF8, {}, "t.csv is empty."),
        ('a,b\n"1,2\n3,4\n', {}, "t.csv"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path, content, arguments, message):
    with pytest.raises(TableError, match=message) as caught:
        read_table(write(tmp_path, "t.csv", content), **arguments)
    assert "\n" not in str(caught.value)


def test_files_that_are_not_there_or_no_tables(tmp_path):
    write(tmp_path, "customers.csv", TEXT)
    with pytest.raises(TableError, match=r"no file .*did you mean .*customers.csv'\?"):
        read_table(tmp_path / "customer.csv")
    with pytest.raises(TableError, match=r"There is no file 'nowhere/at/all.csv'\."):
        read_table("nowhere/at/all.csv")
    with pytest.raises(TableError, match="is a folder"):
        read_table(tmp_path)
    with pytest.raises(TableError, match="is an Excel workbook; save the table as CSV"):
        read_table(write(tmp_path, "t.xlsx", "x"))
    wide = pd.DataFrame(np.zeros((1, 20)), columns=[f"c{j}" for j in range(20)])
    wide.to_csv(tmp_path / "wide.csv", index=False)
    with pytest.raises(TableError, match=r"its columns are .* and 8 more"):
        read_table(tmp_path / "wide.csv", target="y")


# --- Pipes, long cells, formats that are told by their content.


def feed(path, content):
    """Write to a pipe, as another process would."""
    thread = threading.Thread(target=lambda: path.write_bytes(content), daemon=True)
    thread.start()
    return path


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_a_pipe_is_read(tmp_path, pack):
    os.mkfifo(tmp_path / "pipe")
    table = read_table(feed(tmp_path / "pipe", pack(TEXT.encode())), target="churn")
    assert table["age"].tolist() == [31, 64]


def test_parquet_from_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    content = pd.DataFrame({"a": [1.5], "b": ["x"]}).to_parquet()
    assert read_table(feed(tmp_path / "pipe", content))["b"].tolist() == ["x"]


def test_an_empty_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TableError, match="pipe is empty"):
        read_table(feed(tmp_path / "pipe", b""))


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_standard_input(monkeypatch, name):
    if name == "-":
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
        assert read_table(name, target="churn").shape == (2, 3)
        return
    read, write = os.pipe()
    os.write(write, TEXT.encode())
    os.close(write)
    kept = os.dup(0)
    os.dup2(read, 0)
    try:
        assert read_table(name, target="churn").shape == (2, 3)
    finally:
        os.dup2(kept, 0)


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/urandom"])
def test_endless_devices_are_refused(name):
    with pytest.raises(TableError, match="is a device; expected a file or a pipe"):
        read_table(name)


def test_a_name_that_no_file_can_have():
    with pytest.raises(TableError, match="Cannot read"):
        read_table("x" * 5000)
    with pytest.raises(TableError, match="There is no file"):
        read_table("a\0b.csv")


@pytest.mark.parametrize("n_characters", [131_073, 3_000_000])
def test_long_cells(tmp_path, n_characters):
    long = "word " * (n_characters // 5 + 1)
    path = write(tmp_path, "t.csv", f'review,churn\n"{long}",yes\nshort,no\n')
    assert read_table(path, target="churn")["review"].iloc[0] == long


def test_the_limit_of_the_csv_module_stays(tmp_path):
    import csv

    before = csv.field_size_limit()
    read_table(write(tmp_path, "t.csv", TEXT))
    with pytest.raises(TableError):
        read_table(write(tmp_path, "u.csv", "a,b\n1,2,3\n"))
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    "name", ["t.parquet", "t.pq", "t.parquet.brotli", "t.parquet.gz", "t.snappy.parquet", "t.csv"]
)
def test_parquet_is_told_by_its_content(tmp_path, name):
    pd.DataFrame({"a": [1.5], "b": ["x"]}).to_parquet(tmp_path / "plain", compression="brotli")
    (tmp_path / "plain").rename(tmp_path / name)
    assert read_table(tmp_path / name)["b"].tolist() == ["x"]


def test_packed_parquet(tmp_path):
    content = gzip.compress(pd.DataFrame({"a": [1.5], "b": ["x"]}).to_parquet())
    assert read_table(write(tmp_path, "t.parquet.gz", content))["b"].tolist() == ["x"]


@pytest.mark.parametrize("suffix", ["jsonl", "ndjson", "json", "jsonl.gz", "xml", "HTML", "dta"])
def test_other_formats_are_told_by_their_name(tmp_path, suffix):
    with pytest.raises(TableError, match="save the table as CSV or Parquet first"):
        read_table(write(tmp_path, f"t.{suffix}", TEXT))


@pytest.mark.parametrize(
    "content",
    [
        '{"age": 31, "churn": "yes"}\n{"age": 64, "churn": "no"}\n',
        '[{"age": 31, "churn": "yes"}, {"age": 64, "churn": "no"}]',
        '[\n  {"age": 31,\n   "churn": "yes"}\n]\n',
        '{\n  "age": [31, 64],\n  "churn": ["yes", "no"]\n}\n',
    ],
)
@pytest.mark.parametrize("name", ["t.csv", "t.txt", "t"])
def test_json_is_told_by_its_content(tmp_path, name, content):
    with pytest.raises(TableError, match="holds JSON"):
        read_table(write(tmp_path, name, content))


def test_a_header_in_brackets_is_no_json(tmp_path):
    table = read_table(write(tmp_path, "t.csv", "[id],{x}\n1,2\n"))
    assert table.columns.tolist() == ["[id]", "{x}"]
