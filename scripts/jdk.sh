# Finds a JDK 25 or newer. Sourced by ./phyllo and ./check; plain POSIX sh.
#
#   find_jdk    sets JDK to the JDK's directory, or prints what to do and returns 1
#
# The version is read from the `release` file that every JDK carries: starting a JVM to ask it would
# cost more than the rest of the launcher together.

# is_jdk_25 DIR: is DIR a JDK (not a JRE: the first use compiles) of feature version 25 or newer?
is_jdk_25() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  while read -r jdk_line || [ -n "$jdk_line" ]; do
    case $jdk_line in
      JAVA_VERSION=*)
        jdk_version=${jdk_line#*=}
        jdk_version=${jdk_version#\"}
        jdk_version=${jdk_version%%[!0-9]*}
        [ -n "$jdk_version" ] && [ "$jdk_version" -ge 25 ]
        return
        ;;
    esac
  done < "$1/release"
  return 1
}

find_jdk() {
  if [ -n "${JAVA_HOME-}" ] && is_jdk_25 "$JAVA_HOME"; then
    JDK=$JAVA_HOME
    return 0
  fi
  if jdk_java=$(command -v java 2> /dev/null); then
    jdk_java=$(readlink -f -- "$jdk_java" 2> /dev/null || printf '%s' "$jdk_java")
    JDK=${jdk_java%/bin/java}
    if is_jdk_25 "$JDK"; then return 0; fi
  fi
  for JDK in /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* "${HOME:-/nonexistent}"/.sdkman/candidates/java/* \
    "${HOME:-/nonexistent}"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if is_jdk_25 "$JDK"; then return 0; fi
  done
  JDK=
  jdk_seen=${JAVA_HOME:+JAVA_HOME=$JAVA_HOME, }
  echo "phyllo: no JDK 25 or newer (looked at ${jdk_seen}java on PATH, /usr/lib/jvm/*): install one, for example" \
    "'apt-get install openjdk-25-jdk-headless', 'dnf install java-25-openjdk-devel', 'sdk install java 25-tem' or" \
    "https://adoptium.net, and set JAVA_HOME to it if it lies elsewhere" >&2
  return 1
}
