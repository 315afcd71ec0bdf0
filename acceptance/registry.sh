# A registry on loopback: pull, push, copy, sync, look, sign, delete; a pull that is killed goes on; a
# registry that wants a password.

. "${0%/*}/lib.sh"

if ! have docker-registry; then
  skip_all "needs docker-registry" "images travel between the store and a registry"
fi
if [ -z "$(static_busybox)" ]; then
  skip_all "needs a statically linked busybox" "images travel between the store and a registry"
fi

registry_pids=
end_registries() {
  for pid in $registry_pids; do kill "$pid" 2> /dev/null; done
  clean_up
}
trap end_registries EXIT

# start_registry PORT DIR [SECTIONS]
start_registry() {
  mkdir -p "$2"
  {
    echo "version: 0.1"
    echo "log: {level: error, accesslog: {disabled: true}}"
    echo "storage: {filesystem: {rootdirectory: $2/data}, delete: {enabled: true}}"
    echo "http: {addr: '127.0.0.1:$1'}"
    printf '%s' "${3-}"
  } > "$2/config.yml"
  docker-registry serve "$2/config.yml" > "$2/log" 2>&1 &
  registry_pids="$registry_pids $!"
  tries=0
  while ! "$phyllo" tags "127.0.0.1:$1/nothing" 2>&1 | grep -q "no such repository\|refuses" && [ $tries -lt 20 ]; do
    tries=$((tries + 1))
    sleep 0.2
  done
}

port=$((21000 + $$ % 20000))
host=127.0.0.1:$port
start_registry "$port" "$work/registry"
DOCKER_CONFIG=$work/docker
XDG_CONFIG_HOME=$work/config
export DOCKER_CONFIG XDG_CONFIG_HOME
unset REGISTRY_AUTH_FILE

root=$work/rootfs
busybox_root "$root"
mkdir -p "$work/two/etc"
echo "second layer" > "$work/two/etc/second"
tar -C "$root" --owner=0 --group=0 --numeric-owner -czf "$work/one.tar.gz" .
tar -C "$work/two" --owner=0 --group=0 --numeric-owner -czf "$work/two.tar.gz" .
layout "$work/oci" app:latest "$work/one.tar.gz" "$work/two.tar.gz"
digest=$manifest
layer_digest=$layer
why=$(why_no_run)

# --- in and out

show "a layout is copied to a registry" "$phyllo" copy "oci:$work/oci:app:latest" "docker://$host/app:1"
includes "copy says the digest, which is the same" "$out" "$digest"
show "an image is pulled" "$phyllo" pull "$host/app:1"
includes "pull says the digest" "$out" "$digest"
includes "and that it is new" "$out" "Downloaded newer image"
show "pulled again it is up to date" "$phyllo" pull "$host/app:1"
includes "and says so" "$out" "up to date"
if [ -n "$why" ]; then
  skip "what was pulled runs" "$why"
elif show "what was pulled runs" "$phyllo" run --rm --network none "$host/app:1" cat /etc/second; then
  same "with the files of its last layer" "second layer" "$out"
fi
show "it is pushed under another name" "$phyllo" push "$host/app:1" "$host/team/app:2"
includes "and nothing is sent, for the registry has it" "$out" "0 sent"
show "the tags are listed" "$phyllo" tags "$host/team/app"
same "and are what was pushed" 2 "$out"
"$phyllo" tag "$host/app:1" "$host/many:1" && "$phyllo" tag "$host/app:1" "$host/many:2"
show "every tag of a repository is pushed" "$phyllo" push -q -a "$host/many"
show "and every tag is pulled" "$phyllo" --root "$work/all" pull -q -a --no-unpack "$host/many"
same "both of them" "$host/many:1 $host/many:2" "$(printf '%s' "$out" | sort | tr '\n' ' ' | sed 's/ $//')"
rm -rf "$work/all"
show "the image is inspected in the registry" "$phyllo" inspect --format '{{.Digest}}' "docker://$host/team/app:2"
same "and has the same digest" "$digest" "$out"
"$phyllo" inspect --raw "docker://$host/app:1" > "$work/raw"
same "inspect --raw gives the manifest byte for byte" "${digest#sha256:}" "$(sha256 "$work/raw")"
show "an image is verified in the registry" "$phyllo" --root "$work/none" verify "docker://$host/app:1"
if [ -e "$work/none/ns" ]; then
  not_ok "and nothing of it is kept" "there is $work/none/ns"
else
  ok "and nothing of it is kept"
fi

# --- every place

for place in "oci:$work/c/layout:x" "oci-archive:$work/c/a.tar:x" "docker-archive:$work/c/d.tar:x:1" "dir:$work/c/dir" \
  "phyllo:copied:1" "docker://$host/copied:1"; do
  mkdir -p "$work/c"
  kind=${place%%:*}
  show "copied from a registry to $kind" "$phyllo" copy -q "docker://$host/app:1" "$place"
  same "$kind keeps the digest" "$digest" "$out"
  show "copied from $kind back" "$phyllo" copy -q "$place" "docker://$host/back/$kind:1"
  same "$kind gives the digest back" "$digest" "$out"
done
if have skopeo; then
  show "skopeo reads what we wrote to a registry" skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$host/copied:1"
  same "and sees the digest" "$digest" "$out"
  show "skopeo copies to a registry" skopeo copy -q --insecure-policy --dest-tls-verify=false "oci:$work/oci:app:latest" "docker://$host/skopeo:1"
  show "and we pull that" "$phyllo" pull -q "$host/skopeo:1"
else
  skip "skopeo reads what we wrote to a registry" "needs skopeo"
fi
show "a docker manifest with zstd layers is refused" sh -c "! $phyllo copy --format v2s2 --dest-compress-format zstd docker://$host/app:1 docker://$host/x:1"
show "an image is converted to docker's format" "$phyllo" copy -q --format v2s2 "docker://$host/app:1" "docker://$host/v2:1"
show "and to zstd" "$phyllo" copy -q --dest-compress-format zstd "docker://$host/app:1" "docker://$host/zstd:1"
show "which is pulled and verified" "$phyllo" pull -q "$host/zstd:1"
show "level by level" "$phyllo" verify -q "$host/zstd:1"

# --- sync

printf '# a list\n%s/app:1\n%s/team/app # all tags\n' "$host" "$host" > "$work/list"
show "a list is synchronised" "$phyllo" sync -i "$work/list" "docker://$host/mirror"
includes "and says what it copied" "$out" "copied    $host/team/app:2 to $host/mirror/team/app:2"
show "again, it finds everything there" "$phyllo" sync -i "$work/list" "docker://$host/mirror"
same "and copies nothing" "" "$(printf '%s' "$out" | grep copied)"
show "to a directory" "$phyllo" sync -i "$work/list" "dir:$work/synced"
show "what is there is an OCI layout" "$phyllo" load --no-unpack --base-name x -i "$work/synced/$(printf '%s' "$host" | tr : _)/app"

# --- signatures

mkdir -p "$work/sig/blobs/sha256"
printf 'a signature' > "$work/payload"
put_blob "$work/sig" "$work/payload"
payload=$digest
payload_size=$size
printf '{}' > "$work/empty"
put_blob "$work/sig" "$work/empty"
printf '{"imageLayoutVersion":"1.0.0"}' > "$work/sig/oci-layout"
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"application/x-signature","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"%s","size":2},"layers":[{"mediaType":"application/x-payload","digest":"%s","size":%s}],"subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":%s}}' \
  "$digest" "$payload" "$payload_size" "sha256:$(sha256 "$work/raw")" "$(wc -c < "$work/raw" | tr -d ' ')" > "$work/signature.json"
put_manifest "$work/sig" sig "$work/signature.json"
show "a signature is copied to the registry" "$phyllo" copy "oci:$work/sig:sig" "docker://$host/app:signature"
show "it is listed as a referrer" "$phyllo" referrers --format '{{.ArtifactType}}' "$host/app:1"
same "with its type" "application/x-signature" "$out"
show "and copied with the image" "$phyllo" copy --referrers "docker://$host/app:1" "docker://$host/signed:1"
show "where it is listed again" "$phyllo" referrers --format '{{.Digest}}' "$host/signed:1"
same "by the same digest" "$manifest" "$out"

# --- delete

show "an image is deleted" "$phyllo" delete "docker://$host/mirror/app:1"
show "and gone" sh -c "! $phyllo inspect docker://$host/mirror/app:1"

# --- a pull that is killed goes on

head -c 40000000 /dev/urandom > "$work/two/big"
tar -C "$work/two" --owner=0 --group=0 --numeric-owner -czf "$work/big.tar.gz" .
layout "$work/oci2" big:latest "$work/one.tar.gz" "$work/big.tar.gz"
show "a large image is copied to the registry" "$phyllo" copy -q "oci:$work/oci2" "docker://$host/big:1"
for seconds in 0.6 0.8 1.0 1.2; do
  timeout -s KILL "$seconds" "$phyllo" --root "$work/killed" pull "$host/big:1" > "$work/out" 2>&1
done
show "a pull that was killed four times succeeds" "$phyllo" --root "$work/killed" pull -q "$host/big:1"
show "and what it brought is whole" "$phyllo" --root "$work/killed" verify -q "$host/big:1"
show "nothing is left to collect" "$phyllo" --root "$work/killed" gc
show "and the store is sound" "$phyllo" --root "$work/killed" doctor

# --- passwords, mirrors, blocks

secured=$((port + 1))
# bcrypt of "secret"
# shellcheck disable=SC2016
printf 'me:%s\n' '$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a' > "$work/htpasswd"
start_registry "$secured" "$work/secured" "auth: {htpasswd: {realm: here, path: $work/htpasswd}}
"
show "without a password the registry refuses" sh -c "! $phyllo copy phyllo:copied:1 docker://127.0.0.1:$secured/app:1"
show "a wrong password is refused" sh -c "! echo wrong | $phyllo login -u me --password-stdin 127.0.0.1:$secured"
show "login keeps the right one" sh -c "echo secret | $phyllo login -u me --password-stdin 127.0.0.1:$secured"
show "and it is used" "$phyllo" copy -q "phyllo:copied:1" "docker://127.0.0.1:$secured/app:1"
show "logout forgets it" "$phyllo" logout "127.0.0.1:$secured"
show "and the registry refuses again" sh -c "! $phyllo tags 127.0.0.1:$secured/app"
mkdir -p "$work/bin" "$DOCKER_CONFIG"
cat > "$work/bin/docker-credential-paper" << HELPER
#!/bin/sh
case \$1 in
  get) if [ -e "$work/paper" ]; then cat "$work/paper"; else echo 'credentials not found in native keychain'; exit 1; fi ;;
  store) cat > "$work/paper" ;;
  erase) rm -f "$work/paper" ;;
esac
HELPER
chmod +x "$work/bin/docker-credential-paper"
printf '{"credHelpers":{"127.0.0.1:%s":"paper"}}' "$secured" > "$DOCKER_CONFIG/config.json"
show "a credential helper keeps the password" sh -c "echo secret | PATH=$work/bin:\$PATH $phyllo login -u me --password-stdin 127.0.0.1:$secured"
includes "and the file does not" "$(cat "$DOCKER_CONFIG/config.json" "$work/paper")" '"Secret":"secret"'
same "not at all" "" "$(grep -o auth "$DOCKER_CONFIG/config.json")"
show "the helper is asked" sh -c "PATH=$work/bin:\$PATH $phyllo tags 127.0.0.1:$secured/app"
show "and forgets" sh -c "PATH=$work/bin:\$PATH $phyllo logout 127.0.0.1:$secured"
show "--creds says it once" "$phyllo" tags --creds me:secret "127.0.0.1:$secured/app"
mkdir -p "$XDG_CONFIG_HOME/phyllo"
printf '{"registries":{"origin.invalid":{"mirrors":["%s"]},"bad.invalid":{"blocked":true}}}' "$host" > "$XDG_CONFIG_HOME/phyllo/registries.json"
show "a mirror stands in for a registry" "$phyllo" pull -q "origin.invalid/app:1"
"$phyllo" pull bad.invalid/app > "$work/out" 2> "$work/err"
includes "a blocked registry is refused with the reason" "$(cat "$work/err")" "blocked by the configuration"

finish
