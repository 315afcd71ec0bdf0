# What the acceptance scripts share. Sourced: `. "${0%/*}/lib.sh"`; plain POSIX sh.
#
# A script is called as `sh acceptance/NAME.sh [RESULTS]`. It says `ok - …`, `not ok - …: why` or
# `skip - …: reason` for each thing it shows, on stdout and, for ./check, in the file RESULTS. It works
# in a folder of its own with a store of its own, and leaves nothing behind.

set -u
here=$(cd "${0%/*}" && pwd)
phyllo=${PHYLLO:-$here/../phyllo}
results=${1-}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/phyllo-acceptance.XXXXXX")
PHYLLO_ROOT=$work/store
export PHYLLO_ROOT
# Containers get no network unless a script makes one: the host's own is left alone.
PHYLLO_NETWORK=none
export PHYLLO_NETWORK
unset PHYLLO_NAMESPACE PHYLLO_SNAPSHOTTER
failed=0

# Unmounts what a failing run may have left below $work, then removes it.
clean_up() {
  sed -n "s|^[^ ]* [^ ]* [^ ]* [^ ]* \($work[^ ]*\) .*|\1|p" /proc/self/mountinfo 2> /dev/null | sort -r \
    | while read -r mount; do umount -l "$mount"; done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

say() {
  echo "$1"
  if [ -n "$results" ]; then echo "$1" >> "$results"; fi
}

ok() { say "ok - $1"; }

not_ok() {
  failed=$((failed + 1))
  say "not ok - $1: $2"
}

skip() { say "skip - $1: $2"; }

# finish: the script's last line; fails if anything did.
finish() { exit $((failed > 0)); }

# skip_all REASON WHAT...: skips every WHAT and ends the script.
skip_all() {
  reason=$1
  shift
  for what in "$@"; do skip "$what" "$reason"; done
  finish
}

have() { command -v "$1" > /dev/null; }

# show WHAT COMMAND...: the command must succeed; its output stays in $out and $err.
show() {
  what=$1
  shift
  if "$@" > "$work/out" 2> "$work/err" < /dev/null; then
    out=$(cat "$work/out")
    ok "$what"
  else
    status=$?
    out=$(cat "$work/out")
    not_ok "$what" "exit $status: $(tail -n 1 "$work/err")"
    return 1
  fi
}

# same WHAT EXPECTED ACTUAL
same() {
  if [ "$2" = "$3" ]; then
    ok "$1"
  else
    not_ok "$1" "expected '$2', got '$(printf '%s' "$3" | tr '\n' '~')'"
  fi
}

# includes WHAT TEXT PART
includes() {
  case $2 in
    *"$3"*) ok "$1" ;;
    *) not_ok "$1" "no '$3' in '$(printf '%s' "$2" | tr '\n' '~' | cut -c 1-400)'" ;;
  esac
}

sha256() { sha256sum "$1" | cut -d' ' -f1; }

# static_busybox: the path of a statically linked busybox, or nothing. ldd fails on a static program.
static_busybox() {
  for busybox in /bin/busybox /usr/bin/busybox /usr/bin/busybox.static /bin/busybox-static; do
    if [ -x "$busybox" ] && ! ldd "$busybox" > /dev/null 2>&1; then
      echo "$busybox"
      return
    fi
  done
}

# why_no_run: why this machine cannot run containers as we are, or nothing.
why_no_run() {
  if [ "$(uname -s)" != Linux ]; then
    echo "not Linux"
  elif [ "$(id -u)" != 0 ]; then
    echo "needs root"
  elif ! unshare --mount --pid --fork --net --uts --ipc true 2> /dev/null; then
    echo "namespaces are not permitted here"
  elif ! (mkdir -p "$work/probe/l" "$work/probe/u" "$work/probe/w" "$work/probe/m" && unshare --mount mount -t overlay overlay \
    -o "lowerdir=$work/probe/l,upperdir=$work/probe/u,workdir=$work/probe/w" "$work/probe/m") 2> /dev/null; then
    echo "no overlay on the file system of $work"
  fi
}

# busybox_root DIR: a root filesystem with busybox, its applets as symlinks, and a few folders.
busybox_root() {
  mkdir -p "$1/bin" "$1/etc" "$1/tmp" "$1/root"
  cp "$(static_busybox)" "$1/bin/busybox"
  for applet in sh ls cat echo true false grep id env pwd sleep mount; do ln -sf busybox "$1/bin/$applet"; done
  echo 'root:x:0:0:root:/root:/bin/sh' > "$1/etc/passwd"
  echo 'root:x:0:' > "$1/etc/group"
}

# put_blob LAYOUT FILE: copies FILE into the layout by digest; sets digest and size.
put_blob() {
  digest=$(sha256 "$2")
  size=$(wc -c < "$2" | tr -d ' ')
  mkdir -p "$1/blobs/sha256"
  cp "$2" "$1/blobs/sha256/$digest"
  digest=sha256:$digest
}

# layout DIR NAME LAYER.tar.gz...: an OCI layout with one image of these layers, without jq. Sets
# manifest, config and layer (the last one) to the digests.
layout() {
  layout_dir=$1
  layout_name=$2
  shift 2
  mkdir -p "$layout_dir/blobs/sha256"
  printf '{"imageLayoutVersion":"1.0.0"}' > "$layout_dir/oci-layout"
  diff_ids=
  layers=
  for tarball in "$@"; do
    diff_id=sha256:$(gzip -dc "$tarball" | sha256sum | cut -d' ' -f1)
    diff_ids="$diff_ids${diff_ids:+,}\"$diff_id\""
    put_blob "$layout_dir" "$tarball"
    layer=$digest
    layers="$layers${layers:+,}{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"$digest\",\"size\":$size}"
  done
  case $(uname -m) in
    aarch64) architecture=arm64 ;;
    *) architecture=amd64 ;;
  esac
  printf '{"architecture":"%s","os":"linux","config":{"Cmd":["/bin/sh"]},"rootfs":{"type":"layers","diff_ids":[%s]}}' \
    "$architecture" "$diff_ids" > "$work/config.json"
  put_blob "$layout_dir" "$work/config.json"
  config=$digest
  printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%s},"layers":[%s]}' \
    "$digest" "$size" "$layers" > "$work/manifest.json"
  put_manifest "$layout_dir" "$layout_name" "$work/manifest.json"
}

# put_manifest LAYOUT NAME FILE: the manifest, and an index that names it.
put_manifest() {
  put_blob "$1" "$3"
  manifest=$digest
  printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":%s,"annotations":{"org.opencontainers.image.ref.name":"%s"}}]}' \
    "$digest" "$size" "$2" > "$1/index.json"
}
