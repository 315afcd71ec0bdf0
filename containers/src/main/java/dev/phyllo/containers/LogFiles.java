package dev.phyllo.containers;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import java.nio.file.Path;

/**
 * Where a container's output is kept: one file for standard output, or for its terminal, one for
 * standard error, each exactly the bytes that were written, and an index of when they were; see
 * {@link LogTimes}. They grow until the container is removed.
 */
final class LogFiles {
  private LogFiles() {}

  static Path output(Path directory) {
    return directory.resolve("stdout.log");
  }

  static Path errors(Path directory) {
    return directory.resolve("stderr.log");
  }

  static Path times(Path directory) {
    return directory.resolve("times.log");
  }

  /** Opens one of them to be written at its end, whoever else writes. */
  static Fd open(Path log) {
    return FileCalls.openat2(
        Fd.CWD,
        RootMount.bytes(log.toString()),
        Open.WRONLY | Open.CREAT | Open.APPEND | Open.NOFOLLOW,
        0600,
        0);
  }
}
