package dev.phyllo.containers;

import dev.phyllo.containers.volumes.VolumeStore;
import dev.phyllo.linux.Child;
import dev.phyllo.linux.ExitStatus;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.IdMap;
import dev.phyllo.linux.IdMaps;
import dev.phyllo.linux.Launch;
import dev.phyllo.linux.Launcher;
import dev.phyllo.linux.Linux;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Plan;
import dev.phyllo.linux.SignalRelay;
import dev.phyllo.linux.Terminal;
import dev.phyllo.linux.UserNamespace;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StartException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.snapshots.MappedMount;
import dev.phyllo.snapshots.Mount;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The start of one container: its root becomes a mount, its specification a launch plan, the plan a
 * process.
 */
final class ContainerStart {
  private final Container container;
  private final ContainerSpec spec;
  private final Path directory;
  private final List<Mount> mounts;
  private final VolumeStore volumes;
  private final StepListener steps;
  private final @Nullable ExternalRuntime runtime;

  /**
   * @param directory the container's own directory on the host
   * @param mounts how its root is made visible
   * @param volumes where the volumes are that it names
   */
  ContainerStart(
      Container container,
      Path directory,
      List<Mount> mounts,
      VolumeStore volumes,
      StepListener steps) {
    this.container = container.asStarted();
    this.spec = this.container.spec();
    this.directory = directory;
    this.mounts = mounts;
    this.volumes = volumes;
    this.steps = steps;
    runtime =
        spec.life().runtime().isEmpty() ? null : new ExternalRuntime(this.container, directory);
  }

  /**
   * Starts the process, passes signals on, and waits for its end.
   *
   * @param before its state while it is being started
   */
  ExitStatus runInForeground(ContainerState before) {
    if (runtime != null && spec.security().users().isPresent()) {
      throw new UnsupportedException(
          "--runtime " + spec.life().runtime(),
          "would give this process' standard streams to the container's users",
          "start it beside this process");
    }
    // Handlers first: a signal that arrives while the root is being made must not be lost.
    try (SignalRelay relay = SignalRelay.install();
        Child child = start(null)) {
      writeRunning(before, child);
      return relay.waitFor(child);
    }
  }

  /**
   * Starts the process and waits for its end while its output goes elsewhere. Signals to this
   * process are not touched.
   *
   * @param before its state while it is being started
   */
  ExitStatus runCaptured(ContainerState before, OutputStream out, OutputStream err) {
    try (Capture capture = new Capture(out, err);
        Child child = start(capture::connect)) {
      capture.begin();
      writeRunning(before, child);
      ExitStatus status = child.waitFor();
      capture.join();
      return status;
    }
  }

  private void writeRunning(ContainerState before, Child child) {
    ContainerState running =
        before.running(
            ContainerState.Processes.of(
                ContainerState.ProcessId.of(pid(child)), StateFile.bootId()));
    StateFile.write(directory, running, false);
  }

  /** The container's process, which another runtime's child is not itself. */
  private int pid(Child child) {
    return runtime == null ? child.pid() : runtime.pid();
  }

  /**
   * Starts the process.
   *
   * @param told tells the start before what is to be done as well; null for nothing
   */
  Child start(@Nullable Consumer<Starting> told) {
    try (Starting start = new Starting(container, directory, steps)) {
      try {
        users(start);
        if (told != null) {
          told.accept(start);
        }
        return launch(start);
      } catch (PhylloException e) {
        throw start.failed(e);
      }
    }
  }

  /**
   * Starts the process so that it outlives this one.
   *
   * @param before its state while it is being started
   * @param size how large its terminal is, if it has one
   * @throws StartException if it could not be started; then nothing is left but what {@link
   *     Holdings#release} releases
   */
  Supervised startSupervised(ContainerState before, Optional<Terminal.Size> size) {
    try (Starting start = new Starting(container, directory, steps)) {
      users(start);
      try (SupervisedStart supervised = new SupervisedStart(start, before, size)) {
        try {
          Child child = launch(start);
          if (runtime != null) {
            supervised.found(runtime.pid());
          } else if (start.shared != null && start.shared.isReborn()) {
            supervised.found(child.pid());
          }
          return new Supervised(
              container, directory, supervised.state(), child, supervised.keepers());
        } catch (RuntimeException e) {
          supervised.abandon();
          throw e;
        }
      } catch (PhylloException e) {
        throw start.failed(e);
      }
    }
  }

  private void users(Starting start) {
    if (spec.security().users().isPresent()) {
      OwnUsers.acquire(start);
    }
  }

  private Child launch(Starting start) {
    Holdings.acquire(start);
    if (spec.security().namespaces().isShared()) {
      SharedNamespaces.acquire(start);
    }
    Plan plan = plan(start);
    start.at("the process");
    // By instanceof: the first use of a pattern switch makes classes, and this start is timed.
    Launch launch = Launcher.tryLaunch(plan, steps);
    if (launch instanceof Launch.Started started) {
      Child child = started.child();
      if (runtime != null) {
        runtime.await(child);
      }
      return child;
    }
    throw explained((Launch.Failed) launch, spec.process().args().getFirst(), container.name());
  }

  /** What is opened here is opened before there is a child, so that errors have names. */
  private Plan plan(Starting start) {
    try (Linux.Tracing _ = Linux.trace(steps)) {
      start.at("the root");
      Path place = directory.resolve("rootfs");
      makeDirectory(place);
      OwnUsers users = start.users;
      Fd root = start.hold(users == null ? RootMount.open(mounts, place) : mapped(users, place));
      start.at("the user");
      Accounts accounts =
          new Accounts(RootFiles.read(root, "etc/passwd"), RootFiles.read(root, "etc/group"));
      Accounts.Identity identity =
          accounts.resolve(spec.process().user(), spec.security().groups());
      requireMapped(identity, start.ids);
      start.at("the volumes");
      VolumeSources opening = new VolumeSources(root, volumes, !container.ephemeral(), start);
      List<LaunchPlan.Source> sources = new ArrayList<>();
      for (Volume v : HostFiles.write(directory, spec)) {
        sources.add(opening.ofEngine(v));
      }
      for (Volume v : spec.storage().volumes()) {
        sources.add(opening.open(v));
      }
      sources.addAll(start.extra);
      Fd nothing = start.hold(runtime == null ? FileCalls.open("/dev/null", Open.RDONLY) : end());
      LaunchPlan plan = new LaunchPlan(spec, root, place, identity, sources, nothing, start);
      if (runtime != null || !container.ephemeral()) {
        start.at("the bundle");
        new BundleConfig(container, directory, identity, volumes).write();
      }
      return runtime == null ? plan.build() : plan.buildFor(runtime.arguments());
    }
  }

  /** Who cannot be, said before anything is started: setresuid(2) would only say EINVAL. */
  static void requireMapped(Accounts.Identity identity, @Nullable IdMaps own) {
    UserNamespace users = UserNamespace.current();
    IdMap uids = own == null ? users.uids() : own.uids();
    IdMap gids = own == null ? users.gids() : own.gids();
    if (!uids.contains(identity.uid()) || !gids.contains(identity.gid())) {
      throw new UnsupportedException(
          "user " + identity.uid() + ":" + identity.gid(),
          "this user namespace has only the users " + uids + " and the groups " + gids,
          own == null
              ? "run as root of the container (--user 0), or get subordinate ids (usermod"
                  + " --add-subuids)"
              : "run as root of the container (--user 0), or map that id as well");
    }
    for (int gid : own == null ? new int[0] : identity.groups()) {
      if (!gids.contains(gid)) {
        throw new UnsupportedException(
            "group " + gid,
            "this user namespace has only the groups " + gids,
            "leave the group out, or map it as well (--gidmap)");
      }
    }
  }

  /** What a new volume gets of the image is copied as it is on disk, before owners are mapped. */
  private Fd mapped(OwnUsers users, Path place) {
    if (!spec.storage().volumes().isEmpty()) {
      try (Starting own = new Starting(container, directory, steps);
          Fd plain = RootMount.open(mounts, place)) {
        new VolumeSources(plain, volumes, !container.ephemeral(), own)
            .fill(spec.storage().volumes());
      }
    }
    return MappedMount.open(mounts, place, users.namespace(), users.maps());
  }

  /**
   * Something at its end, for a runtime that gives what its process has as standard input to the
   * process' user: crun does so with the machine's /dev/null.
   */
  private static Fd end() {
    Fd[] pipe = FileData.pipe(0);
    pipe[1].close();
    return pipe[0];
  }

  private static void makeDirectory(Path path) {
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw new SystemException(path.toString(), e);
    }
  }

  /** A launch that failed, in words; of docker's exit statuses for that. */
  static StartException explained(Launch.Failed failed, String program, String container) {
    int status = failed.exitCode();
    SystemException cause = failed.toException();
    return switch (status) {
      case StartException.NOT_FOUND ->
          new StartException(
              program,
              program.indexOf('/') >= 0
                  ? "no such file in the container, or the interpreter it names is missing"
                  : "no such command in the container's $PATH",
              "",
              status,
              cause);
      case StartException.NOT_EXECUTABLE ->
          new StartException(program, "cannot be executed: " + failed.call(), "", status, cause);
      default ->
          new StartException(
              "container " + container,
              failed.note().isEmpty() ? failed.call() : failed.note() + ": " + failed.call(),
              cause.remedy().isEmpty()
                  ? "run again with --explain to see every step"
                  : cause.remedy(),
              StartException.ENGINE,
              cause);
    };
  }
}
