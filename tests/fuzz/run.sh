#!/bin/sh
# run.sh BUILD SECONDS: every fuzz target for that long (or RUNS=n executions each), new inputs kept in BUILD/corpus.
set -eu
build=$1 seconds=$2
here=$(cd "$(dirname "$0")" && pwd)
"$build/unit/make_seeds" "$build/seeds"
printf '%-22s %14s %10s\n' target executions per_second
for target in "$build"/unit/*_fuzz; do
  name=$(basename "$target" _fuzz)
  mkdir -p "$build/corpus/$name" "$build/seeds/$name"
  limit="-max_total_time=$seconds"
  [ -n "${RUNS:-}" ] && limit="-runs=$RUNS"
  text=$here/corpus/$name
  [ -d "$text" ] || text=$build/seeds/$name
  # -ignore_crashes stays off: the first finding ends the run with its input named.
  "$target" "$limit" -max_len=8192 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$build/" \
    "$build/corpus/$name" "$build/seeds/$name" "$text" >"$build/$name.log" 2>&1 ||
    { tail -n 40 "$build/$name.log"; echo "$name: FAILED" >&2; exit 1; }
  awk -v name="$name" '/number_of_executed_units/{n=$2} /average_exec_per_sec/{s=$2} END{printf "%-22s %14d %10d\n", name, n, s}' "$build/$name.log"
done
