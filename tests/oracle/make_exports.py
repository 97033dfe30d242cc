"""What pandas, pyarrow, polars and TensorBoard read in the golden files of tests/exports.rs.

    GOLDEN=write cargo test --release --test exports     # writes exports/values.parquet and the event file
    python make_exports.py                               # reads them, and writes exports.json

Rows are what pyarrow reads; pandas and polars must read the same. Events are written again by TensorBoard's own writer of records
and its own protocol buffers, and must be the same bytes.
"""

import io
import json
import math
import struct
from pathlib import Path

import pandas
import polars
import pyarrow.parquet
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

HERE = Path(__file__).parent
PARQUET = HERE / "exports" / "values.parquet"
EVENTS = HERE / "exports" / "events.out.tfevents.golden"

table = pyarrow.parquet.ParquetFile(PARQUET).read()
table.validate(full=True)
rows = table.to_pylist()
assert polars.read_parquet(PARQUET).to_dicts() == rows
frame = pandas.read_parquet(PARQUET, dtype_backend="numpy_nullable")
plain = [{name: None if value is pandas.NA else value for name, value in row.items()} for row in frame.to_dict("records")]
assert plain == rows, "pandas"

# TensorBoard's own framing of what it parses.
data = EVENTS.read_bytes()
written, at, again = io.BytesIO(), 0, []
while at < len(data):
    (length,) = struct.unpack_from("<Q", data, at)
    event = Event.FromString(data[at + 12 : at + 12 + length])
    at += 12 + length + 4
    body = event.SerializeToString()
    header = struct.pack("<Q", len(body))
    written.write(header + struct.pack("<I", masked_crc32c(header)) + body + struct.pack("<I", masked_crc32c(body)))
assert written.getvalue() == data, "events as TensorBoard writes them"

accumulator = EventAccumulator(str(EVENTS), size_guidance={"scalars": 0}).Reload()
finite = lambda value: value if math.isfinite(value) else None
scalars = {
    tag: [[event.step, finite(event.value), event.wall_time] for event in accumulator.Scalars(tag)]
    for tag in accumulator.Tags()["scalars"]
}

types = [str(kind) for kind in table.schema.types]
result = {"columns": table.column_names, "types": types, "rows": [list(row.values()) for row in rows], "scalars": scalars}
(HERE / "exports.json").write_text(json.dumps(result, separators=(",", ":")).replace("],[", "],\n[") + "\n")
