package dev.phyllo.containers;

import dev.phyllo.containers.networks.Attachment;
import dev.phyllo.containers.networks.Attachments;
import dev.phyllo.containers.networks.HostsFile;
import dev.phyllo.containers.networks.NetworkStore;
import dev.phyllo.containers.networks.UserMode;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The networks of containers that exist: each can come into more of them and leave them, whether it
 * runs or not. Its record says so first, so that it is so again at its next start.
 */
public final class Connections {
  private final ContainerRecords records;
  private final Locks locks;

  Connections(ContainerRecords records, Locks locks) {
    this.records = records;
    this.locks = locks;
  }

  /**
   * Connects a container with one more network.
   *
   * @throws ConflictException if it is in it, or has no network that could have a second beside it
   * @throws NotFoundException if there is no such network
   */
  public void connect(Container container, Endpoint endpoint) {
    try (FileLocker.Held _ = locks.acquire(Creation.NAMES_LOCK, Locks.Mode.EXCLUSIVE)) {
      Container c = current(container);
      Path directory = records.directory(c);
      requireConnectable(c);
      String network = endpoint.network();
      if (find(c, network) != null) {
        throw new ConflictException(
            "container " + c.name(),
            "it is in network " + network + " already",
            "phyllo network disconnect, if it is to have another address there");
      }
      new NetworkStore(NetworkHolding.root(directory)).require(network);
      List<Endpoint> endpoints = new ArrayList<>(c.spec().network().endpoints());
      endpoints.add(endpoint);
      Container with = c.with(c.spec().withEndpoints(endpoints));
      records.write(with);
      if (!isRunning(with)) {
        return;
      }
      try {
        Attachment made = BridgeConnection.make(with, directory, endpoint, records.steps());
        HostsFile.add(directory.resolve("hosts"), made.addresses(), HostFiles.names(with.spec()));
      } catch (PhylloException e) {
        undo(with, directory, network, e);
        records.write(c);
        throw e;
      }
      if (!isRunning(with)) { // it ended meanwhile, and what it held was released before this
        NetworkHolding.releaseAll(with.id(), directory);
      }
    }
  }

  /** The first failure says more than one of cleaning up. */
  private void undo(Container c, Path directory, String network, PhylloException failure) {
    try {
      leave(c, directory, network);
    } catch (PhylloException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Disconnects a container from a network.
   *
   * @throws NotFoundException if it is not in it
   */
  public void disconnect(Container container, String network) {
    try (FileLocker.Held _ = locks.acquire(Creation.NAMES_LOCK, Locks.Mode.EXCLUSIVE)) {
      Container c = current(container);
      Path directory = records.directory(c);
      Endpoint endpoint = find(c, network);
      if (endpoint == null) {
        throw new NotFoundException(
            "container " + c.name(),
            "it is not in network " + network,
            "phyllo inspect shows them");
      }
      requireConnectable(c);
      List<Endpoint> endpoints = new ArrayList<>(c.spec().network().endpoints());
      endpoints.remove(endpoint);
      Container without = c.with(c.spec().withEndpoints(endpoints));
      records.write(without);
      if (isRunning(c)) {
        leave(without, directory, network);
      }
    }
  }

  private void leave(Container c, Path directory, String network) {
    List<Attachment> rest = new ArrayList<>(Attachments.read(directory));
    for (Attachment a : List.copyOf(rest)) {
      if (a.network().equals(network)) {
        rest.remove(a);
        BridgeConnection.end(c, directory, a, rest, records.steps());
        HostsFile.remove(directory.resolve("hosts"), a.addresses());
      }
    }
  }

  private Container current(Container container) {
    Container now = records.read(container.id());
    if (now == null) {
      throw new NotFoundException("container " + container.name(), "it is gone", "");
    }
    return now;
  }

  private static @Nullable Endpoint find(Container c, String network) {
    for (Endpoint e : c.spec().network().endpoints()) {
      if (e.network().equals(network)) {
        return e;
      }
    }
    return null;
  }

  private static void requireConnectable(Container c) {
    NetworkSpec spec = c.spec().network();
    for (Endpoint e : spec.endpoints()) {
      if (UserMode.of(e.network()).isPresent()) {
        throw stays(c, e.network());
      }
    }
    if (spec.mode() != Network.CONNECTED) {
      throw stays(c, spec.mode().word());
    }
  }

  private static ConflictException stays(Container c, String network) {
    return new ConflictException(
        "container " + c.name(),
        "made with --network " + network + ", which it has instead of any other",
        "make it with the name of a network");
  }

  private boolean isRunning(Container c) {
    ContainerState state = records.state(c);
    if (state.status() == ContainerState.Status.STARTING) {
      throw new ConflictException("container " + c.name(), "it is being started", "try again");
    }
    try (Pidfd process = StateFile.process(state)) {
      return process != null;
    }
  }
}
