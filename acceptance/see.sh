# What a newcomer sees: where each file comes from, every step as it is done, images made by hand, the
# comforts of a shell, and the demonstration, which must leave nothing behind.

. "${0%/*}/lib.sh"

for tool in tar gzip sha256sum cmp; do
  have "$tool" || skip_all "needs $tool" "layers by hand" "where files come from" "the demonstration"
done

# --- by hand, without root or kernel

mkdir -p "$work/base/bin" "$work/base/etc" "$work/delta/etc"
echo "from base" > "$work/base/etc/motd"
echo "gone soon" > "$work/base/etc/secret"
ln -s ../etc "$work/base/bin/etc"
echo "from delta" > "$work/delta/etc/motd"
: > "$work/delta/etc/.wh.secret"
show "a directory becomes a layer" "$phyllo" layer create "$work/base" -o "$work/base.tar"
if tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C "$work/base" -cf "$work/gnu.tar" . 2> /dev/null; then
  same "with GNU tar's very bytes" 0 "$(cmp "$work/gnu.tar" "$work/base.tar" > /dev/null; echo $?)"
else
  skip "with GNU tar's very bytes" "this tar is not GNU's"
fi
includes "its diffID is the archive's hash" "$out" "diffID  sha256:$(sha256 "$work/base.tar")"
show "compressed it has the same diffID" "$phyllo" layer create "$work/base" -o "$work/base.tar.gz"
includes "and another digest" "$out" "digest  sha256:$(sha256 "$work/base.tar.gz")"
same "SOURCE_DATE_EPOCH is the files' time" 2001-09-09 \
  "$(SOURCE_DATE_EPOCH=1000000000 "$phyllo" layer create "$work/base" -o "$work/dated.tar" > "$work/log" && TZ=UTC tar -tvf "$work/dated.tar" | awk '/motd/ { print $4 }')"
show "a second one" "$phyllo" layer create "$work/delta" -o "$work/delta.tar.zst"
show "layers become a layout" "$phyllo" layout create "$work/image" --layer "$work/base.tar.gz" --layer "$work/delta.tar.zst" \
  --cmd '["/bin/sh", "-c", "true"]' --env A=B --label l=v --ref seen:1
show "the layout lists it" "$phyllo" layout ls "$work/image"
includes "by its name" "$out" "seen:1"
if have skopeo; then
  show "skopeo reads the layout" skopeo inspect "oci:$work/image:seen:1"
else
  skip "skopeo reads the layout" "no skopeo"
fi
show "it loads without being unpacked" "$phyllo" load --no-unpack -i "$work/image"
same "its layers are packed" 2 "$("$phyllo" layers seen:1 | grep -c '(packed)')"

# --- where files come from

show "which finds a file" "$phyllo" which seen:1 /bin/etc/motd
includes "in the upper layer" "$out" "1         provides"
includes "and what it shadows" "$out" "0         shadowed"
includes "through a link" "$(cat "$work/err")$out" "/etc/motd"
"$phyllo" which seen:1 /etc/secret > "$work/out" 2> /dev/null
same "which fails for a file that is deleted" 1 $?
includes "and names the whiteout" "$(cat "$work/out")" "/etc/.wh.secret"
same "tree shows what is seen" "/ /bin /bin/etc /etc /etc/motd" "$("$phyllo" tree --format '{{.Path}}' seen:1 | tr '\n' ' ' | sed 's/ $//')"
same "waste counts what is not" "20 of 31" "$("$phyllo" waste --format '{{.Wasted}} of {{.Total}}' seen:1)"
show "mutate drops a layer" "$phyllo" mutate drop seen:1 --layer 1 -t seen:0
same "and the file is back" "from base" "$("$phyllo" layers --format '{{.Digest}}' seen:0 | while read -r d; do "$phyllo" content cat "$d"; done | tar -xzO ./etc/motd)"
show "mutate flattens" "$phyllo" mutate flatten seen:1 -t seen:flat
same "into one layer without waste" "1 0" "$("$phyllo" layers --format '{{.Digest}}' seen:flat | wc -l | tr -d ' ') $("$phyllo" waste --format '{{.Wasted}}' seen:flat)"
show "nothing differs" "$phyllo" diff seen:1 seen:flat
same "between the two" "" "$out"

# --- the comforts

"$phyllo" histroy x 2> "$work/err"
includes "a mistyped command is guessed" "$(cat "$work/err")" "did you mean phyllo history?"
"$phyllo" load --no-unpak 2> "$work/err"
includes "so is an option" "$(cat "$work/err")" "did you mean --no-unpack?"
"$phyllo" mutate flaten x 2> "$work/err"
includes "so is a subcommand" "$(cat "$work/err")" "did you mean phyllo mutate flatten?"
show "the manual is printed" "$phyllo" man
if have man; then
  show "man shows it" sh -c '"$1" man > "$2" && man -l "$2"' sh "$phyllo" "$work/phyllo.1"
  includes "with commands" "$out" "phyllo which"
else
  skip "man shows it" "no man"
fi
if have bash; then
  show "bash completes names of images" bash --norc -c \
    'phyllo() { "$0" "$@"; }; command() { "$0" "${@:2}"; }; source <("$0" completion bash); COMP_WORDS=(phyllo layers se); COMP_CWORD=2; _phyllo; echo "${COMPREPLY[@]}"' "$phyllo"
  includes "that are there" "$out" seen:flat
else
  skip "bash completes names of images" "no bash"
fi
same "no colours where nobody sees them" 0 "$("$phyllo" tree seen:1 | grep -c "$(printf '\033')")"
if have script; then
  same "colours on a terminal" 1 "$(script -qec "'$phyllo' tree seen:1" /dev/null | grep -c "$(printf '\033')" | sed 's/[1-9][0-9]*/1/')"
  same "layers fits a narrow terminal" 0 "$(script -qec "stty cols 72; '$phyllo' layers seen:1" /dev/null | tr -d '\r' | sed "s/$(printf '\033')\[[0-9]*m//g" | awk 'length > 72 && !/\//' | wc -l | tr -d ' ')"
  same "none with NO_COLOR" 0 "$(NO_COLOR=1 script -qec "'$phyllo' tree seen:1" /dev/null | grep -c "$(printf '\033')")"
else
  skip "colours on a terminal" "no script"
fi

# --- the steps, and the demonstration

why=$(why_no_run)
if [ -n "$why" ]; then
  skip_all "$why" "explain shows the launch" "pack makes an image of a program" "the demonstration"
fi
show "pack makes an image of programs of this machine" "$phyllo" pack sh cat ls -t tools
show "which runs" "$phyllo" run --rm tools sh -c 'echo packed'
same "with what it needs" packed "$out"
show "explain shows the launch" "$phyllo" --explain run --rm tools sh -c :
steps=$(cat "$work/err")
includes "the layer below" "$steps" 'fsconfig('
includes "what the calls are for" "$steps" "# the view becomes its root"
includes "the entering of the root" "$steps" 'pivot_root(".", ".") = 0 <0.'
includes "what was recorded" "$steps" "record "
includes "and erased" "$steps" "erase "
show "explain speaks JSON" "$phyllo" --explain=json run --rm tools sh -c :
same "an object a line" "$(wc -l < "$work/err")" "$(grep -c '^{"kind":"\(step\|syscall\)",.*}$' "$work/err")"
show "explain shows a detached start, which another process does" "$phyllo" --explain run -d --name seen tools sh -c :
includes "the entering of its root" "$(cat "$work/err")" 'pivot_root(".", ".") = 0 <0.'
"$phyllo" wait seen > "$work/log" 2>&1
show "and a removal of the container" "$phyllo" --explain rm seen
includes "what is erased" "$(cat "$work/err")" "erase "
show "explain shows an import" "$phyllo" --explain import "$work/base.tar" imported
includes "layers applied" "$(cat "$work/err")" "apply    sha256:"
show "and a removal" "$phyllo" --explain rmi imported
includes "blobs deleted" "$(cat "$work/err")" "delete   sha256:"

TMPDIR=$work show "the demonstration runs" "$phyllo" demo
includes "the whole way" "$out" "directories stand below both"
same "and leaves no namespace" "" "$(ls "$PHYLLO_ROOT/ns" | grep demo)"
if have script && have timeout; then
  # Somebody who has seen enough: Ctrl-C at the first pause.
  mkdir "$work/tmp"
  mkfifo "$work/keys"
  PHYLLO_JAVA_OPTS="-Djava.io.tmpdir=$work/tmp" timeout 60 script -qec "'$phyllo' demo --pause" /dev/null > "$work/log" 2>&1 < "$work/keys" &
  shell=$!
  exec 9> "$work/keys"
  tries=0
  until grep -q Enter "$work/log" || [ $((tries += 1)) -gt 200 ]; do sleep 0.1; done
  printf '\003' >&9
  wait $shell
  exec 9>&-
  includes "the demonstration waits" "$(cat "$work/log")" "(Enter)"
  same "and Ctrl-C leaves nothing" "" "$(ls "$work/tmp" "$PHYLLO_ROOT/ns" | grep demo)"
else
  skip "and Ctrl-C leaves nothing" "no script"
fi
finish
