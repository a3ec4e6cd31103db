import copy
import io
import os
import pickle
import re
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError

from skmultiinput import ColumnGroups
from skmultiinput.preprocessing import ImageEncoder

RNG = np.random.default_rng(0)
COLOURS = RNG.integers(0, 256, (6, 4, 3), dtype=np.uint8)
GREY = RNG.integers(0, 256, (6, 4), dtype=np.uint8)


def pixels(encoder, frame, j=0):
    """The output of an encoder of one column as (n, height, width, channel)."""
    return frame.to_numpy().reshape(len(frame), *encoder.sizes_[j], encoder.channels_[j])


def encode(cells, **parameters):
    encoder = ImageEncoder(**parameters)
    return pixels(encoder, encoder.fit_transform(cells))


@pytest.mark.filterwarnings("ignore:Column .* holds no image in fit")
@given(
    st.lists(
        st.none() | hnp.arrays(np.uint8, (3, 2, 3)) | hnp.arrays(np.uint8, (3, 2)),
        min_size=1,
        max_size=5,
    )
)
@settings(deadline=None)
def test_arrays_of_the_right_size_agree_with_a_slow_reference(cells):
    out = encode(pd.Series(cells, dtype=object), size=(3, 2), channels=3)
    for cell, box in zip(cells, out, strict=True):
        for h, w, c in np.ndindex(3, 2, 3):
            expected = 0 if cell is None else (cell if cell.ndim == 3 else cell[..., None])[h, w]
            expected = np.broadcast_to(expected, 3)[c] / 255
            assert box[h, w, c] == pytest.approx(expected, abs=1e-6)


@pytest.mark.filterwarnings("ignore:Column .* holds no image in fit")
@given(
    st.lists(
        st.none() | hnp.arrays(np.float64, (2, 3), elements=st.floats(0, 20)),
        min_size=1,
        max_size=5,
    ).map(lambda cells: pd.Series(cells, dtype=object, name="photo")),
    st.sampled_from([0, 4096]),
)
@settings(deadline=None, max_examples=30)
def test_kept_copied_and_fitted_twice_it_stays_the_same(cells, max_columns):
    before = copy.deepcopy(cells)
    encoder = ImageEncoder(max_columns=max_columns)
    frame = encoder.fit_transform(cells)
    pd.testing.assert_series_equal(cells, before)
    for other in (
        pickle.loads(pickle.dumps(encoder)),
        copy.deepcopy(encoder),
        clone(encoder).fit(cells),
    ):
        pd.testing.assert_frame_equal(other.transform(cells), frame)
    pd.testing.assert_frame_equal(encoder.transform(cells.iloc[::-1]), frame.iloc[::-1])


def test_names_index_and_type():
    photos = pd.Series([GREY, None], index=[5, 5], name="photo")
    encoder = ImageEncoder()
    frame = encoder.fit_transform(photos)
    assert (encoder.sizes_, encoder.channels_) == ([(6, 4)], [1])
    assert frame.columns.tolist() == [f"photo[{h},{w},0]" for h in range(6) for w in range(4)]
    assert frame.index.equals(photos.index)
    assert set(frame.dtypes) == {np.dtype(np.float32)}
    np.testing.assert_allclose(frame.iloc[0], GREY.ravel() / 255, rtol=1e-6)
    assert not frame.iloc[1].any()


def test_above_max_columns_one_object_column():
    photos = pd.DataFrame({"photo": [COLOURS, None], "x[3]": [GREY, GREY]})
    encoder = ImageEncoder(max_columns=30)
    transformer = ColumnTransformer([("image", encoder, ["photo", "x[3]"])])
    frame = transformer.set_output(transform="pandas").fit_transform(photos)
    assert frame.columns.tolist()[:2] == ["image__photo", "image__x[3][0,0,0]"]
    assert frame.dtypes.iloc[0].kind == "O"
    assert [(cell.shape, cell.dtype) for cell in frame["image__photo"]] == [
        ((6, 4, 3), np.float32)
    ] * 2
    flat = ImageEncoder().fit_transform(photos["photo"])
    np.testing.assert_array_equal(np.stack(frame["image__photo"]).reshape(2, -1), flat)
    specs = ColumnGroups.from_frame(frame).inputs
    assert {(spec.kind, spec.shape) for spec in specs} == {
        ("image", (6, 4, 3)),
        ("image", (6, 4, 1)),
    }
    assert ImageEncoder(max_columns=0).fit(photos).get_feature_names_out().tolist() == [
        "photo",
        "x(3)",
    ]


def test_every_way_to_hand_over_a_picture_gives_the_same(tmp_path):
    picture = Image.fromarray(COLOURS)
    path = tmp_path / "a.png"
    picture.save(path)
    cells = [COLOURS, COLOURS / 255, picture, str(path), path, path.read_bytes(), COLOURS.tolist()]
    cells[-1] = np.array(cells[-1], dtype=np.uint8)
    out = encode(pd.Series(cells, dtype=object))
    for box in out[1:]:
        np.testing.assert_allclose(box, out[0], atol=1e-6)
    relative = encode(["a.png"], folder=tmp_path)
    np.testing.assert_array_equal(relative[0], out[0])


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "LAB"]
)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_modes_of_pictures_agree_with_pillow(mode, channels):
    picture = Image.fromarray(COLOURS).convert(mode)
    out = encode([picture], channels=channels)[0]
    picture = picture.convert("RGB") if mode == "LAB" else picture  # pillow knows no other way
    expected = picture.convert({1: "L", 3: "RGB", 4: "RGBA"}[channels])
    expected = np.asarray(expected).reshape(6, 4, channels) / 255
    np.testing.assert_allclose(out, expected, atol=2 / 255)


def test_transparent_parts_lie_over_white():
    clear = np.dstack([COLOURS, np.full((6, 4), 51, dtype=np.uint8)])
    expected = COLOURS / 255 * 0.2 + 0.8
    for cell in (clear, Image.fromarray(clear)):
        np.testing.assert_allclose(encode([cell])[0], expected, atol=1e-6)
    assert encode([clear], channels=4)[0][..., 3] == pytest.approx(0.2)
    palette = Image.new("P", (2, 2))
    palette.info["transparency"] = 0
    assert (encode([palette]) == 1).all()


def test_wide_greys_and_floats_keep_their_depth():
    wide = (GREY.astype(np.uint16) * 257).reshape(6, 4)
    for cell in (wide, Image.fromarray(wide), Image.fromarray(GREY / np.float32(255))):
        np.testing.assert_allclose(encode([cell])[0][..., 0], GREY / 255, atol=1e-6)
    levels = Image.fromarray(GREY.astype(np.int32))
    np.testing.assert_allclose(encode([levels])[0][..., 0], GREY / GREY.max(), atol=1e-6)
    content = io.BytesIO()
    levels.save(content, format="TIFF")
    np.testing.assert_allclose(
        encode([content.getvalue()])[0][..., 0], GREY / GREY.max(), atol=1e-6
    )


def test_photos_are_turned_upright(tmp_path):
    upright = np.zeros((16, 8, 3), dtype=np.uint8)
    upright[:8] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held at a right angle
    stored = Image.fromarray(np.rot90(upright))
    stored.save(tmp_path / "photo.png", exif=exif)
    encoder = ImageEncoder(folder=str(tmp_path))
    out = pixels(encoder, encoder.fit_transform(["photo.png"]))
    assert encoder.sizes_ == [(16, 8)]
    np.testing.assert_allclose(out[0], upright / 255)


@pytest.mark.parametrize(
    ("shapes", "size"),
    [
        ([(6, 4)], (6, 4)),
        ([(6, 4), (8, 4), (20, 10)], (8, 4)),
        ([(256, 128)], (64, 32)),
        ([(1000, 1)], (64, 1)),
    ],
)
def test_auto_size(shapes, size):
    cells = [np.zeros(shape, dtype=np.uint8) for shape in shapes]
    assert ImageEncoder().fit(cells).sizes_ == [size]


def test_resizing_keeps_the_mean_and_flat_areas():
    flat = np.full((9, 7), 102, dtype=np.uint8)
    assert encode([flat], size=4) == pytest.approx(0.4)
    for cell in (COLOURS, Image.fromarray(COLOURS)):
        out = encode([np.kron(COLOURS, np.ones((4, 4, 1), dtype=np.uint8))], size=(6, 4))
        assert out.mean() == pytest.approx(encode([cell]).mean(), abs=0.01)
    doubled = encode([Image.fromarray(GREY)], size=(12, 8))
    by_array = encode([GREY], size=(12, 8))
    np.testing.assert_allclose(doubled, by_array, atol=2 / 255)


def test_digits_are_scaled_by_the_largest_training_pixel():
    images = load_digits().images
    encoder = ImageEncoder()
    frame = encoder.fit_transform(images)
    assert encoder.max_values_ == [16]
    np.testing.assert_allclose(frame, images.reshape(-1, 64) / 16)
    flat = load_digits().data
    pd.testing.assert_frame_equal(encoder.transform(list(flat.reshape(-1, 8, 8))), frame)
    np.testing.assert_allclose(
        ImageEncoder(max_value=16).fit_transform(images.astype(np.uint8)), frame
    )


def test_arrays_need_no_pillow(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert encode([GREY, None]).shape == (2, 6, 4, 1)
    with pytest.raises(ImportError, match="pip install pillow"):
        ImageEncoder(size=2).fit_transform([GREY])
    with pytest.raises(ImportError, match="pip install pillow"):
        ImageEncoder().fit(["a.png"])


def test_damaged_files_are_named(tmp_path):
    whole = io.BytesIO()
    Image.fromarray(np.kron(COLOURS, np.ones((9, 9, 1), dtype=np.uint8))).save(whole, format="PNG")
    (tmp_path / "cut.png").write_bytes(whole.getvalue()[:200])
    (tmp_path / "text.png").write_text("hello")
    encoder = ImageEncoder(folder=tmp_path).fit(pd.Series([COLOURS], name="photo"))
    for cell, error, message in (
        ("cut.png", ValueError, "row 9 of column 'photo' is damaged or cut off .*cut.png"),
        ("text.png", ValueError, "text.png' named in row 9 of column 'photo' cannot be read"),
        ("none.png", FileNotFoundError, "none.png', named in row 9 of column 'photo'"),
        (whole.getvalue()[:200], ValueError, "row 9 of column 'photo' is damaged"),
        (b"hello", ValueError, "The 5 bytes in row 9 of column 'photo' cannot be read"),
    ):
        with pytest.raises(error, match=message):
            encoder.transform(pd.Series([cell], index=[9], name="photo"))


@pytest.mark.parametrize(
    ("cell", "error", "message"),
    [
        (3.5, TypeError, "got float 3.5 in row 0 of column 'photo'"),
        ([[1, 2], [3]], TypeError, "got list"),
        (np.array([["a"]]), TypeError, "array of numbers"),
        (np.zeros(64), ValueError, r"got shape \(64,\) in row 0 of column 'photo'. Flat rows"),
        (np.zeros((2, 2, 5)), ValueError, r"got shape \(2, 2, 5\)"),
        (np.zeros((0, 2)), ValueError, r"got shape \(0, 2\)"),
        (np.array([[np.nan]]), ValueError, "finite pixels"),
        (np.array([[-1.0]]), ValueError, "between 0 and 1, got -1 to -1"),
    ],
)
def test_a_wrong_cell_is_named(cell, error, message):
    with pytest.raises(error, match=message):
        ImageEncoder().fit_transform(pd.Series([cell], name="photo"))


def test_other_refusals():
    encoder = ImageEncoder().fit([GREY / 255])
    with pytest.raises(ValueError, match="between 0 and 1, got 0 to 200"):
        encoder.transform([np.array([[0.0, 200.0]])])
    with pytest.raises(ValueError, match="'size' parameter"):
        ImageEncoder(size=(1, 2, 3)).fit([GREY])
    with pytest.raises(ValueError, match="'channels' parameter"):
        ImageEncoder(channels=2).fit([GREY])
    with pytest.raises(TypeError, match="Flat rows of pixels are reshaped"):
        ImageEncoder().fit(np.zeros((3, 64)))
    with pytest.raises(NotFittedError):
        ImageEncoder().transform([GREY])
    with pytest.warns(UserWarning, match="holds no image in fit"):
        assert ImageEncoder().fit_transform([None]).shape == (1, 1)


@pytest.fixture
def confined(tmp_path):
    """An encoder whose folder has one image, beside images that it must not read."""
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("L", (2, 2)).save(folder / "a.png")
    Image.new("L", (2, 2)).save(tmp_path / "secret.png")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "out").symlink_to(tmp_path)
    return ImageEncoder(folder=folder).fit(["a.png"])


@pytest.mark.parametrize(
    "path",
    [
        "../secret.png",
        "../missing.png",
        "{}/secret.png",
        "{}/missing.png",
        "link.png",
        "out/secret.png",
        "out/missing.png",
        "a.png/../../secret.png",
        "/dev/zero",
    ],
)
def test_files_outside_the_folder_are_not_read(confined, tmp_path, path):
    path = path.format(tmp_path)
    # The message is the same whether there is such a file or not.
    message = re.escape(f"The path {path!r}, named in row 0 of column 0, leads out of folder=")
    for encode in (confined.transform, ImageEncoder(folder=confined.folder).fit):
        with pytest.raises(ValueError, match=message):
            encode([path])


def test_a_folder_that_is_a_link_and_paths_inside_it(confined, tmp_path):
    (tmp_path / "alias").symlink_to(confined.folder)
    for path in ("a.png", "./a.png", "x/../a.png", str(confined.folder / "a.png")):
        if path.startswith("x/"):
            (confined.folder / "x").mkdir()
        out = ImageEncoder(folder=tmp_path / "alias").fit_transform([path])
        assert out.shape == (1, 4)


@pytest.mark.parametrize("folder", [None, "photos"])
def test_only_regular_files_are_read(tmp_path, folder):
    root = tmp_path / "photos"
    root.mkdir()
    os.mkfifo(root / "pipe.png")
    (root / "folder.png").mkdir()
    folder = None if folder is None else root
    for name in ("pipe.png", "folder.png"):
        with pytest.raises(ValueError, match=f"Expected a regular file, got .*{name}"):
            ImageEncoder(folder=folder).fit([str(root / name)])
    with pytest.raises((ValueError, FileNotFoundError), match="row 0 of column 0"):
        ImageEncoder(folder=folder).fit(["a\0.png"])
