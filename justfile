# Build the binary.
build:
    cargo build --release --locked

# Pass the tests.
test:
    cargo test --release --locked

# Format, lint, test.
all: && test
    cargo fmt --all
    cargo clippy --release --all-targets --locked -- -D warnings

# Make docs/reference from the registry and the standard library.
reference:
    cargo run --release --locked -- doc --write docs/reference

# Run the study that two cores finish in minutes.
quickstart:
    cargo run --release --locked -- run experiments/quickstart.icl

# Make the golden files again from other people's software; needs Python with the packages that the scripts name.
oracles python="python3":
    for script in tests/oracle/make_*.py; do {{python}} $script; done

# Measure `check` (reading, formatting and checking of generated programs), `sampling` (tasks, beside numpy), `estimator` (how
# well exits are placed) or `probes` (beside training).
bench name="check":
    cargo bench --locked --bench {{name}}

# Train the models of the cases named (T, S, M, K8, quickstart, warmup; all without a name) beside PyTorch and JAX, and print
# the ratios; the first time it makes their Python environment (2 GB). `study` times the whole quickstart study instead.
bench-peers *cases:
    sh benches/peers/environment.sh target/peers/venv
    cargo bench --locked --bench peers -- {{cases}}

# Measure a published model of 160 million parameters with icl and with transformers, in turns, and print the ratios; needs Python
# with torch and transformers.
bench-published python="python3":
    ICL_PYTHON={{python}} cargo bench --locked --bench published

# Make the kernels of cards once more, after a change in src/engine/card/kernels; needs neither a card nor CUDA, only Python with
# nvidia-cuda-nvrtc-cu12 (the first time it makes an environment with it, 60 MB).
ptx:
    test -x target/ptx/bin/python || python3 -m venv target/ptx
    target/ptx/bin/pip install --quiet nvidia-cuda-nvrtc-cu12==12.4.127
    target/ptx/bin/python tools/ptx.py

# Build the binary that computes on cards of NVIDIA's, which is the usual one: it starts everywhere, looks for the driver when a
# card is asked for, and says what is missing.
build-cuda: build
    target/release/icl run --help | grep -A3 -e --device

# Build without cards.
build-without-cuda:
    cargo build --release --locked --no-default-features
# Check this machine's card: parity with the processor, determinism, speed beside PyTorch; `--pack FILE.tar.gz` makes an archive
# for a machine without Rust. docs/gpu_check.md says what is checked.
gpu-check *args:
    if command -v cargo > /dev/null; then cargo build --release --locked --bin icl --example gpu_check; fi
    bash tools/gpu_check/gpu-check.sh {{args}}

# Fuzz one of `parse`, `format`, `check` and `fix` for so many seconds; needs cargo-fuzz. docs/fuzzing.md says what was found.
fuzz target="parse" seconds="60":
    sh fuzz/seed.sh
    mkdir -p fuzz/corpus/{{target}}
    RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir fuzz --sanitizer none --no-trace-compares {{target}} \
        fuzz/corpus/{{target}} fuzz/corpus/seed -- \
        -timeout=5 -max_len=8192 -dict=fuzz/words.dict -max_total_time={{seconds}}
