# The pages of docs/tour, done as they stand: each block marked sh is run in order, a page in a directory and
# a store of its own, and what the block below it shows must be in what was printed, in that order.

. "${0%/*}/lib.sh"

pages=$(cd "$here/../docs/tour" && ls [0-9]*.md)
why=$(why_no_run)
for tool in awk tar sha256sum stat unshare mkfifo chroot cmp; do have "$tool" || why="needs $tool"; done
[ -z "$(static_busybox)" ] && why="needs a statically linked busybox"
[ -x /bin/busybox ] || why=${why:-needs /bin/busybox}
# shellcheck disable=SC2086  # the names are words
if [ -n "$why" ]; then skip_all "$why" $pages; fi

mkdir "$work/bin"
printf '#!/bin/sh\nexec "%s" "$@"\n' "$phyllo" > "$work/bin/phyllo"
chmod +x "$work/bin/phyllo"
PATH=$work/bin:$PATH
export PATH

# blocks PAGE DIR: the page's blocks as files, in order: DIR/NN.sh and DIR/NN.text.
blocks() {
  awk -v dir="$2" '
    /^```/ && file { close(file); file = ""; next }
    /^```sh$/ { n++; file = sprintf("%s/%02d.sh", dir, n); printf "" > file; next }
    /^```text$/ { file = sprintf("%s/%02d.text", dir, n); printf "" > file; next }
    /^```sh other$/ { file = "/dev/null"; next }
    file { print > file }
  ' "$1"
}

# shown EXPECTED ACTUAL: says the first line of EXPECTED that is not in ACTUAL behind the one before it.
# Blanks count as one; … is anything.
shown() {
  awk '
    function plain(line) { gsub(/[ \t]+/, " ", line); sub(/^ /, "", line); sub(/ $/, "", line); return line }
    function has(line, wanted,    parts, n, i, at, found) {
      n = split(wanted, parts, "…")
      at = line
      for (i = 1; i <= n; i++) {
        parts[i] = plain(parts[i])
        found = index(at, parts[i])
        if (!found) return 0
        at = substr(at, found + length(parts[i]))
      }
      return 1
    }
    NR == FNR { if (plain($0) != "") expected[++count] = $0; next }
    { actual[++lines] = plain($0) }
    END {
      at = 1
      for (i = 1; i <= count; i++) {
        while (at <= lines && !has(actual[at], expected[i])) at++
        if (at > lines) { print expected[i]; exit }
        at++
      }
    }
  ' "$1" "$2"
}

for page in $pages; do
  place=$work/${page%.md}
  mkdir -p "$place/blocks" "$place/here"
  blocks "$here/../docs/tour/$page" "$place/blocks"
  # One shell for the page, as for who types it; after each block a mark, so that outputs can be told apart.
  script=$place/script
  {
    echo "cd '$place/here' || exit 1"
    echo "export PHYLLO_ROOT='$place/store'"
    echo "set -e"
    for block in "$place/blocks"/*.sh; do
      echo "exec > '$block.out' 2>&1"
      cat "$block"
      echo ": > '$block.done'"
    done
  } > "$script"
  timeout 300 sh "$script" > "$place/rest" 2>&1 < /dev/null
  bad=
  for block in "$place/blocks"/*.sh; do
    number=${block##*/}
    number=${number%.sh}
    if [ ! -e "$block.done" ]; then
      bad="block $number stopped: $(tail -n 2 "$block.out" 2> /dev/null | tr '\n' '~')"
      break
    fi
    expected=$place/blocks/$number.text
    if [ -e "$expected" ]; then
      missing=$(shown "$expected" "$block.out")
      if [ -n "$missing" ]; then
        bad="block $number does not print '$missing' but '$(tr '\n' '~' < "$block.out" | cut -c 1-900)'"
        break
      fi
    fi
  done
  if [ -z "$bad" ]; then ok "the tour's page $page"; else not_ok "the tour's page $page" "$bad"; fi
done
finish
