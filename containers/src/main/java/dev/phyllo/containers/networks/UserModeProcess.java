package dev.phyllo.containers.networks;

import dev.phyllo.linux.NamespaceInterface;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.Signals;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The process that carries a container's packets: written down by number, beginning and start of
 * the machine, so that anybody can end it who has the container's directory.
 */
public final class UserModeProcess {
  private static final long PATIENCE_MILLIS = 5_000;
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  private UserModeProcess() {}

  /**
   * What is written down when it works: section 5 of the CNI specification ("Success"), and the
   * process under a name of our own.
   *
   * @param servers where the container asks for names
   * @param host where it reaches the host; empty if nowhere
   */
  static Json.Obj result(
      int pid,
      Path namespace,
      Attachment a,
      NamespaceInterface i,
      List<String> servers,
      String host) {
    List<Json> ips = new ArrayList<>();
    for (String cidr : i.cidrs()) {
      JsonBuilder ip = new JsonBuilder().put("address", cidr).put("interface", 0);
      for (String gateway : i.gateways()) {
        if (gateway.indexOf(':') >= 0 == cidr.indexOf(':') >= 0) {
          ip.put("gateway", gateway);
        }
      }
      ips.add(ip.build());
    }
    Json.Obj link =
        new JsonBuilder()
            .put("name", a.interfaceName())
            .put("mac", i.mac())
            .put("sandbox", namespace.toString())
            .build();
    return new JsonBuilder()
        .put("cniVersion", NetworkRecord.CNI_VERSION)
        .put("interfaces", new Json.Array(List.of(link)))
        .put("ips", new Json.Array(ips))
        .put("dns", new JsonBuilder().put("nameservers", JsonBuilder.array(servers)).build())
        .put("phyllo", new JsonBuilder().put("host", host).put("process", named(pid)).build())
        .build();
  }

  /**
   * Ends it, whoever started it, and waits for its end. If it was never written down, because
   * whoever started it was killed just then, it is found by the namespace's name.
   *
   * @param directory the container's own directory
   */
  public static void end(Path directory, Attachment a) {
    if (a.result().isPresent()) {
      end(find(new JsonObject(a.result().get(), a.network())));
    } else {
      search(Attachments.namespace(directory).toString());
    }
    try {
      SlirpPorts.forget(directory);
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
  }

  /** The name of a process for all time. */
  static Json.Obj named(int pid) {
    return new JsonBuilder()
        .put("pid", pid)
        .put("startTicks", Pidfd.startTicks(pid))
        .put("bootId", bootId())
        .build();
  }

  private static @Nullable Pidfd find(JsonObject result) {
    return result.has("phyllo") && result.requireObject("phyllo").has("process")
        ? running(result.requireObject("phyllo").requireObject("process"))
        : null;
  }

  /** The process of a name; null if it has ended. The caller closes it. */
  static @Nullable Pidfd running(JsonObject process) {
    return process.requireString("bootId").equals(bootId())
        ? Pidfd.open(
            Math.toIntExact(process.requireNumber("pid")), process.requireNumber("startTicks"))
        : null;
  }

  static void end(@Nullable Pidfd process) {
    if (process != null) {
      try (process) {
        process.signal(Signals.KILL);
        process.waitFor(PATIENCE_MILLIS);
        process.reap();
      }
    }
  }

  private static void search(String namespace) {
    for (Pidfd process : Pidfd.withCommandLine(line -> isOurs(line, namespace))) {
      end(process);
    }
  }

  private static boolean isOurs(String line, String namespace) {
    int end = line.indexOf('\0');
    return line.startsWith("/")
        && line.contains("\0" + namespace + "\0")
        && UserMode.of(line.substring(line.lastIndexOf('/', end) + 1, end)).isPresent();
  }

  private static String bootId() {
    try {
      return Files.readString(BOOT_ID).strip();
    } catch (IOException e) {
      throw new SystemException(BOOT_ID.toString(), e);
    }
  }
}
