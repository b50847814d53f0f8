#!/bin/sh
# demo.sh BIN: a machine with four RTX 4090 and a broken driver, understood and repaired; no GPU is needed.
set -u
bin=$(cd "$1" && pwd)
if ! "$bin/nvstack" virt run rtx4090x4 -- true 2>/dev/null; then
  # Without the right to make namespaces: the same machine as a capture, its cure on paper.
  echo "(This machine refuses namespaces: the demo reads captured machines instead.)"
  "$bin/nvstack" doctor --from snapshots/ubuntu-24.04-rtx4090x4-nouveau
  "$bin/nvstack" plan --from snapshots/ubuntu-24.04-rtx4090x4-nouveau
  exit 0
fi
echo "Staging a machine with four RTX 4090: nvstack virt run rtx4090x4"
exec "$bin/nvstack" virt run rtx4090x4 -- sh tests/demo_inside.sh "$bin"
