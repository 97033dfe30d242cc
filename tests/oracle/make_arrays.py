"""Writes the small arrays that tests/data.rs reads, with numpy and safetensors as the judges.

Run from the repository's root: python tests/oracle/make_arrays.py
"""

from pathlib import Path

import numpy as np
from safetensors import TensorSpec, serialize_file
from safetensors.numpy import save_file

folder = Path(__file__).parent / "arrays"
folder.mkdir(exist_ok=True)

# Row r, column c holds (3 r + c) / 4 - 2, which every type below holds exactly.
x = (np.arange(24).reshape(8, 3) / 4 - 2).astype(np.float32)

np.save(folder / "single.npy", x)
np.save(folder / "double.npy", x.astype(np.float64))
np.save(folder / "half.npy", x.astype(np.float16))
np.save(folder / "by_column.npy", np.asfortranarray(x))
np.save(folder / "whole.npy", np.arange(24).reshape(8, 3))
np.save(folder / "swapped.npy", x.astype(">f4"))
np.save(folder / "flat.npy", x.reshape(-1))
np.save(folder / "short.npy", x[:7])

holed = x.copy()
holed[5, 2] = np.nan
np.save(folder / "nan.npy", holed)
# Finite in 64 bits, infinite in 32.
huge = x.astype(np.float64)
huge[2, 1] = 1e300
np.save(folder / "huge.npy", huge)

save_file({"x": x}, folder / "one.safetensors")
save_file(
    {"single": x, "double": x.astype(np.float64), "half": x.astype(np.float16)},
    folder / "many.safetensors",
)
# The upper half of a 32 bit float is a bfloat16.
upper = (x.view(np.uint32) >> 16).astype(np.uint16)
assert ((upper.astype(np.uint32) << 16).view(np.float32) == x).all()
spec = TensorSpec(
    dtype="bfloat16", shape=list(x.shape), data_ptr=upper.ctypes.data, data_len=upper.nbytes
)
serialize_file({"x": spec}, folder / "brain.safetensors")

# Halves at the edges of their range, three to a row.
edges = np.array(
    [[0.0, -0.0, 6e-8], [6.1e-5, 65504.0, -65504.0], [1.0, -1.0, 0.333], [1e-7, 2.0, 0.1],
     [5.96e-8, 1024.0, 1025.0], [3.14159, -2.71828, 1e-4], [7.0, 8.5, 9.25], [0.5, 0.25, 0.125]],
    dtype=np.float16,
)
np.save(folder / "half_edges.npy", edges)
np.save(folder / "half_edges_wide.npy", edges.astype(np.float32))
