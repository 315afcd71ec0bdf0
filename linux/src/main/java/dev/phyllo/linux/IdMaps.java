package dev.phyllo.linux;

import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The two maps that make a user namespace what it is; user_namespaces(7).
 *
 * @param uids its users
 * @param gids its groups
 */
public record IdMaps(IdMap uids, IdMap gids) {
  /**
   * Maps the ids of a process that has just got a user namespace. Only root of the machine may map
   * ids that are not his own.
   */
  public void apply(int pid) {
    write(pid, "uid_map", uids);
    write(pid, "gid_map", gids);
  }

  private static void write(int pid, String file, IdMap map) {
    Path path = Path.of("/proc/" + pid + "/" + file);
    try {
      // The kernel takes a map in one call, and only once.
      byte[] text = map.toFile().getBytes(StandardCharsets.US_ASCII);
      Files.write(path, text, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new SystemException(
          "the ids " + map,
          "the kernel does not take them: " + e.getMessage(),
          "ranges may not overlap, neither inside nor outside",
          e);
    }
  }

  /**
   * A user namespace with these maps that nothing lives in: to show the owners of files by ({@link
   * Mounts#tryMapIds}). It vanishes with its last user.
   *
   * @throws UnsupportedException if this kernel makes no user namespaces
   */
  public Fd namespace(StepListener steps) {
    Fd[] made = new Fd[1];
    try (Rendezvous meeting =
        new Rendezvous((_, pidfd) -> {
          int pid = Pidfd.numberOf(pidfd);
          apply(pid);
          made[0] = FileCalls.open("/proc/" + pid + "/ns/user", Open.RDONLY);
        })) {
      Plan.Builder plan = Plan.builder().namespaces(CloneFlags.NEWUSER);
      plan.meetAtBirth(meeting);
      plan.exit(0);
      try (Child child = Launcher.launch(plan.build(), steps)) {
        child.waitFor();
      }
      return made[0];
    } catch (SystemException e) {
      if (made[0] != null) {
        made[0].close();
      }
      if (e.errno() == Errno.ENOSPC || e.errno() == Errno.EINVAL || e.errno() == Errno.EPERM) {
        throw new UnsupportedException(
            "user namespaces",
            "this kernel makes none: " + e.why(),
            "see sysctl user.max_user_namespaces",
            e);
      }
      throw e;
    }
  }
}
