package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.ContainerState;
import dev.phyllo.containers.LifeSpec;
import dev.phyllo.containers.LogSpec;
import dev.phyllo.containers.ProcessSpec;
import dev.phyllo.containers.RootDirectory;
import dev.phyllo.engine.Phyllo;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.snapshots.Mount;
import java.nio.file.Path;

/** A container as {@code inspect} shows it: docker's fields where there is something to say. */
final class InspectContainer {
  /** What docker prints for a time that never was. */
  private static final String NEVER = "0001-01-01T00:00:00Z";

  private InspectContainer() {}

  static Json.Obj of(Container c, Phyllo engine) {
    ContainerState state = engine.life().state(c);
    ProcessSpec process = c.spec().process();
    Path directory = engine.containers().directory(c);
    return new JsonBuilder()
        .put("Id", c.id())
        .put("Created", Times.rfc3339(c.createdMillis()))
        .put("Path", process.args().getFirst())
        .put("Args", JsonBuilder.array(process.args().subList(1, process.args().size())))
        .put("State", state(state))
        .put("Image", c.spec().image().isNone() ? "" : c.spec().image().config().toString())
        .put("Rootfs", c.spec().storage().root().map(RootDirectory::path).orElse(""))
        .put("ResolvConfPath", directory.resolve("resolv.conf").toString())
        .put("HostnamePath", directory.resolve("hostname").toString())
        .put("HostsPath", directory.resolve("hosts").toString())
        .put("LogPath", logPath(c.spec().life().log(), directory))
        .put("Name", "/" + c.name())
        .put("RestartCount", state.restarts())
        .put("Driver", engine.options().snapshotter())
        .put("Platform", "linux")
        .put("HostConfig", HostConfigInspect.of(c, engine))
        .put("GraphDriver", graphDriver(c, engine))
        .put("Mounts", MountsInspect.of(c, engine.containers().volumes()))
        .put("Config", config(c))
        .put("NetworkSettings", NetworkInspect.of(c, directory))
        .build();
  }

  private static Json.Obj state(ContainerState state) {
    return new JsonBuilder()
        .put("Status", state.status().word())
        .put("Running", state.isRunning())
        .put("Paused", state.status() == ContainerState.Status.PAUSED)
        .put("Restarting", state.status() == ContainerState.Status.RESTARTING)
        .put("OOMKilled", state.oomKilled())
        .put("Dead", false)
        .put("Pid", state.pid())
        .put(
            "ExitCode",
            state
                .exitStatus()
                .orElse(state.finishedMillis() == 0 ? 0 : state.isRunning() ? 0 : 255))
        .put("Error", state.error())
        .put("StartedAt", time(state.startedMillis()))
        .put("FinishedAt", time(state.finishedMillis()))
        .build();
  }

  private static String time(long millis) {
    return millis == 0 ? NEVER : Times.rfc3339(millis);
  }

  private static Json.Obj config(Container c) {
    ProcessSpec process = c.spec().process();
    LifeSpec life = c.spec().life();
    JsonBuilder config =
        new JsonBuilder()
            .put("Hostname", c.spec().network().hostname())
            .put("User", process.user())
            .put("Tty", process.tty())
            .put("OpenStdin", process.stdin())
            .put("StdinOnce", life.stdinOnce() && process.stdin())
            .put("Env", JsonBuilder.array(process.env()))
            .put("Cmd", JsonBuilder.array(process.args()))
            .put("Image", c.spec().image().isNone() ? "" : PsCommand.imageName(c))
            .put("WorkingDir", process.workingDir());
    JsonBuilder labels = new JsonBuilder();
    life.labels().forEach(labels::put);
    config.put("Labels", labels.build());
    if (!life.stopSignal().isEmpty()) {
      config.put("StopSignal", life.stopSignal());
    }
    life.stopSeconds().ifPresent(seconds -> config.put("StopTimeout", seconds));
    return config.build();
  }

  private static String logPath(LogSpec log, Path directory) {
    return log.isKept() ? directory.resolve(log.path()).toString() : "";
  }

  private static Json.Obj graphDriver(Container c, Phyllo engine) {
    JsonBuilder data = new JsonBuilder();
    try {
      for (Mount m : engine.snapshotter().mounts(c.id())) {
        if (!m.lowerDirs().isEmpty()) {
          data.put("LowerDir", String.join(":", m.lowerDirs()));
        }
        m.upperDir().ifPresent(dir -> data.put("UpperDir", dir));
        m.workDir().ifPresent(dir -> data.put("WorkDir", dir));
      }
    } catch (NotFoundException e) {
      // Never started, so it has no layer of its own yet.
    }
    data.put("MergedDir", engine.containers().directory(c).resolve("rootfs").toString());
    return new JsonBuilder()
        .put("Name", engine.options().snapshotter())
        .put("Data", data.build())
        .build();
  }
}
