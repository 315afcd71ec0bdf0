package dev.phyllo.linux;

import dev.phyllo.oci.ConflictException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Having children in another process id namespace; pid_namespaces(7).
 *
 * <p>setns(2) with CLONE_NEWPID moves nobody: it decides where the next children of the calling
 * thread are born. As long as it decides so, that thread can start no other thread, so the time in
 * between is as short as a launch.
 */
public final class PidNamespace implements AutoCloseable {
  private final Fd own;

  private PidNamespace(Fd own) {
    this.own = own;
  }

  /**
   * Children of this thread are born where a process is, until this is closed by the same thread.
   *
   * @throws dev.phyllo.oci.SystemException if the process has ended, or is none of ours
   */
  public static PidNamespace of(Pidfd process) {
    // A runtime that has not made its container yet is where this process is.
    if (isOwn(process.pid())) {
      throw new ConflictException(
          "process " + process.pid(), "is in no pid namespace of its own yet", "try again");
    }
    Fd own = FileCalls.openat2(Fd.CWD, Text.bytes("/proc/thread-self/ns/pid"), Open.RDONLY, 0, 0);
    long result = Kernel.call(Sys.SETNS, process.fd().number(), CloneFlags.NEWPID);
    if (result < 0) {
      own.close();
      throw Kernel.failure("setns", "process " + process.pid(), (int) -result);
    }
    return new PidNamespace(own);
  }

  private static boolean isOwn(int pid) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/ns/pid"))
          .equals(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/pid")));
    } catch (IOException e) {
      return false; // it has ended, which setns(2) says
    }
  }

  @Override
  public void close() {
    Kernel.call(Sys.SETNS, own.number(), CloneFlags.NEWPID);
    own.close();
  }
}
