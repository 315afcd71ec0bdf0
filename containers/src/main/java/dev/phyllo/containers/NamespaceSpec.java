package dev.phyllo.containers;

import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which namespaces a container shares instead of having its own (namespaces(7)), and what it sets
 * in its own.
 *
 * @param pid whose processes it sees: empty for its own, {@link #HOST}, or {@code container:ID}
 * @param ipc whose shared memory, semaphores and queues it has, likewise; {@code /dev/shm} goes
 *     with it
 * @param hostUts whether its host name is the host's
 * @param hostCgroup whether it sees where in the host's tree its cgroup is
 * @param sysctls values below {@code /proc/sys}, by dotted name; only what belongs to namespaces of
 *     its own
 */
public record NamespaceSpec(
    String pid, String ipc, boolean hostUts, boolean hostCgroup, Map<String, String> sysctls) {
  /** The word for the host's namespace. */
  public static final String HOST = "host";

  /** What stands before the id of another container. */
  public static final String CONTAINER = "container:";

  /** All its own, and nothing set. */
  public static final NamespaceSpec OWN = new NamespaceSpec("", "", false, false, Map.of());

  private static final String[] OF_IPC = {
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced"
  };

  /** Keeps a copy, in order. */
  public NamespaceSpec {
    sysctls =
        sysctls.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(sysctls));
  }

  /** Whether anything but the user's and the network's namespace is another's. */
  public boolean isShared() {
    return !pid.isEmpty() || !ipc.isEmpty() || hostUts || hostCgroup;
  }

  /** The id of the container a word names; empty if it names none. */
  static String peer(String word) {
    return word.startsWith(CONTAINER) ? word.substring(CONTAINER.length()) : "";
  }

  /**
   * Refuses what would change the host, or another container, and not this one.
   *
   * @param hostNetwork whether its network is not its own
   * @throws UsageException naming the value
   */
  public void check(boolean hostNetwork) {
    for (Map.Entry<String, String> sysctl : sysctls.entrySet()) {
      String name = sysctl.getKey();
      boolean ofNetwork = name.startsWith("net.");
      boolean ofIpc = name.startsWith("fs.mqueue.");
      for (String known : OF_IPC) {
        ofIpc |= known.equals(name);
      }
      if (name.contains("/") || name.contains("..") || !ofNetwork && !ofIpc) {
        throw new UsageException(
            "--sysctl " + name,
            "no such value of a container's own",
            "net.*, fs.mqueue.* and those of System V IPC (kernel.shmmax, kernel.sem) are");
      }
      if (ofNetwork && hostNetwork || ofIpc && !ipc.isEmpty()) {
        throw new UsageException(
            "--sysctl " + name,
            "it would be set for all who share that namespace",
            ofNetwork ? "leave --network host out" : "leave --ipc out");
      }
    }
  }

  static NamespaceSpec fromJson(JsonObject o) {
    return new NamespaceSpec(
        o.string("pid").orElse(""),
        o.string("ipc").orElse(""),
        o.bool("hostUts").orElse(false),
        o.bool("hostCgroup").orElse(false),
        o.stringMap("sysctls"));
  }

  Json.Obj toJson() {
    JsonBuilder b = new JsonBuilder();
    if (!pid.isEmpty()) {
      b.put("pid", pid);
    }
    if (!ipc.isEmpty()) {
      b.put("ipc", ipc);
    }
    if (hostUts) {
      b.put("hostUts", true);
    }
    if (hostCgroup) {
      b.put("hostCgroup", true);
    }
    return b.putStringMap("sysctls", sysctls).build();
  }
}
