#!/bin/sh
# Makes the Python environment of the peers in the folder given, where it is not there yet.
#
# PyTorch comes without its dependencies: those are three gigabytes of libraries for a graphics card, which nothing here calls.
# no_card.py puts stand-ins where it looks for them. On a system whose PyTorch needs none it does nothing.
set -eu
here=$(dirname "$0")
to=${1:-target/peers/venv}
if [ -f "$to/complete" ] && cmp -s "$here/requirements.txt" "$to/complete"; then
    exit 0
fi
echo "making $to: PyTorch and JAX, 2 GB" >&2
${PYTHON:-python3} -m venv "$to"
"$to/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$here/requirements.txt"
"$to/bin/python" "$here/no_card.py"
"$to/bin/python" -c "import torch, jax"
cp "$here/requirements.txt" "$to/complete"
