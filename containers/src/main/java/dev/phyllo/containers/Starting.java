package dev.phyllo.containers;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.IdMaps;
import dev.phyllo.linux.Rendezvous;
import dev.phyllo.linux.cgroup.Cgroup;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StartException;
import dev.phyllo.oci.StepListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A container's start while it goes on: what its steps hand to the launch plan, and which step it
 * is at. Descriptors in it are closed when the start is over, whatever came of it: the process then
 * has its own.
 */
final class Starting implements AutoCloseable {
  private final Container container;
  private final Path directory;
  private final StepListener steps;
  private final List<Fd> held = new ArrayList<>();
  private String step = "";

  /** The cgroup the process joins; null if it has none of its own. */
  @Nullable Cgroup cgroup;

  /** The network namespace the process joins instead of getting a new one. */
  @Nullable Fd networkNamespace;

  /** What of namespaces it has from others; null if they are its own. */
  @Nullable SharedNamespaces shared;

  /** Its own user namespace; null if it has the engine's, and if it is there already. */
  @Nullable OwnUsers users;

  /** Which ids are its users; null if they are the engine's. */
  @Nullable IdMaps ids;

  /** Standard input, output and error of the process; null for those of this process. */
  @Nullable Fd stdin;

  @Nullable Fd out;
  @Nullable Fd err;

  /** Its terminal in its own devpts, not mounted yet; then there are no other descriptors. */
  @Nullable Fd devpts;

  @Nullable Fd terminal;

  /**
   * Where the process waits until it is written down. If there is such a place it outlives this
   * process; if not, it is killed when this process ends.
   */
  @Nullable Rendezvous meeting;

  /** What appears inside besides the specification's volumes. */
  final List<LaunchPlan.Source> extra = new ArrayList<>();

  Starting(Container container, Path directory, StepListener steps) {
    this.container = container;
    this.directory = directory;
    this.steps = steps;
  }

  Container container() {
    return container;
  }

  /** The container's own directory on the host. */
  Path directory() {
    return directory;
  }

  StepListener steps() {
    return steps;
  }

  /** Keeps a descriptor open until the start is over. */
  Fd hold(Fd fd) {
    held.add(fd);
    return fd;
  }

  /** What is kept open until the start is over; add to it. */
  List<Fd> held() {
    return held;
  }

  /**
   * Another step begins, and the one before has ended.
   *
   * @param name what it is about, for the message if it fails: {@code "the cgroup"}
   */
  void at(String name) {
    StartFaults.after(step);
    step = name;
    StartFaults.before(name);
  }

  /** What came of the step it is at, as an error of the whole start that names it. */
  StartException failed(PhylloException e) {
    if (e instanceof StartException known) {
      return known; // the container's own doing: no such command, or it cannot be executed
    }
    // A thing that says by itself what it is needs no other name.
    String thing = e.thing().equals(step) ? step : step + ": " + e.thing();
    return new StartException(
        "container " + container.name(),
        thing + ": " + e.why(),
        e.remedy(),
        StartException.ENGINE,
        e);
  }

  @Override
  public void close() {
    if (users != null) {
      users.close();
    }
    for (Fd fd : held) {
      fd.close();
    }
  }
}
