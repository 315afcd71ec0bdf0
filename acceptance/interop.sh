# Images that other tools save load and run here, and those tools read the store in place.

. "${0%/*}/lib.sh"

if [ -z "$(static_busybox)" ]; then
  skip_all "needs a statically linked busybox" "images of other tools load and run"
fi
root=$work/rootfs
busybox_root "$root"
echo "packed by a stranger" > "$root/who.txt"
mkdir -p "$work/layer2/etc"
echo "second layer" > "$work/layer2/etc/second"
tar -C "$root" --owner=0 --group=0 --numeric-owner -cf "$work/rootfs.tar" .
tar -C "$work/layer2" --owner=0 --group=0 --numeric-owner -cf "$work/layer2.tar" .
gzip -kf "$work/rootfs.tar" "$work/layer2.tar"
layout "$work/oci" ours:latest "$work/rootfs.tar.gz" "$work/layer2.tar.gz"

why=$(why_no_run)

# runs WHAT IMAGE: the loaded image runs, if this machine can run any.
runs() {
  if [ -n "$why" ]; then
    skip "$1 runs" "$why"
    return
  fi
  if show "$1 runs" "$phyllo" run --rm --network none "$2" cat /who.txt; then
    same "$1 has its files" "packed by a stranger" "$out"
  fi
}

# loads WHAT IMAGE FILE: and the name it was saved under is the name it has.
loads() {
  if show "$1 loads" "$phyllo" load -i "$3"; then
    "$phyllo" inspect "$2" > "$work/out" 2> "$work/err"
    same "$1 has the name it was saved under" 0 $?
    runs "$1" "$2"
  fi
}

loads "an OCI layout" ours "$work/oci"
for form in "tar" "tar.gz"; do
  case $form in
    tar) tar -C "$work/oci" -cf "$work/ours.$form" . ;;
    *) tar -C "$work/oci" -czf "$work/ours.$form" . ;;
  esac
  show "an OCI archive loads as .$form" "$phyllo" -n "form-${form#tar.}" load -i "$work/ours.$form"
done
if have zstd; then
  zstd -q "$work/ours.tar" -o "$work/ours.tar.zst"
  show "an OCI archive loads as .tar.zst" "$phyllo" -n form-zst load -i "$work/ours.tar.zst"
else
  skip "an OCI archive loads as .tar.zst" "needs zstd"
fi
if "$phyllo" -n stdin load < "$work/ours.tar.gz" > "$work/out" 2> "$work/err"; then
  ok "an archive loads from stdin"
else
  not_ok "an archive loads from stdin" "$(tail -n 1 "$work/err")"
fi

# --- skopeo writes, skopeo and umoci read in place

content=$PHYLLO_ROOT/ns/default/content
if have skopeo; then
  for transport in docker-archive oci-archive; do
    name=skopeo-$transport
    skopeo --insecure-policy copy -q "oci:$work/oci:ours:latest" "$transport:$work/$name.tar:docker.io/library/$name:v1" \
      > "$work/log" 2>&1 || { not_ok "skopeo writes $transport" "$(tail -n 1 "$work/log")"; continue; }
    loads "skopeo's $transport" "$name:v1" "$work/$name.tar"
  done
  show "skopeo reads the store in place" skopeo inspect "oci:$content:docker.io/library/ours:latest"
  includes "skopeo sees our digest" "$out" "$manifest"
  show "skopeo copies out of the store" \
    skopeo --insecure-policy copy -q "oci:$content:docker.io/library/ours:latest" "dir:$work/from-store"
else
  skip "skopeo's archives load and run" "needs skopeo"
  skip "skopeo reads the store in place" "needs skopeo"
fi
if have umoci; then
  show "umoci lists the store in place" umoci ls --layout "$content"
  includes "umoci sees our name" "$out" "docker.io/library/ours:latest"

  # A layout that umoci made: a new image, unpacked, filled, packed again.
  (umoci init --layout "$work/umoci" && umoci new --image "$work/umoci:made" \
    && umoci unpack --image "$work/umoci:made" "$work/bundle" && cp -a "$root/." "$work/bundle/rootfs/" \
    && umoci repack --image "$work/umoci:made" "$work/bundle" \
    && umoci config --image "$work/umoci:made" --config.cmd /bin/sh) > "$work/log" 2>&1 \
    || not_ok "umoci makes an image" "$(tail -n 1 "$work/log")"
  show "umoci's layout loads under a base name" "$phyllo" load --base-name umoci -i "$work/umoci"
  runs "umoci's layout" umoci:made
else
  skip "umoci's layout loads and runs" "needs umoci"
  skip "umoci reads the store in place" "needs umoci"
fi

# --- what we save comes back as it was, and skopeo reads it

for format in docker-archive oci-archive oci-dir; do
  saved=$work/saved-$format
  show "an image is saved as $format" "$phyllo" save --format "$format" -o "$saved" ours
  show "the saved $format loads" "$phyllo" -n "saved-$format" load -i "$saved"
  show "the saved $format is an image" "$phyllo" -n "saved-$format" inspect --format '{{.Digest}}' ours
  same "the saved $format has our digest" "$manifest" "$out"
done
"$phyllo" save ours > "$work/piped" 2> "$work/err"
same "a save to a pipe is the same archive" "$(sha256 "$work/saved-docker-archive")" "$(sha256 "$work/piped")"
if have skopeo; then
  for source in "docker-archive:$work/saved-docker-archive:ours:latest" \
    "oci-archive:$work/saved-docker-archive:latest" "oci-archive:$work/saved-oci-archive:latest" "oci:$work/saved-oci-dir:latest"; do
    show "skopeo copies ${source%%:*} from what we saved" skopeo --insecure-policy copy -q "$source" "dir:$work/copied"
    rm -rf "$work/copied"
  done
else
  skip "skopeo copies what we saved" "needs skopeo"
fi

# --- buildah and podman, each with a store of its own

if [ "$(id -u)" != 0 ]; then
  skip "buildah's and podman's archives load and run" "needs root"
  finish
fi
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
if have buildah; then
  buildah_() { buildah --root "$work/buildah" --runroot "$work/buildah-run" "$@"; }
  if (container=$(buildah_ from scratch) && buildah_ add -q "$container" "$work/rootfs.tar" / \
    && buildah_ config --cmd /bin/sh "$container" && buildah_ commit -q "$container" buildah-made \
    && for transport in docker-archive oci-archive; do
      buildah_ push -q buildah-made "$transport:$work/buildah-$transport.tar:docker.io/library/buildah-$transport:latest" || exit 1
    done) > "$work/log" 2>&1; then
    loads "buildah's docker-archive" buildah-docker-archive "$work/buildah-docker-archive.tar"
    loads "buildah's oci-archive" buildah-oci-archive "$work/buildah-oci-archive.tar"
  else
    skip "buildah's archives load and run" "buildah does not work here ($(tail -n 1 "$work/log"))"
  fi
else
  skip "buildah's archives load and run" "needs buildah"
fi
if have podman; then
  podman_() { podman --root "$work/podman" --runroot "$work/podman-run" --cgroup-manager cgroupfs "$@"; }
  if (podman_ import -q "$work/rootfs.tar" docker.io/library/podman-made:latest \
    && podman_ save -q --format docker-archive -o "$work/podman-docker.tar" podman-made:latest \
    && podman_ save -q --format oci-archive -o "$work/podman-oci.tar" podman-made:latest) > "$work/log" 2>&1; then
    loads "podman's docker-archive" podman-made "$work/podman-docker.tar"
    show "podman's image is removed" "$phyllo" rmi podman-made
    loads "podman's oci-archive" podman-made "$work/podman-oci.tar"
  else
    skip "podman's archives load and run" "podman does not work here ($(tail -n 1 "$work/log"))"
  fi
else
  skip "podman's archives load and run" "needs podman"
fi
finish
