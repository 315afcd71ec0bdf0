# Broken and malicious archives: each is refused in one line that says which and where, and afterwards
# nothing is listed and nothing was written outside the store.

. "${0%/*}/lib.sh"

mkdir -p "$work/tree/etc"
echo "content" > "$work/tree/etc/file"
head -c 20000 /dev/urandom > "$work/tree/random"
tar -C "$work/tree" --owner=0 --group=0 --numeric-owner -czf "$work/layer.tar.gz" .
layout "$work/good" victim:latest "$work/layer.tar.gz"
layer_file=blobs/sha256/${layer#sha256:}

# fresh: a new copy of the good layout in $bad
fresh() {
  bad=$work/bad
  rm -rf "$bad"
  cp -r "$work/good" "$bad"
}

# forged SED: the manifest changed by a sed script, and an index that names it
forged() {
  fresh
  sed "$1" "$work/good/blobs/sha256/${good_manifest#sha256:}" > "$work/forged.json"
  put_manifest "$bad" victim:latest "$work/forged.json"
}
good_manifest=$manifest

# refused WHAT FILE [PART]: the load fails, in one line on stderr (which has PART), and lists nothing.
refused() {
  "$phyllo" load -i "$2" > "$work/out" 2> "$work/err" < /dev/null
  status=$?
  lines=$(wc -l < "$work/err" | tr -d ' ')
  "$phyllo" images -q > "$work/images" 2>&1
  if [ "$status" = 0 ]; then
    not_ok "$1 is refused" "the load succeeded"
  elif [ "$lines" != 1 ]; then
    not_ok "$1 is refused in one line" "$lines lines: $(head -n 3 "$work/err" | tr '\n' '~')"
  elif [ -s "$work/images" ]; then
    not_ok "$1 lists nothing" "$(head -n 1 "$work/images")"
  elif [ -n "${3-}" ] && ! grep -qF -e "$3" "$work/err"; then
    not_ok "$1 is named" "no '$3' in: $(cat "$work/err")"
  else
    ok "$1 is refused: $(sed 's/: /, /g' "$work/err" | cut -c 1-200)"
  fi
}

# refused_both WHAT [PART]: $bad as a folder and as an archive
refused_both() {
  refused "$1" "$bad" "${2-}"
  tar -C "$bad" -cf "$work/bad.tar" .
  refused "$1 in an archive" "$work/bad.tar" "${2-}"
}

hex=${layer#sha256:}
short=$(printf '%s' "$hex" | cut -c 1-12)

fresh
printf 'X' | dd of="$bad/$layer_file" bs=1 seek=9000 conv=notrunc 2> /dev/null
refused_both "a flipped byte" "$short"

fresh
head -c 9000 "$work/good/$layer_file" > "$bad/$layer_file"
refused_both "a truncated blob" "$short"

fresh
rm "$bad/$layer_file"
refused_both "a missing blob" "$short"

fresh
printf 'surplus' >> "$bad/$layer_file"
refused_both "a blob that is too long" "$short"

forged "s|$layer|sha256:../../../../../etc/passwd|"
refused_both "a digest that is a path" "digest"

forged "s|$layer|sha256:ABCDEF|"
refused_both "a digest of the wrong length" "digest"

forged 's|"size":[0-9]*}\]|"size":-1}]|'
refused_both "a negative size" "size"

forged 's|"size":[0-9]*}\]|"size":9223372036854775808}]|'
refused_both "a size beyond 63 bits"

forged 's|"layers":\[.*\]|"layers":[]|'
refused_both "fewer layers than diffIDs"

fresh
sed "s|\"diff_ids\":\[\"sha256:....|&0000|; s|\(\"diff_ids\":\[\"sha256:\)\(.\{64\}\)....|\1\2|" "$work/config.json" > "$work/config2.json"
put_blob "$bad" "$work/config2.json"
sed "s|$config|$digest|; s|\(\"digest\":\"$digest\",\"size\":\)[0-9]*|\1$size|" "$work/manifest.json" > "$work/forged.json"
put_manifest "$bad" victim:latest "$work/forged.json"
refused_both "a diffID that the layer does not have" "the config says"

fresh
{
  printf '{"schemaVersion":2,"manifests":'
  head -c 100000 /dev/zero | tr '\0' '['
} > "$bad/index.json"
refused_both "deeply nested JSON" "index.json"

fresh
printf '{"schemaVersion":2,' > "$bad/index.json"
refused_both "half an index" "index.json"

fresh
rm "$bad/index.json"
refused_both "no index"

head -c 40000 /dev/urandom > "$work/noise"
refused "noise" "$work/noise"
: > "$work/empty"
refused "an empty file" "$work/empty"
refused "a file that does not exist" "$work/nowhere.tar" "nowhere.tar"
tar -C "$work/good" -cf "$work/good.tar" .
head -c 12000 "$work/good.tar" > "$work/cut.tar"
refused "an archive that ends early" "$work/cut.tar"

# --- layers that name what is not theirs: the load may refuse them or keep them inside; never write outside

escape=$work/escape
mkdir -p "$escape"
if have python3; then
  python3 - "$work" << 'PYTHON'
import io, sys, tarfile
work = sys.argv[1]
def layer(name, *entries):
    with tarfile.open(f"{work}/{name}.tar.gz", "w:gz") as tar:
        for kind, path, target in entries:
            info = tarfile.TarInfo(path)
            info.type = kind
            data = b""
            if kind == tarfile.REGTYPE:
                data = b"escaped\n"
                info.size = len(data)
            else:
                info.linkname = target
            tar.addfile(info, io.BytesIO(data))
F, S, H = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
out = f"{work}/escape"
layer("dotdot", (F, "../" * 30 + out.lstrip("/") + "/dotdot", ""))
layer("absolute", (F, out + "/absolute", ""))
layer("symlink", (S, "link", out), (F, "link/symlink", ""))
layer("symlink-up", (S, "up", "../" * 30 + out.lstrip("/")), (F, "up/symlink-up", ""))
layer("hardlink", (H, "passwd", "/etc/passwd"), (F, "passwd", ""))
layer("whiteout", (S, "d", out), (F, "d/.wh.precious", ""))
PYTHON
  echo keep > "$escape/precious"
  before=$(sha256 /etc/passwd)
  for kind in dotdot absolute symlink symlink-up hardlink whiteout; do
    rm -rf "$work/$kind"
    layout "$work/$kind" "$kind:latest" "$work/$kind.tar.gz"
    "$phyllo" -n "escape" load -i "$work/$kind" > "$work/out" 2> "$work/err" < /dev/null
    same "a layer with a $kind entry stays in its snapshot" "precious" "$(ls "$escape")"
  done
  same "the host's files are as they were" "keep $before" "$(cat "$escape/precious") $(sha256 /etc/passwd)"
else
  skip "layers that name files outside stay in their snapshots" "needs python3"
fi

# --- after all that the store still works

show "a good image loads afterwards" "$phyllo" load -i "$work/good"
show "images lists it" "$phyllo" images
includes "it is listed" "$out" victim
finish
