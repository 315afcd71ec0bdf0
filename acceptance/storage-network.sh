#!/bin/sh
# Volumes, copies and networks as a docker user meets them. The networks are made in a network
# namespace that this script starts itself again in, so that no bridge or rule is the machine's own.

. "${0%/*}/lib.sh"

volumes="a named volume, volumes of an image, memory, copies in and out"
networks="a network: an address, names, published ports, nothing left"
reason=$(why_no_run)
if [ -n "$reason" ]; then skip_all "$reason" "$volumes" "$networks"; fi
if [ -z "$(static_busybox)" ]; then skip_all "no static busybox" "$volumes" "$networks"; fi

busybox_root "$work/rootfs"
for applet in httpd wget ping hostname touch rm; do ln -sf busybox "$work/rootfs/bin/$applet"; done
mkdir -p "$work/rootfs/var/data" "$work/rootfs/www"
echo 'of the image' > "$work/rootfs/var/data/first"
echo 'it works' > "$work/rootfs/www/index.html"
tar -C "$work/rootfs" --sort=name -czf "$work/layer.tar.gz" .
layout "$work/layout" box:1 "$work/layer.tar.gz"
show "the image loads" "$phyllo" load -i "$work/layout" || finish

# Volumes: they are bind mounts, and outlive the container (the article's appendix b).
mkdir "$work/host"
show "a directory of the host is a directory inside" \
  "$phyllo" run --rm -v "$work/host":/data box:1 sh -c 'echo persists > /data/note'
same "what was written lies on the host" persists "$(cat "$work/host/note")"
show "the next container reads it" "$phyllo" run --rm -v "$work/host":/data:ro box:1 cat /data/note
same "it is the same" persists "$out"
show "a volume gets what the image has there" "$phyllo" run --rm -v data:/var/data box:1 cat /var/data/first
same "it is the image's" 'of the image' "$out"
show "and keeps what is added" "$phyllo" run --rm -v data:/var/data box:1 touch /var/data/second
show "for all who come after" "$phyllo" run --rm -v data:/x box:1 ls /x
same "both files are there" 'first
second' "$out"
show "volumes are listed" "$phyllo" volume ls -q
same "by name" data "$out"
show "memory has its size" "$phyllo" run --rm --tmpfs /scratch:size=64k box:1 grep /scratch /proc/mounts
includes "as was asked for" "$out" size=64k
show "a container of that volume" "$phyllo" run --name keeper -v data:/var/data box:1 true
if "$phyllo" volume rm data > "$work/out" 2> "$work/err"; then
  not_ok "a volume in use stays" "it was removed"
else
  includes "a volume in use stays" "$(cat "$work/err")" 'in use by container keeper'
fi

# Copies, from and to a container that does not run, its volume included.
show "a file comes out" "$phyllo" cp keeper:/var/data/first "$work/first"
same "whole" 'of the image' "$(cat "$work/first")"
show "a file goes in" "$phyllo" cp "$work/host/note" keeper:/var/data/third
show "a directory comes out as an archive" "$phyllo" cp keeper:/var/data -
includes "with all that is in it" "$(tar tf "$work/out" 2> /dev/null)" data/third
show "the container goes" "$phyllo" rm keeper
show "and then the volume" "$phyllo" volume rm data

# Networks.
if [ ! -x /usr/lib/cni/bridge ] && [ ! -x /opt/cni/bin/bridge ]; then
  skip "$networks" "the package containernetworking-plugins is not installed"
  finish
fi
if ! have iptables || ! unshare -n sh -c 'iptables -t nat -L && ip link add bridge0 type bridge && ip link add phyllo-v type veth' \
  > /dev/null 2>&1; then
  skip "$networks" "no iptables, bridges or veth here"
  finish
fi
cat > "$work/networks.sh" << 'END'
ip link set lo up
p=$1
"$p" network create web > /dev/null || exit 1
"$p" run --rm --name server --network web -p 18080:80 box:1 \
  sh -c 'trap exit TERM; httpd -f -p 80 -h /www & wait' &
server=$!
i=0
until wget -q -O - http://127.0.0.1:18080/ 2> /dev/null; do
  i=$((i + 1)); [ $i -lt 40 ] || exit 1; sleep 0.5
done
"$p" run --rm --network web box:1 wget -q -O - http://server/
"$p" port server
kill $server
wait $server
"$p" network rm web
ip -o link show type bridge | wc -l
iptables-save -t nat | grep -c 18080
true
END
show "a network can be had, a server published and found by name" unshare -n sh "$work/networks.sh" "$phyllo"
same "$networks" 'it works
it works
80/tcp -> 0.0.0.0:18080
web
0
0' "$(cat "$work/out")"
finish
