package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.Containers;
import dev.phyllo.containers.NamespaceSpec;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Which namespaces the caller of {@code run} wants a container to share, by docker's words. */
public final class NamespaceRequest {
  private String pid = "";
  private String ipc = "";
  private boolean hostUts;
  private boolean hostCgroup;
  private final Map<String, String> sysctls = new LinkedHashMap<>();

  NamespaceRequest() {}

  /** Whose processes it sees: {@code host}, {@code container:NAME}, or {@code private}. */
  public NamespaceRequest pid(String word) {
    pid = checked("--pid", word, "");
    return this;
  }

  /** Whose shared memory it has: as for {@link #pid}, and {@code shareable}, as all are. */
  public NamespaceRequest ipc(String word) {
    ipc = checked("--ipc", word, "shareable");
    return this;
  }

  /** Whose host name it has: {@code host} or {@code private}. */
  public NamespaceRequest uts(String word) {
    hostUts = isHost("--uts", word);
    return this;
  }

  /** Whether it sees the host's cgroups above its own: {@code host} or {@code private}. */
  public NamespaceRequest cgroup(String word) {
    hostCgroup = isHost("--cgroupns", word);
    return this;
  }

  /** A value of its own below {@code /proc/sys}, as {@code NAME=VALUE} with dots in the name. */
  public NamespaceRequest sysctl(String assignment) {
    int equals = assignment.indexOf('=');
    if (equals <= 0) {
      throw new UsageException(
          "--sysctl " + assignment, "not NAME=VALUE", "such as net.core.somaxconn=1024");
    }
    sysctls.put(assignment.substring(0, equals), assignment.substring(equals + 1));
    return this;
  }

  private static boolean isHost(String option, String word) {
    String checked = checked(option, word, "");
    if (checked.startsWith(NamespaceSpec.CONTAINER)) {
      throw new UsageException(option + " " + word, "cannot be another container's", "use host");
    }
    return !checked.isEmpty();
  }

  private static String checked(String option, String word, String other) {
    if (word.isEmpty() || word.equals("private") || word.equals(other)) {
      return "";
    }
    String prefix = NamespaceSpec.CONTAINER;
    if (word.equals(NamespaceSpec.HOST)
        || word.startsWith(prefix) && word.length() > prefix.length()) {
      return word;
    }
    throw new UsageException(
        option + " " + word, "no such kind of namespace", "use private, host or container:NAME");
  }

  /** Finds the containers that it names, and what their own are. */
  void resolve(Containers containers, NetworkRequest network) {
    pid = resolved("--pid", pid, containers);
    ipc = resolved("--ipc", ipc, containers);
    if (hostUts) {
      network.hostnameOfHost(hostName());
    }
  }

  private static String resolved(String option, String word, Containers containers) {
    if (!word.startsWith(NamespaceSpec.CONTAINER)) {
      return word;
    }
    Container peer = containers.require(word.substring(NamespaceSpec.CONTAINER.length()));
    if (peer.spec().security().users().isPresent()) {
      throw new ConflictException(
          option + " " + word, "that container has users of its own (--user-ns)", "name another");
    }
    NamespaceSpec theirs = peer.spec().security().namespaces();
    String same = option.equals("--pid") ? theirs.pid() : theirs.ipc();
    return same.isEmpty() ? NamespaceSpec.CONTAINER + peer.id() : same;
  }

  private static String hostName() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return "localhost";
    }
  }

  NamespaceSpec spec() {
    return new NamespaceSpec(pid, ipc, hostUts, hostCgroup, sysctls);
  }
}
