package dev.phyllo.containers.networks;

import dev.phyllo.linux.Companion;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.NamespaceInterface;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.UserNamespace;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Connects a container's network namespace by a {@link UserMode} program, which works as long as
 * the container runs.
 */
public final class UserModeNetwork {
  private static final long PATIENCE_MILLIS = 30_000;
  private static final String READY = "network-ready";

  /** Not the default size of Ethernet frames: nothing but memory is between both ends. */
  private static final String MTU = "65520";

  private final UserMode mode;
  private final Path directory;
  private final boolean tied;
  private final StepListener steps;

  /**
   * The network of a container that is not started yet.
   *
   * @param directory the container's own directory, where its namespace has its name
   * @param tied whether the program is killed when the calling thread ends
   */
  public UserModeNetwork(UserMode mode, Path directory, boolean tied, StepListener steps) {
    this.mode = mode;
    this.directory = directory;
    this.tied = tied;
    this.steps = steps;
  }

  /**
   * Starts the program and waits until the interface has its addresses and the ports are open.
   *
   * @param a what has been written down of it
   * @return in the form that CNI plugins answer in, and what {@link UserModeProcess} needs
   * @throws SystemException with what the program said
   */
  public Json.Obj start(Attachment a, String mac) {
    if (!UserNamespace.current().isNested()) {
      throw new UnsupportedException(
          "--network " + mode.word(), "it is for users other than root", "use --network bridge");
    }
    for (PortMapping port : a.ports()) {
      if (port.protocol().equals("sctp")) {
        throw new UsageException(
            "-p " + port.outside() + ":" + port.inside(),
            mode.word() + " carries tcp and udp only",
            "leave it out");
      }
    }
    String program = mode.require();
    return switch (mode) {
      case PASTA -> pasta(program, a, mac);
      case SLIRP4NETNS -> slirp(program, a, mac);
    };
  }

  private Json.Obj pasta(String program, Attachment a, String mac) {
    List<String> arguments =
        PastaArguments.of(
            a.ports(), mac, READY, Attachments.namespace(directory).toString(), a.interfaceName());
    List<String> withHost = new ArrayList<>(arguments);
    withHost.addAll(0, PastaArguments.HOST);
    String host = PastaArguments.HOST.getLast();
    try (Companion pasta = startPasta(program, withHost)) {
      if (pasta != null) {
        return result(pasta, a, List.of(PastaArguments.DNS), host);
      }
    }
    try (Companion pasta = startPasta(program, arguments)) {
      if (pasta == null) {
        throw new SystemException(
            mode.word(),
            "knows none of our options",
            "install a newer pasta or slirp4netns",
            Errno.EINVAL);
      }
      return result(pasta, a, List.of(PastaArguments.DNS), "");
    }
  }

  /** Null if it is too old for one of the options. */
  private @Nullable Companion startPasta(String program, List<String> arguments) {
    Path ready = directory.resolve(READY);
    delete(ready);
    FileCalls.mknodat(Fd.CWD, bytes(ready), Stat.FIFO | 0600, 0);
    try (Fd reader = FileCalls.open(ready.toString(), Open.RDONLY | Open.NONBLOCK)) {
      Companion pasta =
          Companion.start(program, arguments, directory.toString(), tied, null, steps);
      String said = failure(pasta, reader);
      if (said == null) {
        return pasta;
      }
      pasta.close();
      if (said.contains(PastaArguments.HOST.getFirst())
          && arguments.containsAll(PastaArguments.HOST)) {
        return null;
      }
      throw failed(said);
    } finally {
      delete(ready);
    }
  }

  private Json.Obj slirp(String program, Attachment a, String mac) {
    List<String> arguments =
        SlirpPorts.arguments(mac, Attachments.namespace(directory).toString(), a, MTU);
    try (Companion slirp = startSlirp(program, arguments)) {
      try {
        new SlirpPorts(directory).open(a.ports());
        return result(slirp, a, List.of(SlirpPorts.DNS), "");
      } catch (RuntimeException e) {
        slirp.end();
        throw e;
      }
    }
  }

  /** Starts slirp4netns for a namespace that is more than one container's, with its socket. */
  int serve(Path namespace) {
    List<String> arguments = SlirpPorts.arguments("", namespace.toString(), "tap0", true, MTU);
    try (Companion slirp = startSlirp(mode.require(), arguments)) {
      return slirp.pid();
    }
  }

  private Companion startSlirp(String program, List<String> arguments) {
    Fd[] pipe = FileData.pipe(Open.NONBLOCK);
    try (Fd reader = pipe[0]) {
      Companion slirp;
      try (Fd writer = pipe[1]) {
        slirp = Companion.start(program, arguments, directory.toString(), tied, writer, steps);
      }
      String said = failure(slirp, reader);
      if (said != null) {
        slirp.close();
        throw failed(said);
      }
      return slirp;
    }
  }

  /** What it said if it ended before it was ready, or is not ready in time; null if it is. */
  private @Nullable String failure(Companion companion, Fd ready) {
    boolean inTime = companion.await(ready, PATIENCE_MILLIS);
    if (inTime && FileData.tryRead(ready, new byte[16], 0, 16) > 0) {
      return null;
    }
    String said = companion.said();
    companion.end();
    said = said + "\n" + companion.said();
    return said.isBlank() ? "ended without a word, or was not ready in time" : said;
  }

  private SystemException failed(String said) {
    StringBuilder text = new StringBuilder();
    int from = 0;
    while (from < said.length() && text.length() < 400) {
      int end = said.indexOf('\n', from);
      String line = said.substring(from, end < 0 ? said.length() : end).strip();
      if (!line.isEmpty() && !line.endsWith("bytes to syslog")) {
        text.append(text.isEmpty() ? "" : "; ").append(line);
      }
      from = end < 0 ? said.length() : end + 1;
    }
    return new SystemException(
        "network " + mode.word(),
        text.toString(),
        "what it says is explained in " + mode.word() + "(1)",
        0);
  }

  private Json.Obj result(Companion companion, Attachment a, List<String> servers, String host) {
    try {
      Path namespace = Attachments.namespace(directory);
      NamespaceInterface i = NamespaceInterface.of(namespace, a.interfaceName());
      String reached = host.isEmpty() ? HostRoutes.addressBeside(i.cidrs()) : host;
      return UserModeProcess.result(companion.pid(), namespace, a, i, servers, reached);
    } catch (RuntimeException e) {
      companion.end();
      throw e;
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  private static byte[] bytes(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8);
  }
}
