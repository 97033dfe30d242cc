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
