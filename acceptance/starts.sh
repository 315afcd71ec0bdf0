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

finish
