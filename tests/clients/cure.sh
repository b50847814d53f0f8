# Does what a person does who trusts `nvstack doctor`: runs the commands that it prints, and asks again, up to three times.
# Only commands that change the staged machine alone are run; packages, for one, are this machine's. Says which findings it
# saw, which commands it ran, and "cured" or "still ill".     sh cure.sh NVSTACK
nvstack=$1
for round in 1 2 3; do
  report=$("$nvstack" doctor --json)
  printf '%s\n' "$report" | sed -n 's/.*"id": "\([^"]*\)".*/found \1/p'
  printf '%s\n' "$report" | grep -q '"healthy": true' && echo cured && exit 0
  "$nvstack" doctor | sed -n 's/^ *\$ //p' | while IFS= read -r command; do
    case $command in
      "modprobe "* | "rmmod "* | "depmod "* | "dkms "* | "nvidia-smi "* | "nvidia-modprobe"* | "systemctl "*nvidia-*) ;;
      *) continue ;;
    esac
    echo "run: $command"
    sh -c "$command" </dev/null >/dev/null 2>&1
  done
done
echo still ill
