package dev.phyllo.containers;

import dev.phyllo.linux.Inotify;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Notes when a container writes, as long as somebody watches. */
public final class OutputTimes implements AutoCloseable {
  private final LogTimes times;
  private final Inotify inotify;
  private final List<Integer> watches = new ArrayList<>();

  OutputTimes(LogFiles files, Inotify inotify) {
    this.times = new LogTimes(files);
    this.inotify = inotify;
    for (Path path : files.watched()) {
      watches.add(inotify.watch(path));
    }
    // What came before there was a watch.
    times.note();
  }

  /** Notes how long the logs are, if it is one of them that has changed. */
  public void noteIf(List<Integer> changed) {
    for (Integer watch : watches) {
      if (changed.contains(watch)) {
        times.note();
        return;
      }
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
    for (Integer watch : watches) {
      inotify.forget(watch);
    }
  }
}
