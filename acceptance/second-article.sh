# How a container gets its root, walked by hand: two images that share their base, the snapshots of each
# layer, a writable layer prepared and mounted as printed, a running container seen from the host; then
# overlays built from nothing but snapshots. Mounts are made in mount namespaces of their own.

. "${0%/*}/lib.sh"

for tool in tar gzip sha256sum unshare mount umount awk; do
  have "$tool" || skip_all "needs $tool" "two images share a base" "a container's root is an overlay"
done
why=$(why_no_run)
[ -z "$(static_busybox)" ] && why="needs a statically linked busybox"
if [ -n "$why" ]; then
  skip_all "$why" "two images share a base" "the printed mount is the mount that is made" \
    "the writable layer dies with the container" "an overlay of snapshots made by hand"
fi

WORKDIR=$work/container-demo
NAMESPACE=spelunking
SNAPSHOTS_ROOT=$PHYLLO_ROOT/ns/$NAMESPACE/snapshots/overlayfs
in_namespace() { "$phyllo" -n "$NAMESPACE" "$@"; }
# private COMMAND...: in a mount namespace that ends with it.
private() { unshare --mount --propagation private "$@"; }
# counted: how many snapshots have a folder on disk.
counted() {
  set -- "$SNAPSHOTS_ROOT"/*/fs
  if [ -d "$1" ]; then echo $#; else echo 0; fi
}

# --- two images on one base

busybox_root "$WORKDIR/busybox"
mkdir -p "$WORKDIR/annie2/data" "$WORKDIR/annie3" "$WORKDIR/dasha2"
echo "hello from layer 2" > "$WORKDIR/annie2/hello.txt"
echo "layer2 config" > "$WORKDIR/annie2/data/config.txt"
echo "hello from layer 3" > "$WORKDIR/annie3/hello.txt"
echo "i only exist in layer 3" > "$WORKDIR/annie3/layer3.txt"
echo "hi dasha" > "$WORKDIR/dasha2/hi-dasha.txt"
for layer in busybox annie2 annie3 dasha2; do
  tar -C "$WORKDIR/$layer" --sort=name --owner=0 --group=0 --numeric-owner -czf "$WORKDIR/$layer.tar.gz" .
done
layout "$WORKDIR/annie" annies-image:latest "$WORKDIR/busybox.tar.gz" "$WORKDIR/annie2.tar.gz" "$WORKDIR/annie3.tar.gz"
layout "$WORKDIR/dasha" dashas-image:latest "$WORKDIR/busybox.tar.gz" "$WORKDIR/dasha2.tar.gz"
tar -C "$WORKDIR/annie" -cf "$WORKDIR/annies-image.tar" .
tar -C "$WORKDIR/dasha" -cf "$WORKDIR/dashas-image.tar" .

show "annie's image loads" in_namespace load -i "$WORKDIR/annies-image.tar" || finish
show "images lists it" in_namespace images
includes "by its name" "$out" annies-image

# --- what prepare, apply and commit left

same "three layers are three snapshots" 3 "$(counted)"
same "none of them is mounted" 0 "$(grep -c "$SNAPSHOTS_ROOT" /proc/self/mountinfo)"
hellos() {
  for snap in $(ls "$SNAPSHOTS_ROOT"); do
    if test -f "$SNAPSHOTS_ROOT/$snap/fs/hello.txt"; then
      cat "$SNAPSHOTS_ROOT/$snap/fs/hello.txt"
    fi
  done | sort | tr '\n' ','
}
same "each snapshot has its own layer's files" "hello from layer 2,hello from layer 3," "$(hellos)"

TOP_SNAPSHOT=$(in_namespace snapshots ls | tail -1 | awk '{print $1}')
MIDDLE=$(in_namespace snapshots info --format '{{.Parent}}' "$TOP_SNAPSHOT")
BASE=$(in_namespace snapshots info --format '{{.Parent}}' "$MIDDLE")
same "the last line of the list is the top of the chain" "hello from layer 3" \
  "$(cat "$(in_namespace snapshot info --format '{{.LayerDirectory}}' "$TOP_SNAPSHOT")/hello.txt" 2> /dev/null)"
same "two parents below it is the base" "sha256:$(gzip -dc "$WORKDIR/busybox.tar.gz" | sha256sum | cut -d' ' -f1)" "$BASE"
same "the base has no parent" "" "$(in_namespace snapshot info --format '{{.Parent}}' "$BASE")"
show "the start of a chainID is enough" in_namespace snapshot info "$(printf %s "$TOP_SNAPSHOT" | cut -c 8-20)"

# --- the writable layer, by hand

show "a writable layer is prepared" in_namespace snapshots prepare demo-active "$TOP_SNAPSHOT"
same "that is one folder more" 4 "$(counted)"
mkdir "$work/demo-mountpoint"
show "its mount is printed" in_namespace snapshots mounts "$work/demo-mountpoint" demo-active
printed=$out
includes "it is an overlay" "$printed" "mount -t overlay overlay -o lowerdir="
includes "of the committed snapshots" "$printed" "$(in_namespace snapshot info --format '{{.LayerDirectory}}' "$BASE")"
UPPER=$(in_namespace snapshot info --format '{{.LayerDirectory}}' demo-active)
includes "with the writable one above" "$printed" "upperdir=$UPPER,"

# layers_of: the layers in a mountinfo line of an overlay, one a line; lowerdir+ and lowerdir say the same.
layers_of() {
  sed 's/.* - overlay [^ ]* //' | tr ',' '\n' | sed 's/^lowerdir+*=//' | tr ':' '\n' \
    | grep -e "$SNAPSHOTS_ROOT" -e '^r[ow]$'
}
cat > "$work/by-hand.sh" <<EOF
$printed
grep " $work/demo-mountpoint " /proc/self/mountinfo
EOF
by_hand=$(private sh "$work/by-hand.sh" 2> "$work/err" | layers_of)
by_engine=$(private sh -c '"$1" -n "$2" mount demo-active "$3" > /dev/null && grep " $3 " /proc/self/mountinfo && "$1" -n "$2" umount "$3" > /dev/null' \
  - "$phyllo" "$NAMESPACE" "$work/demo-mountpoint" 2>> "$work/err" | layers_of)
includes "the printed command mounts" "$by_hand" "$UPPER"
same "the printed mount is the mount that is made" "$by_hand" "$by_engine"

cat > "$work/write.sh" <<EOF
$printed
cd "$work/demo-mountpoint" || exit 1
echo new > new-file.txt
echo modified > hello.txt
rm data/config.txt
cat hello.txt
EOF
show "the mounted tree is written to" private sh "$work/write.sh"
same "and shows what was written" modified "$out"
same "what is written lands in the upper directory" "new modified" "$(cat "$UPPER/new-file.txt" "$UPPER/hello.txt" | tr '\n' ' ' | sed 's/ $//')"
same "a deleted file is a 0/0 device there" "character special file 0,0" "$(stat -c '%F %t,%T' "$UPPER/data/config.txt")"
same "the snapshots below are untouched" "hello from layer 2,hello from layer 3,modified," "$(hellos)"
show "diff tells the changes" in_namespace snapshot diff demo-active
same "added, changed, deleted" "C /data,D /data/config.txt,C /hello.txt,A /new-file.txt" "$(printf '%s\n' "$out" | paste -sd, -)"
show "usage counts" in_namespace snapshot usage demo-active
show "the preview is removed" in_namespace snapshots rm demo-active
same "its folder is gone" 3 "$(counted)"
in_namespace snapshots rm "$MIDDLE" > "$work/out" 2> "$work/err"
same "a parent is not removed" 1 $?
includes "and the error names its child" "$(cat "$work/err")" "$TOP_SNAPSHOT"

# --- the same, done by run

"$phyllo" -n "$NAMESPACE" run --rm --network none annies-image /bin/sh -c \
  "echo 'written at runtime' > /runtime-file.txt; cat /proc/1/mountinfo > /inside; sleep 3600" > "$work/out" 2> "$work/err" < /dev/null &
engine=$!
task=
tries=0
while [ $tries -lt 300 ]; do
  task=$(cat "/proc/$engine/task/"*/children 2> /dev/null | tr -d ' ')
  if [ -n "$task" ] && [ -s "/proc/$task/root/inside" ] && [ -e "/proc/$task/root/layer3.txt" ]; then break; fi
  tries=$((tries + 1))
  sleep 0.1
done
UPPERDIR=$(sed -n 's/.* - overlay .*upperdir=\([^,]*\),.*/\1/p' "/proc/$task/mountinfo" 2> /dev/null | head -1)
includes "the running container's root is an overlay of the engine's snapshots" "$UPPERDIR" "$SNAPSHOTS_ROOT"
same "what it writes is in the upper directory on the host" "written at runtime" "$(cat "$UPPERDIR/runtime-file.txt" 2> /dev/null)"
same "the host sees its root through /proc" "hello from layer 3" "$(cat "/proc/$task/root/hello.txt" 2> /dev/null)"
includes "inside, the overlay is the root" "$(grep ' / / ' "/proc/$task/root/inside" 2> /dev/null)" " - overlay "
same "nothing of the host's tree is mounted inside" 0 "$(grep -c " $WORKDIR" "/proc/$task/root/inside" 2> /dev/null)"
same "on the host nothing is mounted" 0 "$(grep -c "$SNAPSHOTS_ROOT" /proc/self/mountinfo)"
name=$(in_namespace ps --format '{{.Names}}' | head -1)
in_namespace mount "$name" "$work/demo-mountpoint" > "$work/out" 2> "$work/mount-err"
same "a running container is not mounted a second time" 1 $?
includes "and the error says where to look instead" "$(cat "$work/mount-err")" "/root"
if [ -n "$task" ]; then kill -KILL "$task"; fi
wait "$engine"
same "the writable layer dies with the container" absent "$(if [ -e "$UPPERDIR" ]; then echo there; else echo absent; fi)"
same "the image's snapshots stay" 3 "$(counted)"
same "and are what they were" "hello from layer 2,hello from layer 3," "$(hellos)"

# --- layer sharing

show "dasha's image loads" in_namespace load -i "$WORKDIR/dashas-image.tar"
same "it adds exactly one snapshot" 4 "$(counted)"
show "the tree shows both" in_namespace snapshot tree
same "two snapshots stand on the base" 2 "$(in_namespace snapshot ls --format '{{.Parent}}' | grep -c "$BASE")"
same "its layer blob is stored once" 1 "$(in_namespace content ls -q | grep -c "$(sha256 "$WORKDIR/busybox.tar.gz")")"
show "dasha's runs" in_namespace run --rm --network none dashas-image cat /hi-dasha.txt
same "and reads her file" "hi dasha" "$out"

# --- images mounted

cat > "$work/image.sh" <<EOF
phyllo() { "$phyllo" -n "$NAMESPACE" "\$@"; }
at=\$(phyllo mount annies-image) || exit 1
cat "\$at/hello.txt"
(echo x > "\$at/x") 2> /dev/null && echo writable
phyllo snapshot rm "\$(phyllo mount --format '{{.Snapshot}}')" > /dev/null 2>&1 && echo removed
phyllo umount annies-image > /dev/null || exit 1
test -e "\$at" && echo left
at=\$(phyllo mount --rw annies-image) || exit 1
echo mine > "\$at/hello.txt" && cat "\$at/hello.txt"
phyllo umount "\$at" > /dev/null || exit 1
phyllo mount -q
EOF
show "an image is mounted, read-only and then writable" private sh "$work/image.sh"
same "umount leaves nothing" "hello from layer 3,mine" "$(printf '%s\n' "$out" | paste -sd, -)"
same "no snapshot more" 4 "$(counted)"
same "what was written to the mount is gone" "hello from layer 2,hello from layer 3," "$(hellos)"

# --- an overlay of three layers from nothing, copy-up, whiteout, and what upper holds afterwards

# change KEY COMMAND: mounts as printed and runs the command in the tree.
change() {
  in_namespace snapshot mounts "$work/demo-mountpoint" "$1" > "$work/change.sh" \
    && printf 'cd "%s" && %s\n' "$work/demo-mountpoint" "$2" >> "$work/change.sh" \
    && private sh "$work/change.sh"
}
parent=
for i in 1 2 3; do
  # shellcheck disable=SC2086  # the first has no parent
  in_namespace snapshot prepare "edit-$i" $parent > /dev/null
  change "edit-$i" "echo 'from layer $i' > file$i.txt; echo 'from layer $i' > shared.txt"
  in_namespace snapshot commit "lower-$i" "edit-$i" > /dev/null
  parent=lower-$i
done
in_namespace snapshot prepare upper lower-3 > /dev/null
show "three layers and an upper one are merged" change upper \
  'ls; cat shared.txt file1.txt; echo modified > file1.txt; rm file2.txt; echo new > newfile.txt; ls'
same "the topmost wins, writing and deleting are seen" \
  "file1.txt file2.txt file3.txt shared.txt from layer 3 from layer 1 file1.txt file3.txt newfile.txt shared.txt" \
  "$(printf '%s' "$out" | tr '\n' ' ')"
UPPER=$(in_namespace snapshot info --format '{{.LayerDirectory}}' upper)
same "unmounted, upper holds the copy-up, the whiteout and the new file" \
  "file1.txt regular file,file2.txt character special file,newfile.txt regular file" \
  "$(cd "$UPPER" && stat -c '%n %F' ./* | sed 's|^\./||' | paste -sd, -)"
same "the lower file is unchanged" "from layer 1" "$(cat "$(in_namespace snapshot info --format '{{.LayerDirectory}}' lower-1)/file1.txt")"
show "that becomes a committed layer" in_namespace snapshot commit lower-4 upper
in_namespace snapshot view look lower-4 > /dev/null
show "a view shows it" change look 'ls; (echo x > x) 2> /dev/null || echo read-only'
same "and cannot be written" "file1.txt file3.txt newfile.txt shared.txt read-only" "$(printf '%s' "$out" | tr '\n' ' ')"
show "snapshots are removed from the top down" in_namespace snapshot rm look lower-4 lower-3 lower-2 lower-1
same "and only the images' are left" 4 "$(counted)"

# --- five hundred layers

mkdir "$WORKDIR/many"
set -- "$WORKDIR/busybox.tar.gz"
i=1
while [ $i -lt 500 ]; do
  mkdir "$WORKDIR/many/$i" "$WORKDIR/many/$i/n"
  echo $i > "$WORKDIR/many/$i/n/$i"
  tar -C "$WORKDIR/many/$i" -cf - . | gzip -1 > "$WORKDIR/many/$i.tar.gz"
  set -- "$@" "$WORKDIR/many/$i.tar.gz"
  i=$((i + 1))
done
layout "$WORKDIR/oci-many" many:latest "$@"
show "an image of 500 layers loads" in_namespace load -i "$WORKDIR/oci-many"
show "it runs" in_namespace run --rm --network none many sh -c 'set -- /n/*; echo $#; cat /n/1 /n/499'
same "every layer is seen" "499 1 499" "$(printf '%s' "$out" | tr '\n' ' ')"
PHYLLO_JAVA_OPTS=-Ddev.phyllo.mount.classic=1
export PHYLLO_JAVA_OPTS
show "it runs by mount(2) with short names" in_namespace run --rm --network none many sh -c 'set -- /n/*; echo $#; cat /n/1 /n/499'
same "every layer is seen there too" "499 1 499" "$(printf '%s' "$out" | tr '\n' ' ')"
unset PHYLLO_JAVA_OPTS
show "the image of 500 layers is removed" in_namespace rmi many

# --- the same images by plain copies

PHYLLO_SNAPSHOTTER=native
export PHYLLO_SNAPSHOTTER
show "native: the image loads" in_namespace load -i "$WORKDIR/annies-image.tar"
show "native: a container runs" in_namespace run --rm --network none annies-image cat /hello.txt /data/config.txt
same "native: it sees all layers" "hello from layer 3 layer2 config" "$(printf '%s' "$out" | tr '\n' ' ')"
includes "native: the mount is a bind mount" \
  "$(in_namespace snapshot prepare k "$TOP_SNAPSHOT" > /dev/null && in_namespace snapshot mounts /mnt k)" "mount -o bind,rw "
in_namespace snapshot rm k > /dev/null
show "native: rmi" in_namespace rmi annies-image
same "native: what the other image begins with stays" "$BASE" "$(in_namespace snapshot ls -q)"
show "native: rmi of that" in_namespace rmi dashas-image
same "native: the snapshots are gone" "" "$(in_namespace snapshot ls -q)"
same "nothing stays mounted" 0 "$(grep -c "$work" /proc/self/mountinfo)"
finish
