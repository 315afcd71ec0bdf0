# Installs from Debian or Ubuntu the tools that tests and benchmarks compare with. Nothing needs them:
# where one is missing, the tests that want it are skipped and say so.

peers="busybox-static jq skopeo umoci buildah podman runc crun containerd binutils docker-registry containernetworking-plugins slirp4netns passt tini catatonit libarchive-tools iproute2 iptables uidmap strace"

missing=
for package in $peers; do
  if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" != installed ]; then
    missing="$missing $package"
  fi
done
if [ -z "$missing" ]; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
  echo "peers: not installed (needs root and apt-get):$missing"
  exit 0
fi

log=$(mktemp)
echo "installing peers from the distribution:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q > "$log" 2>&1
# shellcheck disable=SC2086
if ! apt-get install -y -q --no-install-recommends $missing >> "$log" 2>&1; then
  # One that is unknown here must not keep the others away.
  for package in $missing; do
    apt-get install -y -q --no-install-recommends "$package" >> "$log" 2>&1 \
      || echo "peers: could not install $package: $(grep -E '^E:' "$log" | tail -n 1)"
  done
fi
rm -f "$log"
exit 0
