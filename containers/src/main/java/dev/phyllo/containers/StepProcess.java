package dev.phyllo.containers;

import dev.phyllo.containers.volumes.VolumeStore;
import dev.phyllo.linux.Child;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.Signals;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.snapshots.Mount;
import dev.phyllo.store.DurableFiles;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The process of one step of a build: started as any container's is, but nobody lists it, its
 * output comes as lines, and its writable snapshot is the caller's.
 *
 * <p>The thread that runs it must not end before the process does: the kernel kills the process
 * when its parent thread ends, so that a killed build leaves none behind.
 */
public final class StepProcess {
  private static final int LONGEST_LINE = 64 << 10;

  private final ContainerSpec spec;
  private final Path directory;
  private final List<Mount> root;
  private final VolumeStore volumes;
  private final StepListener steps;
  private final List<Extra> extras = new ArrayList<>();

  /** Hears what the process writes, from several threads. */
  public interface Output {
    /**
     * A line, without its end.
     *
     * @param error whether it was written to standard error
     */
    void line(boolean error, String line);
  }

  /** What appears inside besides the root: a detached mount, and where. */
  private record Extra(String target, Fd tree, boolean directory) {}

  /**
   * A process that does not run yet.
   *
   * @param directory an own directory of the host for it, made if missing
   * @param root how its root is made visible
   * @param volumes the volumes of the namespace
   */
  public StepProcess(
      ContainerSpec spec,
      Path directory,
      List<Mount> root,
      VolumeStore volumes,
      StepListener steps) {
    this.spec = spec;
    this.volumes = volumes;
    this.directory = directory;
    this.root = root;
    this.steps = steps;
  }

  /**
   * Shows something more inside.
   *
   * @param target an absolute path in the container, made if missing
   * @param tree a detached mount; stays the caller's to close
   * @param isDirectory whether it is a directory
   */
  public void mount(String target, Fd tree, boolean isDirectory) {
    extras.add(new Extra(target, tree, isDirectory));
  }

  /**
   * Runs it to its end.
   *
   * @param output hears what it writes
   * @param started gets something that kills the process, which can be called from any thread
   * @return the exit status; 128 and the number of the signal if one ended it
   * @throws dev.phyllo.oci.StartException if it could not be started
   */
  public int run(Output output, Consumer<Runnable> started) {
    DurableFiles.createDirectories(directory);
    String id = ContainerNames.newId();
    Container container =
        new Container(
            id,
            "build step",
            System.currentTimeMillis(),
            true,
            spec.network().hostname().isEmpty() ? spec.withHostname("build") : spec);
    try (Lines out = new Lines(false, output);
        Lines err = new Lines(true, output);
        Capture capture = new Capture(out, err)) {
      try (Child child =
          new ContainerStart(container, directory, root, volumes, steps)
              .start(start -> {
                capture.connect(start);
                for (Extra extra : extras) {
                  start.extra.add(new LaunchPlan.Source(extra.target, extra.tree, extra.directory));
                }
              })) {
        capture.begin();
        started.accept(() -> child.signal(Signals.KILL));
        int status = child.waitFor().exitCode();
        capture.join();
        return status;
      } finally {
        release(id);
        capture.await();
      }
    }
  }

  private void release(String id) {
    try {
      Holdings.release(id, directory);
    } catch (PhylloException e) {
      if (steps.isListening()) {
        throw e;
      }
    }
  }

  /** Lines end in a line feed, or a carriage return as progress bars have it. */
  private static final class Lines extends OutputStream {
    private final boolean error;
    private final Output output;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    Lines(boolean error, Output output) {
      this.error = error;
      this.output = output;
    }

    @Override
    public void write(int b) {
      boolean end = b == '\n' || b == '\r';
      if (end || line.size() >= LONGEST_LINE) {
        if (b != '\r' || line.size() > 0) {
          output.line(error, line.toString(StandardCharsets.UTF_8));
        }
        line.reset();
      }
      if (!end) {
        line.write(b);
      }
    }

    @Override
    public void write(byte[] bytes, int off, int len) {
      for (int i = off; i < off + len; i++) {
        write(bytes[i]);
      }
    }

    /** The end of the output is that of its last line. */
    @Override
    public void flush() {
      if (line.size() > 0) {
        output.line(error, line.toString(StandardCharsets.UTF_8));
        line.reset();
      }
    }

    @Override
    public void close() {}
  }
}
