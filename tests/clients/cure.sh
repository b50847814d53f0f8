# Does what a person does who trusts `nvstack doctor`: runs each command that it prints, and asks again, up to three times.
# Says which findings it saw, which commands it ran, and "cured" or "still ill".     sh cure.sh NVSTACK
nvstack=$1
for round in 1 2 3; do
  "$nvstack" doctor --json | sed -n 's/.*"id": "\([^"]*\)".*/found \1/p'
  "$nvstack" doctor --json | grep -q '"healthy": true' && echo cured && exit 0
  "$nvstack" doctor | sed -n 's/^ *\$ //p' > "${TMPDIR:-/tmp}/cure.$$"
  while IFS= read -r command; do
    echo "run: $command"
    sh -c "$command" </dev/null >/dev/null 2>&1
  done < "${TMPDIR:-/tmp}/cure.$$"
  rm -f "${TMPDIR:-/tmp}/cure.$$"
done
echo still ill
