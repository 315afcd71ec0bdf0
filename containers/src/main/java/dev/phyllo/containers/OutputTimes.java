package dev.phyllo.containers;

import dev.phyllo.linux.Inotify;
import java.nio.file.Path;
import java.util.List;

/** Notes when a container writes, as long as somebody watches. */
public final class OutputTimes implements AutoCloseable {
  private final LogTimes times;
  private final Inotify inotify;
  private final int[] watches = new int[2];

  OutputTimes(Path directory, Inotify inotify) {
    this.times = new LogTimes(directory);
    this.inotify = inotify;
    Path[] logs = {LogFiles.output(directory), LogFiles.errors(directory)};
    for (int i = 0; i < 2; i++) {
      watches[i] = inotify.watch(logs[i]);
    }
    // What came before there was a watch.
    times.note();
  }

  /** Notes how long the logs are, if it is one of them that has changed. */
  public void noteIf(List<Integer> changed) {
    if (changed.contains(watches[0]) || changed.contains(watches[1])) {
      times.note();
    }
  }

  /** Notes how long the logs are. */
  public void note() {
    times.note();
  }

  /** The last time. */
  @Override
  public void close() {
    times.note();
    inotify.forget(watches[0]);
    inotify.forget(watches[1]);
  }
}
