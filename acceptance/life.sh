# A day with containers that run beside their callers, typed as a user of docker would: started, looked
# into, entered, stopped, started again, killed, removed; what is written is in the upper directory, is
# gone with the container, and stays in a volume; the host sees the container's root below /proc.

. "${0%/*}/lib.sh"

what="containers beside their callers"
[ -n "$(static_busybox)" ] || skip_all "needs a statically linked busybox" "$what"
why=$(why_no_run)
[ -z "$why" ] || skip_all "$why" "$what"

docker() { "$phyllo" "$@"; }

# Ends what a failing run may have left, before its store goes.
trap 'docker ps -aq 2> /dev/null | while read -r id; do docker rm -f "$id" > /dev/null 2>&1; done; clean_up' EXIT

busybox_root "$work/root"
for applet in chroot httpd mkdir readlink stty touch wc; do ln -sf busybox "$work/root/bin/$applet"; done
tar -C "$work/root" -cf "$work/root.tar" .
show "an image is imported" docker import --change 'CMD ["sh"]' "$work/root.tar" box

# --- started, entered, looked at

show "run -d prints an id" docker run -d --name test --network none box sleep 3600
same "the id has 64 digits" 64 "$(printf %s "$out" | wc -c | tr -d ' ')"
show "exec writes a file" docker exec test sh -c "echo 'hello' > /root/test.txt"
upper=$(docker inspect --format '{{.GraphDriver.Data.UpperDir}}' test)
same "the file is in the upper directory" hello "$(cat "$upper/root/test.txt" 2>&1)"
pid=$(docker inspect --format '{{.State.Pid}}' test)
same "the host sees the container's root by /proc" hello "$(cat "/proc/$pid/root/root/test.txt" 2>&1)"
same "exec sees what the host sees there" "$(ls "/proc/$pid/root/")" "$(docker exec test ls /)"
same "exec's status is its command's" 7 "$(docker exec test sh -c 'exit 7'; echo $?)"
same "exec -w, -u and -e" "/tmp 0 x" "$(docker exec -w /tmp -u 0 -e A=x test sh -c 'echo $(pwd) $(id -u) $A')"
includes "ps shows it" "$(docker ps)" 'Up '
includes "top shows its process" "$(docker top test)" 'sleep 3600'
includes "stats shows it" "$(docker stats --no-stream test)" test

# --- what is outside stays outside

secret=$work/secret
echo precious > "$secret"
escape='mkdir -p /tmp/jail && cd / && chroot /tmp/jail true 2>/dev/null; i=0; while [ $i -lt 30 ]; do cd ..; i=$((i+1)); done; cat '"$secret"' 2>&1'
includes "no way up leads out of the root" "$(docker exec test sh -c "$escape")" "No such file"

# --- stopped, started, killed, removed

same "stop prints its name" test "$(docker stop -t 1 test)"
includes "it has exited" "$(docker ps -a --filter name=test)" 'Exited (137)'
same "start prints its name" test "$(docker start test)"
same "what was written is still there" hello "$(docker exec test cat /root/test.txt)"
same "it has another process" running "$(docker inspect --format '{{.State.Status}}' test)"
same "kill prints its name" test "$(docker kill test)"
same "rm prints its name" test "$(docker rm test)"
same "its upper directory is gone" no "$([ -e "$upper" ] && echo yes || echo no)"
same "nothing of it is mounted" 0 "$(grep -c "$work" /proc/self/mountinfo)"

# --- output is kept, by line, stream and time

show "a container writes" docker run -d --name talk --network none box sh -c 'echo one; sleep 1; echo two; echo three >&2'
same "wait prints its status" 0 "$(docker wait talk)"
same "logs has standard output" "one two" "$(docker logs talk 2> /dev/null | tr '\n' ' ' | sed 's/ $//')"
same "logs has standard error" three "$(docker logs talk 2>&1 > /dev/null)"
same "logs --tail" 1 "$(docker logs --tail 1 talk 2>&1 | wc -l | tr -d ' ')"
stamp=$(docker logs -t talk 2> /dev/null | sed -n '1s/ .*//p')
same "logs --since a line's time begins after it" two "$(docker logs --since "$(docker logs -t talk 2> /dev/null | sed -n '2s/ .*//p')" talk 2> /dev/null)"
includes "a stamp is a time" "$stamp" T
docker rm talk > /dev/null

# --- a volume outlives its containers

show "a container writes into a volume" docker run --rm --network none -v data:/data box sh -c 'echo kept > /data/file'
same "another reads it" kept "$(docker run --rm --network none -v data:/data:ro box cat /data/file)"

# --- restart policies

show "a container that fails is started again" docker run -d --name again --restart on-failure:2 --network none box sh -c 'echo try; exit 3'
same "it ends when its policy does" 3 "$(docker wait again)"
same "it was tried three times" 3 "$(docker logs again | wc -l | tr -d ' ')"
docker rm again > /dev/null

# --- an image of one program and nothing else

mkdir -p "$work/empty"
cp "$(static_busybox)" "$work/empty/busybox"
tar -C "$work/empty" -cf "$work/empty.tar" .
show "an image with one static program" docker import --change 'ENTRYPOINT ["/busybox"]' "$work/empty.tar" alone
same "it runs with nothing beside it" alone "$(docker run --rm --network none alone echo alone)"
show "and beside its caller" docker run -d --name alone --network none alone sleep 100
same "its root has what the engine put there, and it" "busybox dev etc proc sys" "$(docker exec alone /busybox ls / | tr '\n' ' ' | sed 's/ $//')"
show "rm -f ends and removes it" docker rm -f alone

# --- names and ids, several at once

a=$(docker create --network none box sleep 100)
b=$(docker create --name bee --network none box sleep 100)
same "start takes ids, their beginnings and names" "$(printf '%s\n%s' "$(printf %.12s "$a")" bee)" "$(docker start "$(printf %.12s "$a")" bee)"
same "ps -q prints both, the newest first" "$(printf '%.12s\n%.12s' "$b" "$a")" "$(docker ps -q)"
same "one that is missing is an error for it alone" 1 "$(docker stop -t 0 bee nosuch > /dev/null 2>&1; echo $?)"
show "rm -f takes the rest" docker rm -f bee "$a"
same "none is left" "" "$(docker ps -aq)"

finish
