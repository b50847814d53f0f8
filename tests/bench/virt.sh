#!/bin/sh
# virt.sh BUILD: figures of the virtual GPU host. Needs root and namespaces. A table for people, never a test.
set -eu
build=$(cd "$1" && pwd)
n=$build/bin/nvstack measure=$build/unit/measure clients=$build/unit/clients
if ! unshare --mount --pid --fork true 2>/dev/null; then echo "virt: no right to make namespaces here, skipped"; exit 0; fi
row() {
  name=$1; shift
  set -- $("$measure" "$@")
  printf '%-46s %9s %9s %9s %9s\n' "$name" "$1" "$2" "$3" "$4"
}
row 'virt run h100x8 -- true' 20 "$n" virt run h100x8 -- true
row 'virt run gpus1000 -- true' 3 "$n" virt run gpus1000 -- true
"$n" virt run h100x8 -- sh -c '
row() {
  name=$1; shift
  set -- $("'"$measure"'" "$@")
  printf "%-46s %9s %9s %9s %9s\n" "$name" "$1" "$2" "$3" "$4"
}
row "in it: an empty program (true)" 100 true
row "in it: dlopen, init, count, a getter" 100 "'"$clients"'/bench_client" first
printf "a getter, ns, median and 99th percentile, 8 GPUs: "; "'"$clients"'/bench_client" steady 200000
printf "200 programs with the library: "; "'"$clients"'/bench_client" many 200'
"$n" virt run gpus64 -- sh -c 'printf "a getter, ns, median and 99th percentile, 64 GPUs: "; "'"$clients"'/bench_client" steady 200000'
"$n" virt run gpus1000 -- sh -c 'printf "1,000 GPUs: "; "'"$clients"'/bench_client" many 8'
"$n" virt start h100x8 >/dev/null
pid=$("$n" virt hosts | awk '$2 == "h100x8" {print $1; exit}')
sleep 1
awk '/^VmRSS|^RssAnon/ {printf "driver process, 8 GPUs, at rest: %s %s KiB\n", $1, $2}' "/proc/$pid/status"
switches() { awk '/^voluntary_ctxt/ {print $2}' "/proc/$pid/status"; }
before=$(switches); sleep 3
echo "wake-ups of the driver process in 3 s at rest: $(($(switches) - before))"
"$n" virt stop --host "$pid"
stat -L -c 'library, bytes: %s' "$build/lib/virt/610/libnvidia-ml.so.1"
"$n" virt run h100x8 -- sh -c '"'"$clients"'/stress_client" '"${STRESS_CALLS:-1000000}"'; "'"$n"'" virt status --json | grep -c "\"clients\": 0"' |
  sed '1s/^/stress: /; 2s/^/GPUs without a client afterwards: /'
