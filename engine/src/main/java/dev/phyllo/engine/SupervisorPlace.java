package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.Containers;
import dev.phyllo.containers.Networks;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.NamespaceDirs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the supervisor of a root is: its process, by number and beginning. An ordinary user's
 * commands join its user namespace, or after its death that of a container it has left.
 */
final class SupervisorPlace {
  private static final String PROCESS = "process";

  private SupervisorPlace() {}

  /** This process is the supervisor. */
  static void write(Path directory) {
    long pid = ProcessHandle.current().pid();
    String text = pid + " " + Pidfd.startTicks((int) pid) + "\n";
    DurableFiles.replace(
        directory.resolve(PROCESS), text.getBytes(StandardCharsets.US_ASCII), false);
  }

  /** A process that is where the containers of a root are; null if there is none. */
  static @Nullable Pidfd process(Path root) {
    Pidfd supervisor = supervisor(Supervisor.directory(root));
    if (supervisor != null && supervisor.hasEnded()) {
      supervisor.close();
      supervisor = null;
    }
    if (supervisor != null) {
      return supervisor;
    }
    // Looked for by its directory first: nearly nobody has one, and a start pays for every class.
    boolean bridges = Files.exists(root.resolve("networks").resolve("user"));
    Pidfd holder = bridges ? Networks.holder(root) : null;
    return holder != null ? holder : keeper(root);
  }

  private static @Nullable Pidfd supervisor(Path directory) {
    String text;
    try {
      text = Files.readString(directory.resolve(PROCESS));
    } catch (IOException e) {
      return null;
    }
    int blank = text.indexOf(' ');
    try {
      return Pidfd.open(
          Integer.parseInt(text.substring(0, Math.max(blank, 0))),
          Long.parseLong(text.substring(blank + 1).strip()));
    } catch (NumberFormatException e) {
      throw new SystemException(directory.resolve(PROCESS).toString(), "damaged", "remove it", e);
    }
  }

  private static @Nullable Pidfd keeper(Path root) {
    for (String namespace : NamespaceDirs.list(root)) {
      Containers containers =
          Phyllo.open(EngineOptions.at(root).withNamespace(namespace)).containers();
      for (Container c : containers.list()) {
        try {
          Pidfd keeper = containers.processes().keeper(c);
          if (keeper != null) {
            return keeper;
          }
        } catch (PhylloException _) {
          // Another may be readable.
        }
      }
    }
    return null;
  }
}
