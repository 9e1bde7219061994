#!/usr/bin/env bash
# Builds the documentation's site into target/site and checks its links. Needs Rust and Python 3;
# installs mdBook once, outside the clone.
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.5.4
tools="${XDG_CACHE_HOME:-$HOME/.cache}/unroll/tools"
mdbook="$tools/mdbook-$version/bin/mdbook"
if [ ! -x "$mdbook" ]; then
    # Without the server and what watches files, and not optimised: it is built sooner than that would gain.
    CARGO_TARGET_DIR="$tools/target" cargo install mdbook --locked --version "=$version" \
        --no-default-features --features search --profile dev --root "$tools/mdbook-$version"
    rm -rf "$tools/target"
fi

python3 docs/stage.py target/site-source
rm -rf target/site
"$mdbook" build docs --dest-dir "$PWD/target/site"
python3 .ci/links.py --site target/site
echo "the site: target/site/index.html"
