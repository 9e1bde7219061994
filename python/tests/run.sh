#!/usr/bin/env bash
# Builds the wheel, installs it in a fresh environment, and runs there the tests, the example and the
# types. Needs Rust, a C compiler and Python 3.11 or newer with venv; installs what else it uses into the
# environment. UNROLL_PYTHON names the Python.
set -euo pipefail
cd "$(dirname "$0")/.."

# The same folder as .ci/run: with the profile dev, maturin asks Cargo for what `cargo build -p runner`
# has built there, and only packs it. Any other profile would build Burn again.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/unroll/target}"
# The tests are for what was installed, not for this checkout or another program.
unset UNROLL_PROGRAM UNROLL_DATASETS PYTHONPATH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${UNROLL_PYTHON:-python3}" -m venv "$work/env"
export PATH="$work/env/bin:$PATH"
pip install --quiet --disable-pip-version-check --requirement requirements-test.txt

maturin build --locked --profile dev --out "$work/wheels"
pip install --quiet --disable-pip-version-check "$work"/wheels/unroll-*.whl
unroll --version
python -c "import sys, unroll; assert str(unroll.program()).startswith(sys.prefix), unroll.program()"

pytest -p no:cacheprovider
mypy --cache-dir "$work/mypy"
