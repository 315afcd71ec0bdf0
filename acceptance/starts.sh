# What a start is made of: times depend on the machine and its load, so classes are counted. Nearly all
# must come out of the AOT cache (one from a jar costs as much as fifty from there), and the caches of the
# shortest commands must stay small, because a start pays for every class in them.

. "${0%/*}/lib.sh"

outside="loads hardly a class from outside its AOT cache"
small="has a small AOT cache"
dist=$here/../cli/target/dist
"$phyllo" version > /dev/null || exit 1
if [ -n "${PHYLLO-}" ] || ! [ -r "$dist/run.aot" ]; then
  skip_all "no AOT cache could be made" "images $outside" "run $outside"
fi

# starts MOST WORD...: a start of phyllo with these words may load MOST classes, and five from outside.
starts() {
  most=$1
  shift
  what=$1
  PHYLLO_JAVA_OPTS="-Xlog:class+load:file=$work/classes" "$phyllo" "$@" > "$work/out" 2> "$work/err" < /dev/null || {
    not_ok "$what $outside" "exit $?: $(tail -n 1 "$work/err")"
    return
  }
  grep -c 'source:' "$work/classes" > "$work/all"
  grep 'source:' "$work/classes" | grep -v 'source: shared objects file' > "$work/outside"
  if [ "$(wc -l < "$work/outside")" -le 5 ]; then
    ok "$what $outside"
  else
    not_ok "$what $outside" "$(wc -l < "$work/outside"), such as $(awk '{ print $2 }' "$work/outside" | head -n 5 | tr '\n' ' ')"
  fi
  if [ "$(cat "$work/all")" -le "$most" ]; then
    ok "$what $small"
  else
    not_ok "$what $small" "$(cat "$work/all") classes, more than $most"
  fi
}

# A copy of the tree with one source, and a Maven that only says that it was called.
builds="builds first when a source was saved since"
mkdir -p "$work/tree/cli/target" "$work/tree/cli/src/main" "$work/path"
cp "$here/../phyllo" "$here/../pom.xml" "$work/tree"
cp -r "$here/../scripts" "$work/tree"
cp -a "$dist" "$work/tree/cli/target/dist"
echo "echo called > '$work/called'; exit 1" | sed '1i #!/bin/sh' > "$work/path/mvn"
chmod +x "$work/path/mvn"
find "$work/tree/phyllo" "$work/tree/pom.xml" "$work/tree/scripts" "$work/tree/cli/src" -exec touch -r "$dist/launch" {} +
show "a copied tree starts" "$work/tree/phyllo" version
same "what is built is run while no source is newer" "" "$(cat "$work/called" 2> /dev/null)"
echo "class New {}" > "$work/tree/cli/src/main/New.java"
PATH=$work/path:$PATH PHYLLO_NO_BUILD=1 "$work/tree/phyllo" version > "$work/out" 2> "$work/err" < /dev/null
same "PHYLLO_NO_BUILD runs what is built all the same" 0 "$?"
PATH=$work/path:$PATH "$work/tree/phyllo" version > "$work/out" 2> "$work/err" < /dev/null
same "a start $builds" "1 called" "$? $(cat "$work/called" 2> /dev/null)"
includes "it says why" "$(cat "$work/err")" "building phyllo (sources changed)"
rm "$work/called"
PATH=$work/path:$PATH "$work/tree/phyllo" version > "$work/out" 2> "$work/err" < /dev/null
same "a build that came to nothing is begun again" "1 called" "$? $(cat "$work/called" 2> /dev/null)"
same "no answer about sources is left behind" "" "$(find "$work/tree/cli/target/dist" -name 'newer.*')"
rm -rf "$work/tree" "$work/path"

busybox=$(static_busybox)
if [ -z "$busybox" ]; then
  starts 1300 images
  skip_all "needs a statically linked busybox" "run $outside" "run $small"
fi
busybox_root "$work/tree"
tar -C "$work/tree" -czf "$work/layer.tar.gz" .
layout "$work/layout" docker.io/library/starts:latest "$work/layer.tar.gz"
show "an image to start loads" "$phyllo" load -i "$work/layout"
starts 1300 images
why=$(why_no_run)
if [ -n "$why" ]; then skip_all "$why" "run $outside" "run $small"; fi
starts 1600 run --rm --network none starts true
# It is started to interpret only, and over again to unpack.
show "an image is loaded that is not unpacked" "$phyllo" --root "$work/packed" load --no-unpack -i "$work/layout"
same "a run that has to unpack loses nothing of its standard input" "one two" \
  "$(printf 'one\ntwo\n' | "$phyllo" --root "$work/packed" run --rm -i starts cat | tr '\n' ' ' | sed 's/ $//')"

finish
