#!/bin/sh
# demo.sh BIN: a machine with four RTX 4090 and a broken driver, understood and given its cure; no GPU is needed.
set -u
nvstack=$1/nvstack
broken=snapshots/ubuntu-24.04-rtx4090x4-nouveau
repaired=snapshots/ubuntu-24.04-rtx4090x4-healthy
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n== %s\n' "$*"; }

say "1. A machine with four RTX 4090 whose driver does not work: nvstack detect --from $broken"
"$nvstack" detect --from "$broken"
say "2. What is wrong with it, and what cures it: nvstack doctor --from $broken"
"$nvstack" doctor --from "$broken"
say "3. The way from here to a working driver: nvstack plan --from $broken"
"$nvstack" plan --from "$broken"
say "4. The same machine after the cure: nvstack doctor --from $repaired"
"$nvstack" doctor --from "$repaired" || exit 1
say "5. And this machine: nvstack doctor"
"$nvstack" doctor
say "More: $nvstack --help, and 30 other machines in snapshots/"
exit 0
