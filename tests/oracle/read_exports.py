"""Reads the exports in a folder with pandas, polars, pyarrow and TensorBoard, and compares each with values.jsonl.

    icl export STUDY --to jsonl      # and csv, parquet, tensorboard
    python read_exports.py runs/STUDY

tests/exports.rs runs it where a Python with these packages is there (ICL_PYTHON names one).
"""

import json
import math
import sys
from pathlib import Path

import pandas
import polars
import pyarrow.parquet
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

folder = Path(sys.argv[1])
lines = [json.loads(line) for line in (folder / "values.jsonl").read_text().splitlines()]
assert lines, "there are values"


def plain(value):
    """A value as JSON has it; whole numbers that a reader made real stay equal."""
    return None if value is None or value is pandas.NA or isinstance(value, float) and math.isnan(value) else value


def same(rows, reader):
    rows = [{name: plain(value) for name, value in row.items()} for row in rows]
    assert len(rows) == len(lines), f"{reader}: {len(rows)} rows, not {len(lines)}"
    for at, (read, line) in enumerate(zip(rows, lines)):
        assert list(read) == list(line), f"{reader}: columns {list(read)}"
        assert read == line, f"{reader}, row {at}:\n{read}\n{line}"


parquet = folder / "values.parquet"
table = pyarrow.parquet.read_table(parquet)
table.validate(full=True)
same(table.to_pylist(), "pyarrow")
same(polars.read_parquet(parquet).to_dicts(), "polars, Parquet")
same(pandas.read_parquet(parquet).to_dict("records"), "pandas, Parquet")
same(pandas.read_parquet(parquet, dtype_backend="numpy_nullable").to_dict("records"), "pandas with gaps, Parquet")
# pandas rounds decimal fractions in its own way unless it is told not to.
csv = pandas.read_csv(folder / "values.csv", float_precision="round_trip", dtype={"cell": str})
same(csv.to_dict("records"), "pandas, CSV")
same(polars.read_csv(folder / "values.csv", infer_schema_length=None).to_dicts(), "polars, CSV")
json_lines = pandas.read_json(folder / "values.jsonl", lines=True, precise_float=True, dtype={"cell": str})
same(json_lines.to_dict("records"), "pandas, JSONL")
same(polars.read_ndjson(folder / "values.jsonl", infer_schema_length=None).to_dicts(), "polars, JSONL")

# A run of TensorBoard is a folder; its scalars have 32 bits.
fixed = list(lines[0])
knobs = fixed[fixed.index("arm") + 1 : fixed.index("seed")]
runs = EventMultiplexer(size_guidance={"scalars": 0}).AddRunsFromDirectory(str(folder / "tensorboard")).Reload()
wanted = {}
for line in lines:
    if line["measure"].startswith("error_by_position"):
        continue
    bound = ",".join(f"{knob.removeprefix('point.')}={line[knob]}" for knob in knobs if line[knob] is not None)
    run = "/".join(part for part in [line["arm"], bound, f"seed={line['seed']}"] if part)
    tag = line["measure"]
    if line["target"] is not None:
        tag += f"/target {line['target']}"
    elif line["layer"] is not None and f"{tag}/layer {line['layer']}" in runs.GetAccumulator(run).Tags()["scalars"]:
        tag += f"/layer {line['layer']}"
    for behind, column in [("", "value"), ("/control", "control"), ("/cross_entropy", "cross_entropy"), ("/r2", "r2")]:
        if column == "value" or line[column] is not None:
            value = math.nan if line[column] is None else line[column]
            wanted.setdefault((run, tag + behind), []).append((line["step"], value))
read = {
    (run, tag): runs.Scalars(run, tag) for run, content in runs.Runs().items() for tag in content["scalars"]
}
assert read.keys() == wanted.keys(), read.keys() ^ wanted.keys()
close = lambda a, b: math.isnan(a) and math.isnan(b) or math.isclose(a, b, rel_tol=2**-23)
for key, events in read.items():
    assert [event.step for event in events] == [step for step, _ in wanted[key]], key
    assert all(close(event.value, value) for event, (_, value) in zip(events, wanted[key])), key
    times = [event.wall_time for event in events]
    assert times == sorted(times) and times[0] > 1.6e9, f"{key}: {times}"

print(f"pandas, polars, pyarrow and TensorBoard read the same {len(lines)} values")
