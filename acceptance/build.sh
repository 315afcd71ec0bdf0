# The articles' Containerfiles, built word for word, and what a build must be beyond them: cached by
# content, the same everywhere, silent about secrets, whole or not there. What the articles pull or
# install from the net is made here: bases of busybox, package tools that only leave a file.

. "${0%/*}/lib.sh"

for tool in tar find sort sha256sum unshare; do
  have "$tool" || skip_all "needs $tool" "the articles' Containerfiles build"
done
[ -n "$(static_busybox)" ] || skip_all "needs a statically linked busybox" "the articles' Containerfiles build"
why=$(why_no_run)

# --- the first article's: copies only, so no root is needed

WORKDIR=$work/demo
mkdir -p "$WORKDIR/build/base/bin" "$WORKDIR/build/base/data" "$WORKDIR/build/delta/data"
cp "$(static_busybox)" "$WORKDIR/build/base/bin/busybox"
for cmd in sh ls cat; do ln -sf busybox "$WORKDIR/build/base/bin/$cmd"; done
echo "hello from base" > "$WORKDIR/build/base/hello.txt"
echo "base config" > "$WORKDIR/build/base/data/config.txt"
echo "hello from delta" > "$WORKDIR/build/delta/hello.txt"
mknod "$WORKDIR/build/delta/data/.wh.config.txt" c 0 0 2> /dev/null \
  || : > "$WORKDIR/build/delta/data/.wh.config.txt"
cat > "$WORKDIR/Dockerfile" << 'EOF'
FROM scratch AS base
COPY build/base/ /

FROM base
COPY build/delta/ /
EOF
show "the first article's Dockerfile builds" "$phyllo" build -t handroll "$WORKDIR" || finish
show "history has its lines" "$phyllo" history handroll
includes "the last of them" "$out" "COPY build/delta/ /"
show "its layers are listed" "$phyllo" layers handroll
same "two layers" 2 "$(printf '%s\n' "$out" | grep -c 'COPY build')"
show "built again it is the same" "$phyllo" build -t handroll "$WORKDIR"
touch "$WORKDIR/build/base/hello.txt"
id=$out
show "and after touch, too" "$phyllo" build -t handroll "$WORKDIR"
same "by its id" "$id" "$out"
show "--explain says so" "$phyllo" build --explain --progress plain -t handroll "$WORKDIR"
includes "step by step" "$(cat "$work/err")" "hit: key"
echo "hello from another delta" > "$WORKDIR/build/delta/hello.txt"
show "a changed file is copied again" "$phyllo" build --explain --progress plain -t handroll "$WORKDIR"
includes "and why" "$(cat "$work/err")" "miss: the copied files changed"

# --- one digest in two stores at two times

export SOURCE_DATE_EPOCH=1700000000
show "with SOURCE_DATE_EPOCH" "$phyllo" build -t dated "$WORKDIR"
first=$out
cp -r "$WORKDIR" "$work/again"
find "$work/again" -exec touch -h {} +
show "another store and another checkout" "$phyllo" --root "$work/other-store" build -t dated "$work/again"
same "give the same image" "$first" "$out"
unset SOURCE_DATE_EPOCH

if [ -n "$why" ]; then
  skip_all "$why" "the articles' RUN instructions are executed" "secrets leave no trace" \
    "by hand it becomes the same image"
fi
show "run shows the upper layer's file" "$phyllo" run --rm handroll cat /hello.txt
same "as the delta has it" "hello from another delta" "$out"
if "$phyllo" run --rm handroll cat /data/config.txt > /dev/null 2>&1; then
  not_ok "the whiteout deletes" "data/config.txt is there"
else
  ok "the whiteout deletes"
fi

# --- bases in the place of those on the net

base() { # NAME: an image of busybox whose package tools leave a file
  busybox_root "$work/base"
  for applet in mkdir touch rm ln; do ln -sf busybox "$work/base/bin/$applet"; done
  mkdir -p "$work/base/usr/bin" "$work/base/var/www/html" "$work/base/var/lib/apt/lists"
  printf '#!/bin/sh\ncase $1 in update) echo index > /var/lib/apt/lists/index ;; install) echo "$@" > /nginx ;; esac\n' \
    > "$work/base/bin/apt-get"
  printf '#!/bin/sh\ncase $1 in add) printf "#!/bin/sh\\necho curl 8 \\$1\\n" > /usr/bin/curl; busybox chmod 755 /usr/bin/curl ;; esac\n' \
    > "$work/base/bin/apk"
  chmod 755 "$work/base/bin/apt-get" "$work/base/bin/apk"
  tar -C "$work/base" --sort=name --owner=0 --group=0 -cf "$work/base.tar" .
  "$phyllo" import --change 'CMD ["sh"]' "$work/base.tar" "$1" > /dev/null
  rm -rf "$work/base" "$work/base.tar"
}
for name in busybox ubuntu:22.04 alpine:latest; do base "$name"; done

# --- annie's and dasha's images

mkdir "$work/friends"
cat > "$work/friends/Dockerfile.annie" << 'EOF'
FROM busybox

RUN echo "hello from layer 2" > /hello.txt \
  && mkdir -p /data \
  && echo "layer2 config" > /data/config.txt

RUN echo "hello from layer 3" > /hello.txt \
  && echo "i only exist in layer 3" > /layer3.txt
EOF
cat > "$work/friends/Dockerfile.dasha" << 'EOF'
FROM busybox

RUN echo "hi dasha" > /hi-dasha.txt
EOF
cd "$work/friends" || exit 1
show "annie's image builds" "$phyllo" build -t annies-image -f Dockerfile.annie .
show "dasha's image builds" "$phyllo" build -t dashas-image -f Dockerfile.dasha .
show "annie's runs" "$phyllo" run --rm annies-image cat /hello.txt /layer3.txt
same "and has both layers" "hello from layer 3
i only exist in layer 3" "$out"
show "dasha's runs" "$phyllo" run --rm dashas-image cat /hi-dasha.txt
show "annie's layers" "$phyllo" layers --format '{{.Digest}}' annies-image
annie=$(printf '%s\n' "$out" | head -n 1)
show "dasha's layers" "$phyllo" layers --format '{{.Digest}}' dashas-image
same "they share the base" "$annie" "$(printf '%s\n' "$out" | head -n 1)"

# --- layers as lines

mkdir "$work/lines"
cd "$work/lines" || exit 1
cat > Dockerfile << 'EOF'
FROM ubuntu:22.04 # layer 1: ubuntu base
RUN apt-get update # layer 2: package index
RUN apt-get install -y nginx # layer 3: nginx
RUN echo "hello" > /var/www/html/index.html # layer 4: your content
EOF
show "a layer for each RUN" "$phyllo" build -t test-layers .
show "history shows them" "$phyllo" history --no-trunc test-layers
includes "by their lines" "$out" 'echo "hello" > /var/www/html/index.html'
cat > Dockerfile.optimized << 'EOF'
FROM ubuntu:22.04
RUN apt-get update && apt-get install -y nginx && rm -rf /var/lib/apt/lists/*
# One layer, no cache cruft
EOF
show "one layer for all" "$phyllo" build -t optimized -f Dockerfile.optimized .
if "$phyllo" run --rm optimized cat /var/lib/apt/lists/index > /dev/null 2>&1; then
  not_ok "what one RUN made and removed is nowhere" "the index is there"
else
  ok "what one RUN made and removed is nowhere"
fi

# --- the Containerfile of the anatomy, and the same by hand

mkdir "$work/anatomy"
cd "$work/anatomy" || exit 1
echo "setting=1" > config-file
cat > Containerfile << 'EOF'
# We have to start FROM somewhere. Another image? Or perhaps FROM SCRATCH
# FROM <base-image-name:tag@sha256:digest>
FROM alpine:latest

# Set up environment
# define environment variables
ENV IMAGE="curl"
# copy over configuration files or code bases
COPY ./config-file .
# Run any relevant commands
RUN apk update && apk add curl

# Define an entrypoint and the default commands to run
ENTRYPOINT ["/bin/sh"]
CMD ["-c", "/usr/bin/curl --version"]
EOF
show "the anatomy's Containerfile builds" "$phyllo" build -t container-image .
show "and runs its entrypoint with its command" "$phyllo" run --rm container-image
includes "that is curl" "$out" "curl 8 --version"

show "create makes a container" "$phyllo" create --name by-hand -e IMAGE=curl alpine sleep 600
show "cp puts a file into it" "$phyllo" cp ./config-file by-hand:/
show "start starts it" "$phyllo" start by-hand
show "exec runs commands in it" "$phyllo" exec by-hand sh -c 'apk update && apk add curl'
show "kill ends it" "$phyllo" kill by-hand
"$phyllo" wait by-hand > /dev/null 2>&1
mkdir "$work/mounted"
# looking COMMAND...: where the container or image $1 is mounted at $work/mounted.
cat > "$work/inside.sh" << 'EOF'
"$phyllo" mount $1 "$work/mounted" > /dev/null || exit 1
cd "$work/mounted" && shift && eval "$*"
status=$?
cd / && "$phyllo" umount "$work/mounted" > /dev/null
exit $status
EOF
looking() { phyllo="$phyllo" work="$work" unshare --mount sh "$work/inside.sh" "$@"; }
show "commit makes the image" "$phyllo" commit --change 'ENTRYPOINT ["/bin/sh"]' \
  --change 'CMD ["-c", "/usr/bin/curl --version"]' by-hand curl:alpine
listing='find . -mindepth 1 -printf "%y %m %U:%G %p %l\n" | sort; find . -type f -exec sha256sum {} + | sort'
show "the built tree is read" looking container-image "$listing"
built=$out
show "the tree by hand is read" looking curl:alpine "$listing"
same "by hand it becomes the same tree" "$built" "$out"
config='{{json .Config.Env}} {{json .Config.Entrypoint}} {{json .Config.Cmd}}'
show "the built config is read" "$phyllo" inspect --format "$config" container-image
built=$out
show "the config by hand is read" "$phyllo" inspect --format "$config" curl:alpine
same "and the same config" "$built" "$out"

# --- secrets, caches and failures

echo "s3cret-0xbadcafe" > "$work/token"
cat > Containerfile << 'EOF'
FROM busybox
RUN --mount=type=secret,id=token cat /run/secrets/token > /dev/null && echo used > /used
RUN --mount=type=cache,target=/cache echo more >> /cache/log && cat /cache/log > /log
EOF
show "a secret is mounted" "$phyllo" build --secret "id=token,src=$work/token" -t secretive .
if grep -rqs 0xbadcafe "$PHYLLO_ROOT"; then
  not_ok "secrets leave no trace" "$(grep -rls 0xbadcafe "$PHYLLO_ROOT" | head -n 1)"
else
  ok "secrets leave no trace"
fi
show "a cache stays" "$phyllo" build --no-cache --secret "id=token,src=$work/token" -t secretive .
show "for the next build" "$phyllo" run --rm secretive cat /log
same "with what was in it" "more
more" "$out"
printf 'FROM busybox\nRUN echo about to fail && false\n' > Containerfile
if "$phyllo" build --progress quiet -t failing . > "$work/out" 2> "$work/err"; then
  not_ok "a failing RUN fails the build" "it did not"
else
  includes "a failing RUN fails the build, with its last output" "$(cat "$work/err")" "about to fail"
  includes "and its line" "$(cat "$work/err")" "Containerfile:2"
fi
show "images are listed" "$phyllo" images
case $out in
  *failing*) not_ok "a failed build names nothing" "it is listed" ;;
  *) ok "a failed build names nothing" ;;
esac

# --- killed on its way

printf 'FROM busybox\nRUN echo one > /one\nRUN sleep 60\n' > Containerfile
"$phyllo" build --progress quiet -t killed . > /dev/null 2>&1 &
build=$!
tries=0
while [ "$tries" -lt 100 ] && ! grep -qs 'echo one' "$PHYLLO_ROOT"/ns/default/cache/build/steps/*.json; do
  sleep 0.1
  tries=$((tries + 1))
done
sleep 0.5
kill -9 "$build"
wait "$build" 2> /dev/null
printf 'FROM busybox\nRUN echo one > /one\nRUN echo two > /two\n' > Containerfile
show "a build that was killed is gone on with" "$phyllo" build --progress plain -t killed .
includes "from the step it came to" "$(cat "$work/err")" CACHED
show "what it left is collected" "$phyllo" gc
show "and nothing is wrong" "$phyllo" doctor
cd / || exit 1
finish
