# smi_json.sh NVIDIA_SMI SOURCE: every view of --json on this machine against docs/formats/smi.schema.json.
smi=$1
hold() {
  definition=$1
  shift
  "$smi" "$@" --json >"$shown"
  python3 "$source/tests/clients/check_schema.py" "$source/docs/formats/smi.schema.json" "$definition" <"$shown" ||
    echo "wrong: nvidia-smi $* --json"
}
source=$2
shown=$(mktemp)
trap 'rm -f "$shown"' EXIT
hold summary
hold fields --query-gpu=index,name,serial,fan.speed,power.draw,display_mode
hold list --query-compute-apps=pid,name,used_memory
hold list --query-supported-clocks=memory,graphics
hold gpu_list -L
hold log -q
hold topology topo -m
hold dmon dmon -c 2 -s pucvmet
hold pmon pmon -c 1 -s um
hold nvlink nvlink -s
hold mig mig -lgip
for view in clocks base-clocks c2c pci power-smoothing power-profiles gpm; do hold lines $view; done
hold sessions encodersessions
hold sessions fbcsessions
hold vgpu vgpu
hold conf_compute conf-compute
hold drain drain -q -p "$("$smi" -i 0 --query-gpu=pci.bus_id --format=csv,noheader)"
