package dev.phyllo.containers;

import dev.phyllo.linux.Inotify;
import dev.phyllo.linux.Poll;
import java.nio.file.Path;
import java.util.List;

/** Does something whenever a file is made in a directory, on a thread of its own. */
final class ReadAhead implements AutoCloseable {
  private static final long STEP_MILLIS = 200;

  private final Inotify inotify = Inotify.open();
  private final Thread thread;
  private volatile boolean closed;

  /**
   * @param directories which ones
   * @param deed done once at first, too
   */
  ReadAhead(List<Path> directories, Runnable deed) {
    for (Path directory : directories) {
      inotify.watchCreation(directory);
    }
    deed.run();
    thread =
        Thread.ofPlatform()
            .daemon()
            .name("read ahead")
            .start(() -> {
              while (!closed) {
                if (Poll.readable(inotify.fd(), STEP_MILLIS)) {
                  inotify.changed();
                  deed.run();
                }
              }
            });
  }

  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    inotify.close();
  }
}
