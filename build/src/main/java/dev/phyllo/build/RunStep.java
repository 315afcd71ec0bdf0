package dev.phyllo.build;

import dev.phyllo.build.cache.StepInputs;
import dev.phyllo.build.cache.StepRecord;
import dev.phyllo.build.containerfile.Run;
import dev.phyllo.build.containerfile.Stage;
import dev.phyllo.build.tree.Layer;
import dev.phyllo.containers.ContainerImage;
import dev.phyllo.containers.ContainerSpec;
import dev.phyllo.containers.EngineMounts;
import dev.phyllo.containers.ProcessSpec;
import dev.phyllo.containers.StepProcess;
import dev.phyllo.containers.volumes.VolumeStore;
import dev.phyllo.layers.Compression;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.snapshots.Differ;
import dev.phyllo.snapshots.Mount;
import dev.phyllo.snapshots.MountPoints;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.Ingest;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** RUN: a command in a container of its own; what it changes becomes a layer. */
final class RunStep {
  private static final int LINES_IN_ERRORS = 12;
  private static final AtomicLong NUMBERS = new AtomicLong();

  private final BuildJob job;
  private final StageState state;
  private final Run run;
  private final RunMounts mounts;

  RunStep(Solver solver, Stage stage, StageState state, Run run) {
    this.job = solver.job();
    this.state = state;
    this.run = run;
    this.mounts = new RunMounts(solver, stage, state, run);
  }

  /**
   * Runs it, unless its result is known.
   *
   * @param arguments the build arguments that it can see
   */
  StepResult run(Map<String, String> arguments, String text, String slot, Telling.Current step) {
    if (run.security() == Run.Security.INSECURE) {
      throw new UnsupportedException(
          "--security=insecure",
          "a build step gets no more privileges than a container",
          "leave it out");
    }
    StepInputs inputs =
        new StepInputs()
            .add("what it stands on", state.parent())
            .add("the instruction", text + "\n" + run.mountFlags() + "\n" + network())
            .add("the build arguments", arguments.toString())
            .add("the environment", String.join("\n", state.config().process().env()))
            .add("the user", state.config().user())
            .add("the working directory", state.config().workingDir())
            .add("the platform", state.platform().toString())
            .add("the mounted files", mounts.identity())
            .add("SOURCE_DATE_EPOCH", job.times().epoch().toString());
    if (!job.request().hosts().isEmpty()) {
      inputs.add("the added hosts", String.join("\n", job.request().hosts()));
    }
    return new StepResult(job.cache().get(slot, inputs, step, () -> execute(text, step)), null);
  }

  private String network() {
    return switch (run.network()) {
      case NONE -> "none";
      case HOST -> "host";
      case DEFAULT -> job.request().network().orElse("default");
    };
  }

  private StepRecord execute(String text, Telling.Current step) {
    Foreign.require(state.platform());
    job.cancellation().check();
    Chains chains = new Chains(job);
    Optional<String> parent = chains.unpack(state.layers());
    Snapshotter snapshots = chains.snapshots();
    String key =
        "build-"
            + ProcessHandle.current().pid()
            + "-"
            + System.nanoTime()
            + "-"
            + NUMBERS.incrementAndGet();
    job.lease().protectSnapshot(key);
    Path directory = job.cache().records().temporary().resolve(key);
    // The label gives it away if we are killed: no container of that name is there to own it.
    List<Mount> root = snapshots.prepare(key, parent, Map.of("phyllo.container", key), false);
    try {
      ContainerSpec spec = spec();
      process(spec, root, directory, step);
      List<String> places = new ArrayList<>(EngineMounts.of(spec));
      places.addAll(mounts.targets());
      return layer(Differ.of(snapshots, key).without(MountPoints.of(places)), text);
    } finally {
      snapshots.remove(key);
      DurableFiles.deleteTree(directory);
    }
  }

  private ContainerSpec spec() {
    Digest none = Digest.sha256(new byte[0]);
    List<String> environment = new ArrayList<>();
    state.scope().execution().forEach((name, value) -> environment.add(name + "=" + value));
    environment.addAll(mounts.environment());
    String word = network();
    return job.environment()
        .run()
        .spec(
            new ContainerImage("build", none, none, state.chainId()),
            new ProcessSpec(
                arguments(),
                environment,
                state.config().workingDir(),
                state.config().user(),
                false,
                false),
            word.equals("default") ? Optional.empty() : Optional.of(word),
            job.request().hosts());
  }

  private List<String> arguments() {
    List<String> arguments =
        run.execution() instanceof Run.Execution.Script script
            ? List.of(RunMounts.scriptPlace(script))
            : HistoryText.command(run, state.config().shell());
    if (arguments.isEmpty()) {
      throw new InvalidException("RUN", "no command", "write one");
    }
    return arguments;
  }

  private void process(ContainerSpec spec, List<Mount> root, Path directory, Telling.Current step) {
    Deque<String> last = new ArrayDeque<>();
    BuildEnvironment e = job.environment();
    StepProcess process =
        new StepProcess(spec, directory, root, new VolumeStore(e.dirs(), e.locks()), e.steps());
    int status;
    Cancellation.Hook[] hook = new Cancellation.Hook[1];
    try (RunMounts open = mounts.open(process, directory)) {
      status =
          process.run(
              (error, line) -> {
                synchronized (last) {
                  last.addLast(line);
                  if (last.size() > LINES_IN_ERRORS) {
                    last.removeFirst();
                  }
                }
                step.output(error, line);
              },
              kill -> {
                open.hide();
                hook[0] = job.cancellation().onFailure(kill);
              });
    } finally {
      if (hook[0] != null) {
        hook[0].close();
      }
    }
    job.cancellation().check();
    if (status != 0) {
      throw failed(status, last);
    }
  }

  private ConflictException failed(int status, Deque<String> last) {
    StringBuilder why = new StringBuilder("exit status ").append(status);
    synchronized (last) {
      if (!last.isEmpty()) {
        why.append("; its last output: ").append(String.join(" | ", last));
      }
    }
    String command = String.join(" ", HistoryText.command(run, state.config().shell()));
    return new ConflictException(command.strip().replace('\n', ' '), why.toString(), "");
  }

  private StepRecord layer(Differ differ, String text) {
    Differ clamped =
        job.times().epoch().isPresent()
            ? differ.withLatestTime(job.times().epoch().getAsLong())
            : differ;
    MessageDigest hash = Digest.Algorithm.SHA256.newMessageDigest();
    try (Ingest ingest = job.content().begin(Digest.Algorithm.SHA256)) {
      OutputStream compressed = Compression.GZIP.compress(ingest.out());
      long entries;
      try (TarWriter tar = new TarWriter(new DigestOutputStream(compressed, hash))) {
        entries = clamped.write(tar);
      }
      if (entries == 0) {
        return new StepRecord(Optional.empty(), state.chainId(), job.created(), text);
      }
      Descriptor blob =
          ingest.commit(Compression.GZIP.layerMediaType(), Optional.empty(), Optional.empty());
      Layer layer = new Layer(blob, Digest.of(Digest.Algorithm.SHA256, hash.digest()));
      return new StepRecord(Optional.of(layer), state.chainId(), job.created(), text);
    }
  }
}
