package dev.phyllo.build;

import dev.phyllo.build.containerfile.Mount;
import dev.phyllo.build.containerfile.Run;
import dev.phyllo.build.containerfile.Stage;
import dev.phyllo.build.copy.Match;
import dev.phyllo.containers.StepProcess;
import dev.phyllo.linux.At;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.MountFlags;
import dev.phyllo.linux.Mounts;
import dev.phyllo.linux.Open;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.snapshots.DetachedMount;
import dev.phyllo.snapshots.PlainTree;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.store.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The mounts of a RUN. Files of the context, a stage or an image become a snapshot that is mounted,
 * so that nothing a command does reaches them; secrets are files that lose their name when the
 * command begins.
 */
final class RunMounts implements AutoCloseable {
  private static final String SCRIPTS = "/dev/pipes/";

  private final Solver solver;
  private final MountSources sources;
  private final BuildJob job;
  private final Stage stage;
  private final StageState state;
  private final Run run;
  private final List<Mount> mounts;
  private final List<AutoCloseable> held = new ArrayList<>();
  private final List<Path> hidden = new ArrayList<>();

  RunMounts(Solver solver, Stage stage, StageState state, Run run) {
    this.solver = solver;
    this.sources = new MountSources(solver, stage);
    this.job = solver.job();
    this.stage = stage;
    this.state = state;
    this.run = run;
    this.mounts = run.mounts();
  }

  /** Where a script appears that is all of a RUN: in the container's own /dev, not in its files. */
  static String scriptPlace(Run.Execution.Script script) {
    return SCRIPTS + script.name();
  }

  /** What identifies the files that are mounted; caches, secrets and agents do not count. */
  Digest identity() {
    StringBuilder text = new StringBuilder();
    for (Mount mount : mounts) {
      if (mount instanceof Mount.Bind bind) {
        text.append(sources.identity(bind));
      }
      text.append('\n');
    }
    return Digest.sha256(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Where something is mounted: empty places that were made for it are no change. */
  List<String> targets() {
    List<String> targets = new ArrayList<>();
    for (Mount mount : mounts) {
      target(mount).ifPresent(t -> targets.add(absolute(t)));
    }
    return targets;
  }

  private static Optional<String> target(Mount mount) {
    return switch (mount) {
      case Mount.Bind m -> Optional.of(m.target());
      case Mount.Cache m -> Optional.of(m.target());
      case Mount.Tmpfs m -> Optional.of(m.target());
      case Mount.Secret m -> m.target();
      case Mount.Ssh m -> Optional.of(agentPlace(m));
    };
  }

  private static String agentPlace(Mount.Ssh mount) {
    return mount.target().orElse("/run/buildkit/ssh_agent." + mount.id());
  }

  /** Variables that mounts bring. */
  List<String> environment() {
    List<String> environment = new ArrayList<>();
    for (Mount mount : mounts) {
      if (mount instanceof Mount.Secret secret && secret.env().isPresent()) {
        byte[] value = secret(secret);
        if (value != null) {
          environment.add(secret.env().get() + "=" + new String(value, StandardCharsets.UTF_8));
        }
      } else if (mount instanceof Mount.Ssh ssh && job.sshAgents().containsKey(ssh.id())) {
        environment.add("SSH_AUTH_SOCK=" + agentPlace(ssh));
      }
    }
    return environment;
  }

  /**
   * Makes everything ready and adds it to a process.
   *
   * @param directory the step's own directory on this machine
   * @return this, to be closed when the process has ended
   */
  RunMounts open(StepProcess process, Path directory) {
    boolean done = false;
    try {
      for (Mount mount : mounts) {
        switch (mount) {
          case Mount.Bind m -> bind(m, process, directory);
          case Mount.Cache m -> cache(m, process);
          case Mount.Tmpfs m -> tmpfs(m, process);
          case Mount.Secret m -> secret(m, process, directory);
          case Mount.Ssh m -> agent(m, process);
        }
      }
      if (run.execution() instanceof Run.Execution.Script script) {
        byte[] text = script.content().getBytes(StandardCharsets.UTF_8);
        Fd file = file(directory, text, 0755, 0, 0);
        process.mount(scriptPlace(script), file, false);
      }
      done = true;
      return this;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  @Override
  public void close() {
    hide();
    for (AutoCloseable thing : held.reversed()) {
      try {
        thing.close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    held.clear();
  }

  private String absolute(String target) {
    return target.startsWith("/") ? target : state.config().workingDir() + "/" + target;
  }

  private void bind(Mount.Bind mount, StepProcess process, Path directory) {
    SourceTree source = sources.of(mount.from());
    Chains chains = new Chains(job);
    Snapshotter snapshots = chains.snapshots();
    Optional<String> parent;
    String file = "";
    if (source.identity().isPresent() && MountSources.isWhole(mount.source())) {
      parent = chains.unpack(solver.layersOf(stage, mount.from().orElse("")));
    } else {
      List<Match> matches = MountSources.select(source, mount.source());
      Match match = matches.getFirst();
      file = match.node().isDirectory() ? "" : match.name().toString();
      parent = chains.unpack(List.of(sources.snapshot(source, match).layer()));
    }
    String key = directory.getFileName() + "-mount-" + held.size();
    job.lease().protectSnapshot(key);
    boolean writable = !mount.readOnly();
    Map<String, String> labels = Map.of("phyllo.container", key);
    if (!file.isEmpty()) {
      fileOf(snapshots, parent.orElseThrow(), file, mount, process, directory);
      return;
    }
    List<dev.phyllo.snapshots.Mount> how =
        writable
            ? snapshots.prepare(key, parent, labels, false)
            : snapshots.view(key, parent, labels, false);
    held.add(() -> snapshots.remove(key));
    Path place = directory.resolve("mount-" + held.size());
    makeDirectory(place);
    Fd tree = DetachedMount.open(how, place);
    held.add(tree);
    process.mount(absolute(mount.target()), tree, true);
  }

  /** A single file is bound from its snapshot; one that may be written, from a copy. */
  private void fileOf(
      Snapshotter snapshots,
      String snapshot,
      String name,
      Mount.Bind mount,
      StepProcess process,
      Path directory) {
    Path path = snapshots.layerDirectory(snapshot).resolve(name);
    try {
      if (!mount.readOnly()) {
        Path copy = directory.resolve("file-" + held.size());
        makeDirectory(directory);
        Files.copy(path, copy, java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        path = copy;
      }
    } catch (IOException e) {
      throw new SystemException(name, e);
    }
    Fd tree = clone(path);
    if (mount.readOnly()) {
      Mounts.setAttributes(tree, false, MountFlags.ATTR_RDONLY, 0, 0);
    }
    process.mount(absolute(mount.target()), tree, false);
  }

  private void cache(Mount.Cache mount, StepProcess process) {
    CacheMounts.Held cache =
        new CacheMounts(job.cache().records(), job.environment().locks())
            .acquire(mount, fresh -> fill(mount, fresh));
    held.add(cache);
    Fd tree = clone(cache.directory());
    if (mount.readOnly()) {
      Mounts.setAttributes(tree, false, MountFlags.ATTR_RDONLY, 0, 0);
    }
    process.mount(absolute(mount.target()), tree, true);
  }

  /** A new cache begins with what a directory of a stage, an image or a context holds. */
  private void fill(Mount.Cache mount, Fd fresh) {
    if (mount.from().isEmpty()) {
      return;
    }
    SourceTree source = sources.of(mount.from());
    Match match = MountSources.select(source, mount.source()).getFirst();
    if (!match.node().isDirectory()) {
      throw new InvalidException(
          "--mount=type=cache source=" + mount.source(), "not a directory", "name one");
    }
    Chains chains = new Chains(job);
    Optional<String> layer = chains.unpack(List.of(sources.snapshot(source, match).layer()));
    Path files = chains.snapshots().layerDirectory(layer.orElseThrow());
    try (Fd from = FileCalls.open(files.toString(), Open.RDONLY | Open.DIRECTORY)) {
      PlainTree.copy(from, fresh);
    }
  }

  private void tmpfs(Mount.Tmpfs mount, StepProcess process) {
    try (Fd context = Mounts.fsopen("tmpfs")) {
      Mounts.fsconfigString(context, "mode", bytes("1777"));
      if (mount.size().isPresent()) {
        Mounts.fsconfigString(context, "size", bytes(Long.toString(mount.size().getAsLong())));
      }
      Mounts.fsconfigCreate(context, "tmpfs");
      Fd tree = Mounts.fsmount(context, MountFlags.ATTR_NOSUID | MountFlags.ATTR_NODEV);
      held.add(tree);
      process.mount(absolute(mount.target()), tree, true);
    }
  }

  private void secret(Mount.Secret mount, StepProcess process, Path directory) {
    byte[] value = secret(mount);
    if (value == null || mount.target().isEmpty()) {
      return;
    }
    Fd file = file(directory, value, mount.mode(), mount.uid(), mount.gid());
    process.mount(absolute(mount.target().get()), file, false);
  }

  private byte @Nullable [] secret(Mount.Secret mount) {
    Optional<byte[]> value = job.secrets().find(mount.id());
    if (value.isEmpty() && mount.required()) {
      throw new NotFoundException(
          "secret " + mount.id(), "not given", "give it with --secret id=" + mount.id() + ",src=…");
    }
    return value.orElse(null);
  }

  private void agent(Mount.Ssh mount, StepProcess process) {
    Path socket = job.sshAgents().get(mount.id());
    if (socket == null) {
      if (mount.required()) {
        throw new NotFoundException(
            "agent " + mount.id(), "not given", "give it with --ssh " + mount.id());
      }
      return;
    }
    process.mount(agentPlace(mount), clone(socket), false);
  }

  /**
   * A file for this command alone: in memory where there is a place for that, in a directory nobody
   * else enters, and gone by {@link #hide} when the command begins.
   */
  private Fd file(Path directory, byte[] content, int mode, int uid, int gid) {
    Path memory = Path.of("/dev/shm");
    makeDirectory(directory);
    try {
      Path place =
          Files.createTempDirectory(
              Files.isWritable(memory) ? memory : directory,
              "phyllo-",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      hidden.add(place);
      Path path = place.resolve("file");
      Files.write(path, content);
      byte[] name = bytes(path.toString());
      FileCalls.fchownat(Fd.CWD, name, uid, gid, 0);
      FileCalls.fchmodat(Fd.CWD, name, mode);
      return clone(path);
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
  }

  /** Takes away the names of files that only the command is to see; their mounts hold them. */
  void hide() {
    for (Path place : hidden) {
      DurableFiles.deleteTree(place);
    }
    hidden.clear();
  }

  private Fd clone(Path path) {
    Fd tree =
        Mounts.openTree(
            Fd.CWD, bytes(path.toString()), MountFlags.OPEN_TREE_CLONE | At.SYMLINK_NOFOLLOW);
    held.add(tree);
    Mounts.setAttributes(tree, false, 0, 0, MountFlags.MS_PRIVATE);
    return tree;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void makeDirectory(Path path) {
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw new SystemException(path.toString(), e);
    }
  }
}
