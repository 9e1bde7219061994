#!/usr/bin/env bash
# Makes the pictures of the dashboard in the README and docs/dashboard.md from a real run of
# experiments/quickstart.toml. Needs tmux and Python 3; takes a minute.
#
#     cargo build -p runner && bash docs/images/dashboard.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
results=$(mktemp -d)
socket=unroll-pictures
trap 'tmux -L $socket kill-server 2>/dev/null; rm -rf "$results"' EXIT
run="${CARGO_TARGET_DIR:-target}/debug/unroll run experiments/quickstart.toml --results $results"
tmux -L $socket -f /dev/null new-session -d -x 120 -y 36 "TERM=xterm-256color COLORTERM= $run"
picture() {
    sleep 1
    tmux -L $socket capture-pane -e -p | python3 docs/images/terminal_to_svg.py >"docs/images/$1.svg"
}
sleep "${1:-30}"
picture dashboard
tmux -L $socket send-keys 4
picture dashboard-gradients
tmux -L $socket send-keys 5
sleep 3
picture dashboard-compare
# The runs save their state before the folder goes.
tmux -L $socket send-keys C-c
sleep 4
