# An ordinary user, with and without subordinate ids, loads, runs, commits, mounts and removes. Two users
# are made for it and removed again; they use a copy of the built command, in a place they can read.

. "${0%/*}/lib.sh"

what="an ordinary user loads, runs, commits and removes"
[ "$(id -u)" = 0 ] || skip_all "needs root, to make users" "$what"
for tool in useradd userdel runuser gzip tar ps pgrep; do
  have "$tool" || skip_all "needs $tool" "$what"
done
[ -n "$(static_busybox)" ] || skip_all "needs a statically linked busybox" "$what"
built=${phyllo%/*}
[ -r "$built/cli/target/dist/launch" ] || skip_all "needs the built command beside $phyllo" "$what"

with=phyw$$
without=phyo$$
end_users() {
  for user in "$with" "$without"; do
    # Supervisors leave when they have had nothing to do for a second.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      pgrep -u "$user" > /dev/null 2>&1 || break
      sleep 1
    done
    # What they may have left mounted or running dies with their processes, which have ended by now.
    userdel "$user" 2> /dev/null
  done
  umount "$work/ramfs" 2> /dev/null
  clean_up
}
trap end_users EXIT

chmod 755 "$work"
mkdir -p "$work/app/cli/target"
cp "$built/phyllo" "$work/app/"
cp -r "$built/build" "$work/app/"
cp -r "$built/cli/target/dist" "$work/app/cli/target/"
chmod -R a+rX "$work/app"
useradd -M -s /bin/sh "$with" || skip_all "useradd failed" "$what"
useradd -M -s /bin/sh -K SUB_UID_COUNT=0 -K SUB_GID_COUNT=0 "$without" || skip_all "useradd failed" "$what"
for user in "$with" "$without"; do
  mkdir "$work/$user"
  chmod 700 "$work/$user"
  chown "$user" "$work/$user"
done

# as_user USER WORD...: phyllo as that user.
as_user() {
  user=$1
  shift
  runuser -u "$user" -- env -i HOME="$work/$user" USER="$user" PATH="$PATH" PHYLLO_NO_BUILD=1 \
    PHYLLO_JAVA_OPTS=-Ddev.phyllo.idleMillis=1000 ${JAVA_HOME:+"JAVA_HOME=$JAVA_HOME"} "$work/app/phyllo" "$@"
}

as_user "$with" version > /dev/null 2>&1 || skip_all "other users cannot read the JDK" "$what"
as_user "$with" unshare true 2> "$work/err" || skip_all "$(tail -n 1 "$work/err")" "$what"

# --- an image of two layers: owners, a whiteout, an opaque directory

busybox_root "$work/one"
for applet in rm mkdir touch kill wc; do ln -s busybox "$work/one/bin/$applet"; done
echo 'joe:x:1000:1000::/home/joe:/bin/sh' >> "$work/one/etc/passwd"
printf 'joe:x:1000:\nextra:x:7:joe\n' >> "$work/one/etc/group"
mkdir -p "$work/one/home/joe" "$work/one/opaque" "$work/one/dir" "$work/two/opaque"
echo mine > "$work/one/home/joe/file"
chown -R 1000:1000 "$work/one/home/joe"
echo gone > "$work/one/gone"
echo below > "$work/one/opaque/below"
echo kept > "$work/one/dir/kept"
: > "$work/two/.wh.gone"
: > "$work/two/opaque/.wh..wh..opq"
echo above > "$work/two/opaque/above"
for layer in one two; do
  tar -C "$work/$layer" --numeric-owner -cf - . | gzip > "$work/$layer.tar.gz"
done
layout "$work/image" rl:latest "$work/one.tar.gz" "$work/two.tar.gz"
tar -C "$work/image" -cf "$work/image.tar" .
chmod a+r "$work/image.tar"

# until_same WHAT EXPECTED COMMAND...: waits until that is the command's output.
until_same() {
  what=$1
  expected=$2
  shift 2
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    got=$("$@" 2> "$work/err")
    [ "$got" != "$expected" ] || break
    sleep 0.5
  done
  same "$what" "$expected" "$got"
}

# beside: the life of a container that runs beside its callers, for the user $u of the kind $kind.
beside() {
  show "$kind, beside: run -d" as_user "$u" run -d --name side rl \
    sh -c 'trap "exit 9" TERM; echo up; while ! [ -e /more ]; do sleep 0.1; done; echo more; while :; do sleep 0.1; done'
  until_same "$kind, beside: logs" up as_user "$u" logs side
  show "$kind, beside: ps" as_user "$u" ps --format '{{.Names}} {{.State}}'
  same "$kind, beside: it runs" "side running" "$out"
  show "$kind, beside: exec" as_user "$u" exec side sh -c 'echo $$ > /pid; id -u; cat /home/joe/file'
  same "$kind, beside: in its namespaces" "0 mine" "$(echo $out)"
  as_user "$u" exec side sh -c 'exit 6'
  same "$kind, beside: the status of exec" 6 $?
  show "$kind, beside: exec -d" as_user "$u" exec -d side sleep 321
  includes "$kind, beside: top" "$(as_user "$u" top side)" "sleep 321"
  # Its supervisor dies; who comes next takes over in the same user namespace.
  kill -9 "$(cut -d' ' -f1 "$store/supervisor/process")"
  show "$kind, beside: exec after the supervisor's death" as_user "$u" exec side touch /more
  until_same "$kind, beside: no output is lost" "up more" echo_logs "$u"
  show "$kind, beside: a foreground beside it" as_user "$u" run --name shown rl echo shown
  same "$kind, beside: is shown" shown "$out"
  same "$kind, beside: and kept" shown "$(as_user "$u" logs shown)"
  show "$kind, beside: stop" as_user "$u" stop side
  same "$kind, beside: its status is known to whom the kernel tells it" yes "$(
    case $(as_user "$u" inspect --format '{{.State.Status}} {{.State.ExitCode}}' side) in
      "exited 9" | "exited 255") echo yes ;;
    esac)"
  show "$kind, beside: start" as_user "$u" start side
  show "$kind, beside: rm -f" as_user "$u" rm -f side shown
  same "$kind, beside: no record and no layer is left" "" \
    "$(ls "$store/ns/default/containers" "$snapshots/active" 2> /dev/null | grep -v :)"
  same "$kind, beside: no process but the supervisor is left" "" \
    "$(ps -u "$u" -o stat=,args= | grep -v -e '^Z' -e SupervisorMain)"
}

echo_logs() { echo $(as_user "$1" logs side); }

# everything USER KIND: what both can do.
everything() {
  u=$1
  kind=$2
  store=$work/$u/.local/share/phyllo
  snapshots=$store/ns/default/snapshots/overlayfs

  show "$kind: load" as_user "$u" load -i "$work/image.tar" || return
  show "$kind: images" as_user "$u" images -q
  show "$kind: info" as_user "$u" info
  includes "$kind: info says rootless" "$(tr -s ' ' < "$work/out")" "Rootless: true"
  if ! grep -q '^overlayfs' "$store/snapshotter"; then
    skip "$kind: the rest" "no overlays here: $(cat "$store/snapshotter")"
    return
  fi
  same "$kind: a whiteout is a 0/0 device of the user's" \
    "character special file 0 0 $u" "$(stat -c '%F %t %T %U' "$snapshots/2/fs/gone")"

  show "$kind: run --network none" as_user "$u" run --rm --network none rl \
    sh -c 'id -u; ls -d /gone /opaque/*; ls /sys/class/net; echo x > /dev/null && cat /home/joe/file'
  same "$kind: whiteouts hold, devices work, there is only lo" \
    "0 /opaque/above lo mine" "$(echo $out)"
  show "$kind: run --network host" as_user "$u" run --rm --network host rl sh -c 'ls /sys/class/net'
  same "$kind: the host's interfaces are there" "$(ls /sys/class/net | tr '\n' ' ')" \
    "$(echo "$out" | tr '\n' ' ')"
  as_user "$u" run --rm --network host rl touch /sys/written 2> /dev/null
  same "$kind: /sys is read-only" 1 $?
  as_user "$u" run --rm rl sh -c 'exit 7'
  same "$kind: the exit status is the program's" 7 $?
  as_user "$u" run --rm rl nothing-of-that-name 2> /dev/null
  same "$kind: 127 without a program" 127 $?

  mkdir "$work/volume-$u"
  chmod 777 "$work/volume-$u"
  show "$kind: a volume" as_user "$u" run --rm -v "$work/volume-$u:/data" rl \
    sh -c 'echo written > /data/file; rm -r /opaque; mkdir /opaque; ls /opaque'
  same "$kind: a directory made anew is empty" "" "$out"
  same "$kind: what root inside writes is the user's" "written $u" \
    "$(cat "$work/volume-$u/file") $(stat -c %U "$work/volume-$u/file")"

  runuser -u "$u" -- env -i HOME="$work/$u" PATH="$PATH" PHYLLO_NO_BUILD=1 \
    ${JAVA_HOME:+"JAVA_HOME=$JAVA_HOME"} sh -c \
    'echo $$ > "$HOME/pid"; exec "$0" run --rm rl sh -c "trap \"exit 9\" TERM; echo up; while :; do sleep 1; done"' \
    "$work/app/phyllo" > "$work/out" 2>&1 &
  runner=$!
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    grep -q up "$work/out" && break
    sleep 1
  done
  kill -TERM "$(cat "$work/$u/pid")"
  wait "$runner"
  same "$kind: SIGTERM reaches the container" 9 $?

  beside
  show "$kind: a container is kept" as_user "$u" run --name kept rl \
    sh -c 'rm /dir/kept; echo new > /new; rm -r /opaque; mkdir /opaque; echo anew > /opaque/fresh'
  show "$kind: diff" as_user "$u" diff kept
  includes "$kind: diff names what is deleted" "$out" "D /dir/kept"
  show "$kind: commit" as_user "$u" commit kept changed
  show "$kind: run what was committed" as_user "$u" run --rm changed sh -c 'ls /dir /opaque; cat /new'
  same "$kind: the changes are in the image" "/dir: /opaque: fresh new" "$(echo $out)"
  show "$kind: save" as_user "$u" save -o "$work/$u/changed.tar" changed
  show "$kind: root loads what was saved" "$phyllo" load -i "$work/$u/changed.tar"
  show "$kind: root runs it" "$phyllo" run --rm changed sh -c 'ls -d /gone /dir/* /opaque/*; cat /new'
  same "$kind: and sees the same" "/opaque/fresh new" "$(echo $out)"

  same "$kind: unshare is root" 0 "$(as_user "$u" unshare id -u)"
  as_user "$u" unshare sh -c 'exit 5'
  same "$kind: unshare passes the exit status on" 5 $?
  same "$kind: run inside unshare" in \
    "$(as_user "$u" unshare sh -c '"$0" run --rm rl echo in' "$work/app/phyllo")"
  if as_user "$u" mount --help > /dev/null 2>&1; then
    as_user "$u" mount rl > /dev/null 2> "$work/err"
    same "$kind: mount outside is refused" 2 $?
    includes "$kind: with the way to do it" "$(cat "$work/err")" "phyllo unshare"
    same "$kind: mount inside unshare" "above" "$(as_user "$u" unshare sh -c \
      'd=$("$0" mount rl) && cat "$d/opaque/above" && "$0" umount rl > /dev/null' "$work/app/phyllo" 2>&1)"
  else
    skip "$kind: mount inside unshare" "there is no mount command"
  fi

  show "$kind: plain copies" as_user "$u" --snapshotter native run --rm rl \
    sh -c 'ls -d /gone /opaque/*; cat /home/joe/file'
  same "$kind: hold the same" "/opaque/above mine" "$(echo $out)"

  show "$kind: rm" as_user "$u" rm kept
  show "$kind: rmi" as_user "$u" rmi rl changed
  same "$kind: no blob and no snapshot is left" "" \
    "$(ls -d "$store"/ns/default/content/blobs/sha256/* "$snapshots"/[0-9]* 2> /dev/null)"
}

everything "$without" "without subordinate ids"
show "without subordinate ids: load says whose the files are" as_user "$without" load -i "$work/image.tar"
includes "without subordinate ids: it names the remedy" "$(cat "$work/err")" "--add-subuids"
as_user "$without" run --rm -u joe rl id 2> "$work/err"
same "without subordinate ids: another user is refused" 125 $?
includes "without subordinate ids: naming the reason" "$(cat "$work/err")" "user 1000:1000"

first=$(sed -n "s/^$with:\([0-9]*\):.*/\1/p" /etc/subuid 2> /dev/null | head -n 1)
if [ -z "$first" ] || ! have newuidmap || ! have newgidmap; then
  skip "with subordinate ids: everything" "needs newuidmap, newgidmap and a useradd that gives out /etc/subuid"
else
  everything "$with" "with subordinate ids"
  show "with subordinate ids: load again" as_user "$with" load -i "$work/image.tar"
  joe=$(find "$work/$with/.local/share/phyllo" -path '*/overlayfs/*/home/joe/file' -exec stat -c %u {} \;)
  same "with subordinate ids: user 1000 inside is one of them outside" $((first + 999)) "$joe"
  same "with subordinate ids: run as another user" "uid=1000(joe) gid=1000(joe) groups=7(extra),1000(joe)" \
    "$(as_user "$with" run --rm -u joe rl id)"
fi

# A file system without attributes cannot hold an overlay's upper directory.
mkdir "$work/ramfs"
if mount -t ramfs none "$work/ramfs" 2> /dev/null; then
  chmod 777 "$work/ramfs"
  if as_user "$without" --root "$work/ramfs/store" load -i "$work/image.tar" > "$work/out" 2> "$work/err"; then
    includes "where overlays cannot be mounted, native is chosen and said" "$(cat "$work/err")" "snapshotter native"
    show "and runs" as_user "$without" --root "$work/ramfs/store" run --rm rl sh -c 'ls -d /gone /opaque/*; true'
    same "with what is deleted deleted" "/opaque/above" "$(echo $out)"
  else
    not_ok "where overlays cannot be mounted, native is chosen" "$(tail -n 1 "$work/err")"
  fi
else
  skip "where overlays cannot be mounted, native is chosen and said" "cannot mount a ramfs"
fi

finish
