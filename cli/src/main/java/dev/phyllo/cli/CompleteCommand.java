package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.ContainerState;
import dev.phyllo.containers.networks.NetworkRecord;
import dev.phyllo.containers.volumes.NamedVolume;
import dev.phyllo.engine.ImageSummary;
import dev.phyllo.engine.Life;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Reference;
import dev.phyllo.snapshots.SnapshotInfo;
import dev.phyllo.store.BlobInfo;

/**
 * {@code __complete KIND...}: the names that the scripts of {@code completion} ask for, a line
 * each. It is in no list of commands. What cannot be had is left out without a word, because
 * whoever presses a key wants no errors.
 */
final class CompleteCommand implements Command {
  CompleteCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("__complete KIND...", "Print names for the scripts of completion")
        .words(0, Integer.MAX_VALUE);
  }

  @Override
  public int run(Arguments arguments, Session session) {
    for (String kind : arguments.words()) {
      try {
        print(kind, session);
      } catch (PhylloException _) {
        // There are none, then.
      }
    }
    return 0;
  }

  private static void print(String kind, Session session) {
    switch (kind) {
      case "images" -> {
        for (ImageSummary image : session.engine().images()) {
          if (!image.name().isEmpty()) {
            session.println(Reference.parse(image.name()).familiar());
          }
        }
      }
      case "containers", "running", "paused", "stopped" -> containers(kind, session);
      case "networks" -> {
        for (NetworkRecord network : session.engine().networks().list()) {
          session.println(network.name());
        }
      }
      case "volumes" -> {
        for (NamedVolume volume : session.engine().containers().volumes().list()) {
          session.println(volume.name());
        }
      }
      case "snapshots" -> {
        for (SnapshotInfo snapshot : session.engine().snapshotter().list()) {
          session.println(snapshot.key());
        }
      }
      case "blobs" -> {
        for (BlobInfo blob : session.engine().content().list()) {
          session.println(blob.digest().toString());
        }
      }
      default -> {
        // A list that a newer script knows.
      }
    }
  }

  private static void containers(String kind, Session session) {
    Life life = session.engine().life();
    for (Container c : life.containers().list()) {
      ContainerState.Status status =
          kind.equals("containers") ? ContainerState.Status.CREATED : life.state(c).status();
      boolean wanted =
          switch (kind) {
            case "running" -> status == ContainerState.Status.RUNNING;
            case "paused" -> status == ContainerState.Status.PAUSED;
            case "stopped" ->
                status == ContainerState.Status.CREATED || status == ContainerState.Status.EXITED;
            default -> true;
          };
      if (wanted) {
        session.println(c.name());
      }
    }
  }
}
