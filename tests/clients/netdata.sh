# netdata.sh FOLDER_OF_NVIDIA_SMI SCRATCH [ROOT]: Debian's netdata-plugins-python reads nvidia-smi for a few seconds, as
# its daemon starts it. Prints what it would chart. ROOT is where the package was unpacked, when it is not installed.
root=${3:-}
mkdir -p "$2/user" "$2/state/lock"
printf 'enabled: yes\nnvidia_smi: yes\n' >"$2/user/python.d.conf"
export PATH="$1:$PATH" NETDATA_USER_CONFIG_DIR="$2/user" NETDATA_LIB_DIR="$2/state" NETDATA_LOCK_DIR="$2/state/lock"
export NETDATA_STOCK_CONFIG_DIR="$root/usr/lib/netdata/conf.d" NETDATA_PLUGINS_DIR="$root/usr/lib/netdata/plugins.d"
timeout "${SECONDS_LONG:-6}" python3 "$NETDATA_PLUGINS_DIR/python.d.plugin" nvidia_smi 1 2>"$2/errors"
grep -v -e WARNING -e INFO "$2/errors"
exit 0
