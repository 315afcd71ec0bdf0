# The images that bench/start works with, made from what is on the machine. Sourced; bash.

static_busybox() {
  local candidate
  for candidate in /bin/busybox /usr/bin/busybox /usr/bin/busybox.static; do
    if [ -x "$candidate" ] && ! ldd "$candidate" > /dev/null 2>&1; then
      echo "$candidate"
      return 0
    fi
  done
  return 1
}

# busybox_root BUSYBOX DIR
busybox_root() {
  local applet
  mkdir -p "$2"/{bin,etc,tmp,root,proc,sys,dev}
  cp "$1" "$2/bin/busybox"
  for applet in $("$1" --list); do [ "$applet" = busybox ] || ln -sf busybox "$2/bin/$applet"; done
  echo 'root:x:0:0:root:/root:/bin/sh' > "$2/etc/passwd"
  echo 'root:x:0:' > "$2/etc/group"
}

# blob LAYOUT FILE: sets digest and size
blob() {
  digest=$(sha256sum "$2" | cut -d' ' -f1)
  size=$(stat -c %s "$2")
  cp "$2" "$1/blobs/sha256/$digest"
  digest=sha256:$digest
}

# image NAME OUT LAYER_DIR...: an OCI archive, one gzip layer a folder
image() {
  local name=$1 out=$2 layout=$work/layout directory tarball diff_ids= layers= digest size architecture
  shift 2
  rm -rf "$layout"
  mkdir -p "$layout/blobs/sha256"
  printf '{"imageLayoutVersion":"1.0.0"}' > "$layout/oci-layout"
  tarball=$work/layer.tar
  for directory in "$@"; do
    tar -C "$directory" --sort=name --mtime=@1735689600 --owner=0 --group=0 --numeric-owner -cf "$tarball" .
    diff_ids+=${diff_ids:+,}\"sha256:$(sha256sum "$tarball" | cut -d' ' -f1)\"
    gzip -n -f "$tarball"
    blob "$layout" "$tarball.gz"
    layers+=${layers:+,}"{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"$digest\",\"size\":$size}"
    rm -f "$tarball.gz"
  done
  case $(uname -m) in
    aarch64) architecture=arm64 ;;
    *) architecture=amd64 ;;
  esac
  printf '{"architecture":"%s","os":"linux","config":{"Env":["PATH=/bin"],"Cmd":["sh"]},"rootfs":{"type":"layers","diff_ids":[%s]}}' \
    "$architecture" "$diff_ids" > "$work/config.json"
  blob "$layout" "$work/config.json"
  printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%s},"layers":[%s]}' \
    "$digest" "$size" "$layers" > "$work/manifest.json"
  blob "$layout" "$work/manifest.json"
  # containerd takes its own annotation for the full name; the others take ref.name.
  printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":%s,"annotations":{"io.containerd.image.name":"%s","org.opencontainers.image.ref.name":"%s"}}]}' \
    "$digest" "$size" "$name" "$name" > "$layout/index.json"
  tar -C "$layout" -cf "$out" .
  rm -rf "$layout"
}

# busybox_image BUSYBOX OUT
busybox_image() {
  busybox_root "$1" "$work/tree"
  image docker.io/library/bench:latest "$2" "$work/tree"
  rm -rf "$work/tree"
}

# workload_image BUSYBOX OUT: three layers, about 200 MB: a busybox, a JDK's big files, 20,000 files of 4 KB
workload_image() {
  local modules
  . "$here/../scripts/jdk.sh"
  find_jdk || return 1
  busybox_root "$1" "$work/tree1"
  mkdir -p "$work/tree2/opt" "$work/tree3/app"
  cp -r "$JDK" "$work/tree2/opt/jdk"
  rm -rf "$work/tree2/opt/jdk/jmods" "$work/tree2/opt/jdk/lib/src.zip"
  modules=$(readlink -f "$JDK/lib/modules")
  local i
  for i in {0..19}; do
    mkdir -p "$work/tree3/app/part$i"
    (cd "$work/tree3/app/part$i" && dd if="$modules" bs=1M skip=$((i * 4)) count=4 2> /dev/null | split -b 4096 -a 4 -d - file)
  done
  image docker.io/library/workload:latest "$2" "$work/tree1" "$work/tree2" "$work/tree3"
  rm -rf "$work"/tree[123]
}

# layers_of ARCHIVE DIR: the layer blobs alone, for the floor
layers_of() {
  local file all=$2.all
  rm -rf "$2" "$all"
  mkdir -p "$2" "$all"
  tar -C "$all" -xf "$1"
  while read -r -d '' file; do
    # A layer is what inflates to a tar, or is one.
    if gzip -t "$file" 2> /dev/null; then
      mv "$file" "$2/"
    elif [ "$(dd if="$file" bs=1 skip=257 count=5 2> /dev/null)" = ustar ]; then
      gzip -1 -c "$file" > "$2/${file##*/}"
    fi
  done < <(find "$all" -type f -size +0 -print0)
  rm -rf "$all"
}

# entries_in DIR: ", N entries, M MB unpacked" of the layers in it
entries_in() {
  local layer entries=0 bytes=0
  for layer in "$1"/*; do
    entries=$((entries + $(gzip -dc "$layer" | tar -tf - | wc -l)))
    bytes=$((bytes + $(gzip -dc "$layer" | wc -c)))
  done
  printf ', %d layers, %d entries, %d MB unpacked' "$(find "$1" -type f | wc -l)" "$entries" "$((bytes / 1000000))"
}
