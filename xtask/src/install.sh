# Installs the Debian packages named as arguments, as root, without starting the services they bring.

set -eu

# Exit code 101 forbids it (invoke-rc.d(8), deb-systemd-invoke(1p)). A policy that is already there is the
# administrator's, and stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends "$@"
