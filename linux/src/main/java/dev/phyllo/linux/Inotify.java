package dev.phyllo.linux;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Being told when files grow; inotify(7). */
public final class Inotify implements AutoCloseable {
  private static final int IN_MODIFY = 0x2;
  private static final int IN_CREATE = 0x100;
  private static final int HEADER = 16;
  private static final int BUFFER = 4096;

  private final Fd fd;

  private Inotify(Fd fd) {
    this.fd = fd;
  }

  /** Watches nothing yet. */
  public static Inotify open() {
    long opened = Kernel.call(Sys.INOTIFY_INIT1, Open.CLOEXEC | Open.NONBLOCK);
    return new Inotify(Fd.of((int) Kernel.check(opened, "inotify_init1", "inotify")));
  }

  /** Readable when something has changed. */
  public Fd fd() {
    return fd;
  }

  /**
   * Watches a file for being written.
   *
   * @return its number in what {@link #changed} gives
   */
  public int watch(Path file) {
    return watch(file, IN_MODIFY);
  }

  /** Watches a directory for files that are made in it; otherwise as {@link #watch}. */
  public int watchCreation(Path directory) {
    return watch(directory, IN_CREATE);
  }

  private int watch(Path file, int events) {
    Memory memory = Scratch.fresh();
    long path = memory.cstring(Text.bytes(file.toString()));
    long added = Kernel.call(Sys.INOTIFY_ADD_WATCH, fd.number(), path, events);
    return (int) Kernel.check(added, "inotify_add_watch", file.toString());
  }

  /** Watches it no more. */
  public void forget(int watch) {
    Kernel.call(Sys.INOTIFY_RM_WATCH, fd.number(), watch);
  }

  /** The numbers of files that were written since the last call; does not wait. */
  public List<Integer> changed() {
    List<Integer> watches = new ArrayList<>();
    Memory memory = Scratch.large();
    long buffer = memory.room(BUFFER);
    while (true) {
      long got = Kernel.call(Sys.READ, fd.number(), buffer, BUFFER);
      if (got <= 0) {
        return watches;
      }
      // struct inotify_event: wd, mask, cookie, len, and a name of that length.
      for (long at = buffer; at < buffer + got; at += HEADER + memory.getInt(at + 12)) {
        int watch = memory.getInt(at);
        if (!watches.contains(watch)) {
          watches.add(watch);
        }
      }
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
