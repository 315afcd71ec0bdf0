# Makes cli/target/dist, from which ./phyllo starts: the jars, the native object, AOT caches, and
# `launch`, which says how. Sourced by ./phyllo with $home and $dist set; plain POSIX sh. make_dist
# leaves the variables of dist/launch set.

make_dist() {
  . "$home/scripts/jdk.sh"
  if ! find_jdk; then return 1; fi
  if [ -r "$dist/launch" ] && ! { mkdir -p "$dist" && [ -w "$dist" ] && [ -w "$dist/launch" ]; } 2> /dev/null; then
    # Built by someone else, in a tree that is not ours to write: run it as it is.
    cannot_build
    return 0
  fi
  if ! mkdir -p "$dist" 2> /dev/null || [ ! -w "$dist" ]; then
    echo "phyllo: not built yet, and $dist cannot be written: run ./phyllo version once as its owner" >&2
    return 1
  fi
  # Two first uses at once: the second waits, then finds the work done.
  if command -v flock > /dev/null; then
    exec 9> "$dist/.lock"
    flock 9
  fi
  build_and_train
  status=$?
  exec 9>&-
  return $status
}

# What runs without a build: the JDK is looked for anew, the cache is used if it still fits.
cannot_build() {
  if sources_are_newer; then
    echo "phyllo: sources are newer than the build, which you may not write: running it as it is" >&2
  fi
  . "$dist/launch"
  if [ ! -x "$java" ]; then java=$JDK/bin/java; fi
}

build_and_train() {
  if [ ! -r "$dist/launch" ] || sources_are_newer; then
    if ! build; then return 1; fi
  elif . "$dist/launch" && [ "$java" = "$JDK/bin/java" ] && [ -x "$java" ] && [ -r "$dist/phyllo.aot" ]; then
    # Only JAVA_HOME changed, or another process was here first.
    write_launch
    return 0
  fi
  train
}

build() {
  if ! command -v mvn > /dev/null; then
    echo "phyllo: building needs Maven 3.8 or newer: 'apt-get install maven', 'dnf install maven' or https://maven.apache.org" >&2
    return 1
  fi
  if [ -r "$dist/launch" ]; then
    echo "building phyllo (sources changed)…" >&2
  else
    echo "building phyllo (first use)…" >&2
  fi
  # The way to start goes first: a build that is cut off leaves none, and is begun again next time.
  rm -rf "$dist/launch" "$dist/lib" "$dist/native"
  # The time of the build is its beginning: a file saved meanwhile is newer than it.
  : > "$dist/.begun"
  if ! (cd "$home" && JAVA_HOME=$JDK MAVEN_OPTS="${MAVEN_OPTS-} -XX:+UseSerialGC -XX:TieredStopAtLevel=1" \
    mvn -q -B -T 1C -Dquick -DskipTests -Dmaven.test.skip=true -Dspotless.skip=true package) \
    > "$dist/build.log" 2>&1 < /dev/null; then
    cat "$dist/build.log" >&2
    echo "phyllo: the build failed (log: $dist/build.log)" >&2
    return 1
  fi
}

# A cache holds classes, loaded and linked, and method profiles. phyllo.aot has what every command
# needs; each start pays some microseconds for each class in its cache, used or not, so the shortest
# commands have caches with little more than their own: run.aot, images.aot, brief.aot; what talks to
# registries has registry.aot, whose HTTP client the others are spared (see ./phyllo).
train() {
  set_launch
  # With them, answers about sources that nobody came to read.
  rm -f "$dist"/*.aot "$dist"/newer.*
  train_root=$(mktemp -d) || return 1
  # The first makes the store that the others work on; they can do that at the same time.
  train_one phyllo
  train_one run -XX:-AOTRecordTraining &
  train_one images -XX:-AOTRecordTraining
  wait $!
  train_one brief -XX:-AOTRecordTraining &
  train_one build -XX:-AOTRecordTraining
  wait $!
  train_one registry -XX:-AOTRecordTraining
  rm -rf "$train_root"
  write_launch
}

# train_one CACHE JVM_OPTION...: the cache of that name, from what Training does under that name.
train_one() {
  trained=$1
  shift
  # Its containers get no network: a build changes nothing of the machine's own.
  # shellcheck disable=SC2086
  PHYLLO_NETWORK=none "$java" $jvm_options "$@" -XX:AOTCacheOutput="$dist/$trained.aot" -Ddev.phyllo.native="$dist/native" \
    -cp "$class_path" dev.phyllo.cli.Training "$trained" "$train_root" > "$dist/train-$trained.log" 2>&1 < /dev/null \
    || echo "phyllo: could not train an AOT cache (log: $dist/train-$trained.log); starts will be slower" >&2
}

set_launch() {
  java=$JDK/bin/java
  class_path=$dist/lib/phyllo-cli.jar
  for jar in "$dist"/lib/*.jar; do
    case $jar in
      */phyllo-cli.jar) ;;
      *) class_path=$class_path:$jar ;;
    esac
  done
  # -Xlog:disable and -PrintWarnings: a stale or missing cache is the launcher's business, never the user's.
  # ArchiveRelocationMode=0: the cache is mapped where it was made to lie, so that its pages need not
  # be written to; elsewhere only if something is there already.
  jvm_options="-XX:+UseSerialGC -XX:-UsePerfData -Xlog:disable -XX:-PrintWarnings \
-XX:+IgnoreUnrecognizedVMOptions -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 \
--enable-native-access=ALL-UNNAMED"
}

# dist/launch names everything under $dist, so that a moved tree still starts. Replaced whole.
write_launch() {
  set_launch
  {
    echo "# Written by scripts/dist.sh."
    quote java "$java"
    quote built_for "${JAVA_HOME-}"
    echo reads_answer=1
    quote jvm_options "$jvm_options"
    # shellcheck disable=SC2016
    printf 'class_path=%s' '$dist/lib/phyllo-cli.jar'
    for jar in "$dist"/lib/*.jar; do
      case $jar in
        */phyllo-cli.jar) ;;
        *) printf ':%s' "\$dist/lib/${jar##*/}" ;;
      esac
    done
    echo
  } > "$dist/launch.new"
  if [ -e "$dist/.begun" ]; then touch -r "$dist/.begun" "$dist/launch.new"; fi
  mv "$dist/launch.new" "$dist/launch"
}

# quote NAME VALUE: an assignment that any POSIX shell reads back as VALUE.
quote() {
  printf "%s='" "$1"
  printf '%s' "$2" | sed "s/'/'\\\\''/g"
  printf "'\n"
}
