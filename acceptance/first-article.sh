# An image made by hand, with tar, jq and sha256sum, becomes a running process: two layers, the upper of
# which shadows one file of the base and deletes another by a whiteout that is a character device.
# The commands are those a person would type; where one would call another engine, phyllo is called.

. "${0%/*}/lib.sh"

for tool in jq tar gzip sha256sum mknod; do
  have "$tool" || skip_all "needs $tool" "an image made by hand loads and runs"
done
if [ -z "$(static_busybox)" ]; then
  skip_all "needs a statically linked busybox" "an image made by hand loads and runs"
fi
if [ "$(id -u)" != 0 ]; then
  skip_all "needs root (mknod)" "an image made by hand loads and runs"
fi

WORKDIR=$work/container-demo
mkdir -p "$WORKDIR"

# --- the filesystem of each layer

mkdir -p "$WORKDIR/build/base" "$WORKDIR/build/delta"

mkdir -p "$WORKDIR/build/base/bin"
cp "$(static_busybox)" "$WORKDIR/build/base/bin/busybox"
for cmd in sh ls cat; do
  ln -sf busybox "$WORKDIR/build/base/bin/$cmd"
done
echo "hello from base" > "$WORKDIR/build/base/hello.txt"
mkdir -p "$WORKDIR/build/base/data"
echo "base config" > "$WORKDIR/build/base/data/config.txt"

echo "hello from delta" > "$WORKDIR/build/delta/hello.txt"
mkdir -p "$WORKDIR/build/delta/data"
mknod "$WORKDIR/build/delta/data/.wh.config.txt" c 0 0

# --- layers as tarballs

tar -C "$WORKDIR/build/base" \
  --sort=name --mtime="2025-01-01 00:00:00" \
  --owner=0 --group=0 --numeric-owner \
  -cf "$WORKDIR/base-layer.tar" .

tar -C "$WORKDIR/build/delta" \
  --sort=name --mtime="2025-01-01 00:00:00" \
  --owner=0 --group=0 --numeric-owner \
  -cf "$WORKDIR/delta-layer.tar" .

BASE_DIFFID="sha256:$(sha256sum "$WORKDIR/base-layer.tar" | cut -d' ' -f1)"
DELTA_DIFFID="sha256:$(sha256sum "$WORKDIR/delta-layer.tar" | cut -d' ' -f1)"

gzip -kf "$WORKDIR/base-layer.tar"
gzip -kf "$WORKDIR/delta-layer.tar"

BASE_DIGEST="sha256:$(sha256sum "$WORKDIR/base-layer.tar.gz" | cut -d' ' -f1)"
DELTA_DIGEST="sha256:$(sha256sum "$WORKDIR/delta-layer.tar.gz" | cut -d' ' -f1)"

BASE_SIZE=$(stat -c%s "$WORKDIR/base-layer.tar.gz")
DELTA_SIZE=$(stat -c%s "$WORKDIR/delta-layer.tar.gz")

# --- the OCI image layout

OCI_DIR="$WORKDIR/oci"
mkdir -p "$OCI_DIR/blobs/sha256"
echo '{"imageLayoutVersion": "1.0.0"}' > "$OCI_DIR/oci-layout"

cp "$WORKDIR/base-layer.tar.gz" "$OCI_DIR/blobs/sha256/${BASE_DIGEST#sha256:}"
cp "$WORKDIR/delta-layer.tar.gz" "$OCI_DIR/blobs/sha256/${DELTA_DIGEST#sha256:}"

CONFIG=$(jq -n \
  --arg base_diffid "$BASE_DIFFID" \
  --arg delta_diffid "$DELTA_DIFFID" \
  '{
    architecture: "amd64",
    os: "linux",
    rootfs: {
      type: "layers",
      diff_ids: [$base_diffid, $delta_diffid]
    },
    config: {
      Cmd: ["/bin/sh"]
    }
  }')

CONFIG_DIGEST="sha256:$(echo "$CONFIG" | sha256sum | cut -d' ' -f1)"
CONFIG_SIZE=$(echo "$CONFIG" | wc -c | tr -d ' ')
echo "$CONFIG" > "$OCI_DIR/blobs/sha256/${CONFIG_DIGEST#sha256:}"

MANIFEST=$(jq -n \
  --arg config_digest "$CONFIG_DIGEST" \
  --argjson config_size "$CONFIG_SIZE" \
  --arg base_digest "$BASE_DIGEST" \
  --argjson base_size "$BASE_SIZE" \
  --arg delta_digest "$DELTA_DIGEST" \
  --argjson delta_size "$DELTA_SIZE" \
  '{
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: $config_digest,
      size: $config_size
    },
    layers: [
      {
        mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
        digest: $base_digest,
        size: $base_size
      },
      {
        mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
        digest: $delta_digest,
        size: $delta_size
      }
    ]
  }')

MANIFEST_DIGEST="sha256:$(echo "$MANIFEST" | sha256sum | cut -d' ' -f1)"
MANIFEST_SIZE=$(echo "$MANIFEST" | wc -c | tr -d ' ')
echo "$MANIFEST" > "$OCI_DIR/blobs/sha256/${MANIFEST_DIGEST#sha256:}"

jq -n \
  --arg manifest_digest "$MANIFEST_DIGEST" \
  --argjson manifest_size "$MANIFEST_SIZE" \
  '{
    schemaVersion: 2,
    manifests: [
      {
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest: $manifest_digest,
        size: $manifest_size,
        annotations: {
          "org.opencontainers.image.ref.name": "handroll:latest"
        }
      }
    ]
  }' > "$OCI_DIR/index.json"

tar -C "$OCI_DIR" -cf "$WORKDIR/handroll-image.tar" .

# --- into the store

NAMESPACE=spelunking
store=$PHYLLO_ROOT/ns/$NAMESPACE
SNAPSHOTS_ROOT=$store/snapshots/overlayfs
in_namespace() { "$phyllo" -n "$NAMESPACE" "$@"; }

# counted: how many snapshots have a folder on disk
counted() {
  set -- "$SNAPSHOTS_ROOT"/*/fs
  if [ -d "$1" ]; then echo $#; else echo 0; fi
}

show "the archive loads under a base name" \
  in_namespace load --base-name handroll -i "$WORKDIR/handroll-image.tar" || finish
show "images lists" in_namespace images
includes "the image is shown by its familiar name" "$out" handroll
show "inspect finds the image by its full name" in_namespace inspect docker.io/library/handroll:latest
includes "inspect gives the manifest's digest" "$out" "$MANIFEST_DIGEST"
show "another namespace lists" "$phyllo" -n other images -q
same "another namespace has no image" "" "$out"

show "content lists" in_namespace content ls
for blob in "$BASE_DIGEST" "$DELTA_DIGEST" "$CONFIG_DIGEST" "$MANIFEST_DIGEST"; do
  includes "the content store has $blob" "$out" "$blob"
done
same "blobs are stored verbatim" "${BASE_DIGEST#sha256:}" "$(sha256 "$store/content/blobs/sha256/${BASE_DIGEST#sha256:}")"
in_namespace content cat "$CONFIG_DIGEST" > "$work/config" 2> /dev/null
same "content cat gives a blob back byte for byte" "${CONFIG_DIGEST#sha256:}" "$(sha256 "$work/config")"

show "snapshots list" in_namespace snapshot ls
CHAIN_ID="sha256:$(printf '%s %s' "$BASE_DIFFID" "$DELTA_DIFFID" | sha256sum | cut -d' ' -f1)"
includes "the base's snapshot is named by its diffID" "$out" "$BASE_DIFFID"
includes "the upper snapshot is named by its chainID" "$out" "$CHAIN_ID"
same "there are two snapshots, a folder each" 2 "$(counted)"

show "layers lists" in_namespace layers handroll
includes "layers names each diffID" "$out" "$(printf '%s' "$DELTA_DIFFID" | cut -c 8-19)"

# base_is_whole WHEN: what the upper layer hides is still in the base's folder.
base_is_whole() {
  seen=
  for snap in $(ls "$SNAPSHOTS_ROOT"); do
    if test -f "$SNAPSHOTS_ROOT/$snap/fs/data/config.txt"; then
      seen="$seen$(cat "$SNAPSHOTS_ROOT/$snap/fs/hello.txt"), $(cat "$SNAPSHOTS_ROOT/$snap/fs/data/config.txt")"
    fi
  done
  same "the base snapshot holds its files $1" "hello from base, base config" "$seen"
}
base_is_whole "once loaded"

show "loading again" in_namespace load --base-name handroll -i "$WORKDIR/handroll-image.tar"
same "loading again adds no snapshot" 2 "$(counted)"
sed 's/handroll:latest/latest/' "$OCI_DIR/index.json" > "$WORKDIR/index.json" && mv "$WORKDIR/index.json" "$OCI_DIR/"
show "a folder whose image has only a tag loads under another base name" \
  in_namespace load --base-name handroll2 -i "$OCI_DIR"
same "a second name of the same layers adds no snapshot" 2 "$(counted)"

# A second image on the same base: exactly one snapshot and one layer blob more.
mkdir -p "$WORKDIR/build/other"
echo "other" > "$WORKDIR/build/other/other.txt"
tar -C "$WORKDIR/build/other" --owner=0 --group=0 --numeric-owner -czf "$WORKDIR/other-layer.tar.gz" .
layout "$WORKDIR/oci2" sibling:latest "$WORKDIR/base-layer.tar.gz" "$WORKDIR/other-layer.tar.gz"
show "a sibling on the same base loads" in_namespace load -i "$WORKDIR/oci2"
same "the base is shared: one snapshot more" 3 "$(counted)"

# --- run it

why=$(why_no_run)
if [ -n "$why" ]; then
  skip_all "$why" "the container sees the delta's file" "the deleted file is gone" "the root is an overlay"
fi
mounts_before=$(wc -l < /proc/self/mountinfo)
show "the container starts" in_namespace run --rm --network none handroll sh -c 'cat /hello.txt'
same "the delta's file shadows the base's" "hello from delta" "$out"
show "run takes the full name" in_namespace run --rm --network none docker.io/library/handroll:latest ls /data/
same "the whiteout deleted the file" "" "$out"
show "the base's other files are there" in_namespace run --rm --network none handroll ls /bin/
same "the base's commands are visible" "busybox cat ls sh" "$(printf '%s' "$out" | tr '\n' ' ')"
show "the container reads its mounts" in_namespace run --rm --network none handroll cat /proc/1/mountinfo
includes "its root is an overlay" "$(printf '%s\n' "$out" | grep ' / / ')" " - overlay "
show "a container writes" in_namespace run --rm --network none handroll sh -c 'echo mine > /hello.txt; cat /hello.txt'
same "it reads what it wrote" mine "$out"
show "the next container starts" in_namespace run --rm --network none handroll cat /hello.txt
same "nothing it wrote is left" "hello from delta" "$out"
show "the host's files are out of sight" in_namespace run --rm --network none handroll sh -c "test ! -e $WORKDIR"
in_namespace run --rm --network none handroll sh -c 'exit 7' > "$work/out" 2> "$work/err" < /dev/null
same "the exit code is the container's" 7 $?
in_namespace run --rm --network none handroll /no/such/program > "$work/out" 2> "$work/err" < /dev/null
same "127: no such program" 127 $?
same "the writable layers are gone" 3 "$(counted)"
same "nothing stays mounted" "$mounts_before" "$(wc -l < /proc/self/mountinfo)"
base_is_whole "after the containers"

show "the image is removed" in_namespace rmi handroll
show "images lists the others" in_namespace images
includes "other names of it stay" "$out" handroll2
finish
