package dev.phyllo.build;

import dev.phyllo.build.containerfile.Containerfile;
import dev.phyllo.build.containerfile.From;
import dev.phyllo.build.containerfile.GlobalScope;
import dev.phyllo.build.containerfile.Scope;
import dev.phyllo.build.containerfile.Stage;
import dev.phyllo.build.graph.StageNode;
import dev.phyllo.build.tree.FileTree;
import dev.phyllo.build.tree.Layer;
import dev.phyllo.oci.ChainId;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.json.Json;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Builds the stages that a target needs and no others, each on a thread of its own as soon as it is
 * known to be needed; who needs a stage waits for it. The first failure ends them all.
 *
 * <p>The threads are the platform's: a container is killed by the kernel when the thread that
 * started it ends (prctl(2), PR_SET_PDEATHSIG), and waiting for it blocks the thread.
 */
final class Solver {
  /** What images from scratch have for an environment, as docker and buildah have it. */
  private static final List<String> SCRATCH_ENV =
      List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

  private final BuildJob job;
  private final Containerfile file;
  private final StageNode target;
  private final GlobalScope global;
  private final Platform platform;
  private final Map<Integer, FutureTask<StageState>> stages = new HashMap<>();
  private final Map<String, FileTree> trees = new HashMap<>();

  /**
   * A solver.
   *
   * @param target what is to be built
   * @param platform the platform it is for
   */
  Solver(BuildJob job, Containerfile file, StageNode target, Platform platform) {
    this.job = job;
    this.file = file;
    this.target = target;
    this.global = target.globals();
    this.platform = platform;
  }

  BuildJob job() {
    return job;
  }

  GlobalScope global() {
    return global;
  }

  Containerfile file() {
    return file;
  }

  /** Builds the target. */
  StageState build() {
    StageState result;
    try {
      for (Stage stage : needed()) {
        begin(stage);
      }
      result = wait(target.stage());
    } finally {
      // Nothing of a failed build goes on behind its caller's back.
      for (FutureTask<StageState> running : List.copyOf(stages.values())) {
        try {
          running.get();
        } catch (ExecutionException | InterruptedException _) {
          // Said by whoever failed first.
        }
      }
    }
    return result;
  }

  /** The target and what it is known to need, those that wait for nothing first. */
  private List<Stage> needed() {
    Set<StageNode> found = new LinkedHashSet<>(List.of(target));
    Deque<StageNode> open = new ArrayDeque<>(found);
    for (StageNode node = open.poll(); node != null; node = open.poll()) {
      for (StageNode other : node.dependencies()) {
        if (found.add(other)) {
          open.add(other);
        }
      }
    }
    List<Stage> needed = new ArrayList<>();
    for (StageNode node : found) {
      needed.add(node.stage());
    }
    needed.sort((a, b) -> Integer.compare(a.index(), b.index()));
    return needed;
  }

  /** Starts a stage, if nobody has yet. */
  private void begin(Stage stage) {
    synchronized (stages) {
      if (!stages.containsKey(stage.index())) {
        FutureTask<StageState> task = new FutureTask<>(() -> run(stage));
        stages.put(stage.index(), task);
        Thread.ofPlatform().name("stage-" + stage.title()).daemon().start(task);
      }
    }
  }

  private StageState run(Stage stage) {
    try {
      return new StageRunner(this, stage).run();
    } catch (RuntimeException e) {
      job.cancellation().fail(e);
      throw e;
    }
  }

  private StageState wait(Stage stage) {
    FutureTask<StageState> task;
    synchronized (stages) {
      begin(stage);
      task = stages.get(stage.index());
    }
    if (task == null) {
      throw new IllegalStateException("not begun: " + stage.title());
    }
    try {
      return task.get();
    } catch (ExecutionException e) {
      RuntimeException first = job.cancellation().first();
      if (first != null) {
        throw first;
      }
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new dev.phyllo.oci.SystemException("build", "interrupted", "", e);
    }
  }

  /** The stage of that name or number among the first ones. */
  private @Nullable Stage stageCalled(String name, int before) {
    String lower = name.toLowerCase(Locale.ROOT);
    Stage found = null;
    for (Stage stage : file.stages().subList(0, before)) {
      if (stage.name().isPresent() && stage.name().get().equals(lower)
          || Integer.toString(stage.index()).equals(lower)) {
        found = stage;
      }
    }
    return found;
  }

  /** What a stage begins with. */
  StageState base(Stage stage, From from) {
    String name = from.base();
    Platform wanted = from.platform().map(Platform::parse).orElse(platform);
    if (!job.contexts().isNamed(name)) {
      Stage other = stageCalled(name, stage.index());
      if (other != null) {
        return wait(other).child();
      }
      if (name.equals(From.SCRATCH)) {
        return new StageState(
            wanted,
            new StageConfig(ProcessConfig.EMPTY.withEnv(SCRATCH_ENV)),
            Scope.of(global, SCRATCH_ENV),
            List.of(),
            0,
            List.of(),
            Optional.empty(),
            Json.Obj.EMPTY);
      }
    }
    BaseImages.Base base = image(name, wanted);
    List<Layer> layers = base.layers();
    return new StageState(
        base.config().platform(),
        new StageConfig(base.config().process()),
        Scope.of(global, base.config().process().env()),
        layers,
        layers.size(),
        base.config().wholeHistory(),
        base.config().author(),
        base.config().inheritedExtra());
  }

  private BaseImages.Base image(String name, Platform wanted) {
    BaseImages.Base base =
        job.contexts().namedImage(name, wanted).orElseGet(() -> job.image(name, wanted));
    if (!base.config().platform().architecture().isEmpty()
        && !base.config().platform().matches(wanted)) {
      job.request()
          .progress()
          .warning(name + " is for " + base.config().platform() + ", not for " + wanted);
    }
    return base;
  }

  /** What {@code --from} names: a named context, an earlier stage or an image. */
  SourceTree source(Stage stage, String from) {
    Optional<SourceTree> named = job.contexts().namedTree(from);
    if (named.isPresent()) {
      return named.get();
    }
    Stage other = stageCalled(from, stage.index());
    if (other != null) {
      if (job.contexts().isNamed(from)) {
        return imageSource(from);
      }
      StageState state = wait(other);
      return source("stage " + from, state.layers(), state.parent());
    }
    if (from.chars().allMatch(Character::isDigit)) {
      throw new InvalidException(
          "--from=" + from, "no stage before this one has that number", "name an earlier stage");
    }
    return imageSource(from);
  }

  private SourceTree imageSource(String from) {
    BaseImages.Base base;
    try {
      base = image(from, platform);
    } catch (NotFoundException e) {
      throw new NotFoundException(
          "--from=" + from,
          "neither a stage before this one, nor a named context, nor an image: " + e.why(),
          e.remedy(),
          e);
    }
    List<Layer> layers = base.layers();
    List<Digest> chain = ChainId.of(base.config().diffIds());
    return source(
        "image " + from, layers, chain.isEmpty() ? "scratch" : chain.getLast().toString());
  }

  /** Trees that are only read are shared. */
  private SourceTree source(String where, List<Layer> layers, String identity) {
    List<Layer> whole = List.copyOf(layers);
    return new SourceTree(
        where,
        () -> {
          synchronized (trees) {
            FileTree tree = trees.get(identity);
            if (tree == null) {
              tree = job.indexes().tree(whole);
              trees.put(identity, tree);
            }
            return tree;
          }
        },
        Optional.of(identity),
        false);
  }

  /** The layers of {@code --from}, for mounts. */
  List<Layer> layersOf(Stage stage, String from) {
    Stage other = stageCalled(from, stage.index());
    return other != null && !job.contexts().isNamed(from)
        ? List.copyOf(wait(other).layers())
        : image(from, platform).layers();
  }
}
