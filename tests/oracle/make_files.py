"""Writes the small data files that tests/files.rs reads, with the software that usually writes them, and what they hold.

Run from the repository's root: python tests/oracle/make_files.py
Needs numpy, pandas, pyarrow, h5py, pillow, safetensors.
"""

import gzip
import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from safetensors.numpy import save_file

folder = Path(__file__).parent / "files"
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir()
rng = np.random.default_rng(7)
said = {}


def tell(name, arrays):
    """What a file of arrays holds, as numpy sees it."""
    said[name] = {
        key: {
            "shape": list(x.shape),
            "least": float(np.min(x)),
            "most": float(np.max(x)),
            "mean": float(np.mean(x.astype(np.float64))),
            "first": [float(v) for v in (x.ravel(order="F" if x.flags.f_contiguous and not x.flags.c_contiguous else "C")[:6])],
        }
        for key, x in arrays.items()
    }


# Arrays of numpy's.
x = (np.arange(24).reshape(8, 3) / 4 - 2).astype(np.float32)
mixed = {
    "x": x,
    "double": rng.normal(size=(5, 4)),
    "half": rng.normal(size=(3, 2)).astype(np.float16),
    "whole": rng.integers(-(2**40), 2**40, size=(2, 3, 4)),
    "bytes": rng.integers(0, 256, size=(4, 2, 2), dtype=np.uint8),
    "truth": rng.integers(0, 2, size=7).astype(bool),
    "swapped": rng.normal(size=(2, 5)).astype(">f4"),
    "turned": np.asfortranarray(rng.normal(size=(4, 3))),
    "small": np.int16(-7).reshape(()),
}
np.savez(folder / "mixed.npz", **mixed)
np.savez_compressed(folder / "packed.npz", **mixed)
tell("mixed.npz", mixed)
tell("packed.npz", mixed)
np.save(folder / "turned.npy", mixed["turned"])
tell("turned.npy", {"": mixed["turned"]})
np.save(folder / "words.npy", np.array(["a", "bc"]))
np.save(folder / "records.npy", np.zeros(3, dtype=[("a", "<f4"), ("b", "<i4")]))

# Tensors: whole numbers and truths beside floats.
tensors = {name: np.ascontiguousarray(mixed[name]) for name in ["x", "double", "half", "whole", "bytes", "truth"]}
save_file(tensors, folder / "mixed.safetensors", metadata={"made": "by a test"})
tell("mixed.safetensors", tensors)

# The format of MNIST.
codes = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def idx(name, x):
    head = bytes([0, 0, codes[x.dtype.str[1:]], x.ndim]) + np.array(x.shape, ">u4").tobytes()
    whole = head + x.astype(x.dtype.newbyteorder(">")).tobytes()
    (folder / name).write_bytes(gzip.compress(whole, mtime=0) if name.endswith("gz") else whole)
    tell(name, {"": x})


images = rng.integers(0, 256, size=(6, 28, 28), dtype=np.uint8)
idx("images-idx3-ubyte", images)
idx("images-idx3-ubyte.gz", images)
idx("labels-idx1-ubyte", rng.integers(0, 10, size=6, dtype=np.uint8))
idx("floats.idx", rng.normal(size=(3, 2)).astype(np.float32))

# Tables of pandas: quotes, commas, line breaks within cells, letters beyond ASCII.
table = pd.DataFrame(
    {
        "word": ["dog", "chêne", "l'été", "漢字", 'say "no"', "a, b", "rose", "elm"],
        "category": ["animal", "plant", "time", "sign", "speech", "sign", "plant", "plant"],
        "length": [3, 5, 5, 2, 8, 4, 4, 3],
        "weight": [0.5, 12.25, -3.5, 1e-3, 2.0, 7.125, 0.25, 4.0],
        "known": [True, False, True, True, False, True, True, False],
    }
)
table.to_csv(folder / "words.csv", index=False)
table.to_csv(folder / "marked.csv", index=False, encoding="utf-8-sig")
table.to_csv(folder / "windows.csv", index=False, lineterminator="\r\n")
table.to_csv(folder / "words.tsv", index=False, sep="\t", quoting=3)
table.to_json(folder / "words.jsonl", orient="records", lines=True, force_ascii=False)
table.to_csv(folder / "utf16.csv", index=False, encoding="utf-16")
latin = table[~table.word.str.contains("漢")]
latin.to_csv(folder / "latin1.csv", index=False, encoding="latin-1")
holed = table.copy()
holed.loc[4, "category"] = None
holed.loc[6, "weight"] = np.nan
holed.to_csv(folder / "holed.csv", index=False)
holed.fillna({"category": "none"}).to_csv(folder / "nan.csv", index=False, na_rep="nan")

# Parquet: the same table; then many rows in groups and pages, with holes, in every way of packing that is read.
table.to_parquet(folder / "words.parquet", index=False)
rows = 600
many = pd.DataFrame(
    {
        "name": [f"n{at:04}" for at in range(rows)],
        "kind": rng.choice(["red", "green", "blue", "grün"], rows),
        "small": rng.integers(-128, 128, rows).astype(np.int8),
        "unsigned": rng.integers(0, 2**32, rows).astype(np.uint32),
        "large": rng.integers(-(2**62), 2**62, rows),
        "single": rng.normal(size=rows).astype(np.float32),
        "real": rng.normal(size=rows),
        "truth": rng.integers(0, 2, rows).astype(bool),
        "holes": pd.array(np.where(rng.integers(0, 3, rows) == 0, None, rng.integers(0, 9, rows)), dtype="Int64"),
        "day": pd.Series(pd.to_datetime("1900-01-01") + pd.to_timedelta(rng.integers(0, 90_000, rows), unit="D")).dt.date,
    }
)
many.to_csv(folder / "many.csv", index=False)
for name, options in {
    "many_snappy": {},
    "many_gzip": {"compression": "gzip", "use_dictionary": False},
    "many_plain": {"compression": "none", "data_page_version": "2.0"},
    "many_v2": {"data_page_version": "2.0", "use_dictionary": False},
}.items():
    # Pages of some dozens of rows.
    pq.write_table(pa.Table.from_pandas(many), folder / f"{name}.parquet", row_group_size=250, data_page_size=512, write_batch_size=64, **options)
short = pa.Table.from_pandas(many.head(20)[["name", "real"]])
pq.write_table(short, folder / "zstd.parquet", compression="zstd")
pq.write_table(short, folder / "streams.parquet", use_dictionary=False, use_byte_stream_split=["real"])
pq.write_table(pa.table({"a": [1, 2], "b": [[1], [2, 3]]}), folder / "lists.parquet")
pq.write_table(pa.table({"a": [1, 2], "b": pa.array([0, 1], pa.timestamp("us"))}), folder / "times.parquet")

# HDF5 as h5py writes it.
packing = {"compression": "gzip", "shuffle": True, "fletcher32": True}
held = {
    "x": x,
    "inner/packed": rng.integers(-(2**40), 2**40, size=(5, 7)),
    "inner/deeper/swapped": rng.normal(size=(2, 5)).astype(">f4"),
    "inner/truth": rng.integers(0, 2, size=7).astype(bool),
    "grown": rng.normal(size=(9, 2, 3)),
    "one": np.float64(2.5).reshape(()),
}
for name, libver in [("held.h5", "earliest"), ("newer.h5", ("v108", "v108"))]:
    with h5py.File(folder / name, "w", libver=libver) as file:
        file["x"] = held["x"]
        file.create_dataset("inner/packed", data=held["inner/packed"], chunks=(2, 3), **packing)
        file["inner/deeper/swapped"] = held["inner/deeper/swapped"]
        file["inner/truth"] = held["inner/truth"]
        grown = file.create_dataset("grown", (4, 2, 3), "f8", chunks=(4, 1, 2), maxshape=(None, 2, 3))
        grown.resize(9, axis=0)
        grown[:] = held["grown"]
        file["one"] = held["one"]
        file.attrs["made"] = "by a test"
    tell(name, held)
with h5py.File(folder / "odd.h5", "w", libver="earliest") as file:
    file["text"] = ["a", "bc"]
    file["records"] = np.zeros(3, dtype=[("a", "<f4"), ("b", "<i4")])
    file.create_dataset("lzf", data=x, compression="lzf", chunks=(4, 3))
    file.create_dataset("unwritten", (4, 2), "f4", chunks=(2, 2))
    file["none"] = h5py.Empty("f4")
with h5py.File(folder / "latest.h5", "w", libver="latest") as file:
    file.create_dataset("x", data=x, chunks=(4, 3), maxshape=(None, 3))
with h5py.File(folder / "crowd.h5", "w", libver="earliest") as file:
    for at in range(300):
        file[f"d{at}"] = np.float32([at])

# The chunks of 3dshapes.h5, (15000, 4, 4, 1), over two of them in every index: tests/data/slabs.rs knows the formula.
shape = (15_010, 8, 8, 3)
at, y, x_, c = np.ogrid[tuple(slice(n) for n in shape)]
with h5py.File(folder / "slabs.h5", "w", libver="earliest") as file:
    slabs = (at // 1000 + at % 7 + 3 * y + 5 * x_ + 70 * c).astype(np.uint8)
    file.create_dataset("images", data=slabs, chunks=(15_000, 4, 4, 1), compression="gzip", compression_opts=9)

# A file of the form of 3dshapes.h5 with the 64 images of `values: [4, 1, 4, 1, 4, 1]`: tests/data/pictures.rs knows the formula.
used = [(4, 10), (1, 10), (4, 10), (1, 8), (4, 4), (1, 15)]
hue = [0, 2, 5, 7]
labels = np.array(
    [[hue[a] / 10, 0, hue[b] / 10, 0.75 + 4 * 0.5 / 7, s, 0.0] for a in range(4) for b in range(4) for s in range(4)]
)
at, y, x_, c = np.ogrid[0:64, 0:64, 0:64, 0:3]
pixels = ((at % 4) * 40 + (at // 16) * 9 * c + (at // 4 % 4) * 5 * (y // 16) + y % 4 * 7 + x_ // 4 * 3).astype(np.uint8)


def shapes(name, labels, **options):
    with h5py.File(folder / name, "w", libver="earliest") as file:
        images = file.create_dataset("images", (64, 64, 64, 3), "u1", **options)
        if options:
            images[:] = pixels
        if labels is not None:
            file["labels"] = labels


shapes("shapes.h5", labels, chunks=(15_000, 4, 4, 1), maxshape=(None, 64, 64, 3), compression="gzip", compression_opts=9)
shapes("unlabelled.h5", None)
wrong = labels.copy()
wrong[37, 2] = 0.9
shapes("mislabelled.h5", wrong)

# Images: two classes in folders, one size, then another colour.
for name, colours, size in [("oak", "RGB", (8, 6)), ("elm", "RGB", (8, 6)), ("odd", "L", (4, 4))]:
    (folder / "images" / name).mkdir(parents=True)
    for at in range(2 if name != "odd" else 1):
        pixels = rng.integers(0, 256, size=(size[1], size[0], 3) if colours == "RGB" else (size[1], size[0]), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "images" / name / f"{at}.png")

(Path(__file__).parent / "files.json").write_text(json.dumps(said, indent=1) + "\n")
