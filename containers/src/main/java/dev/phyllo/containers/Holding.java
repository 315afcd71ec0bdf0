package dev.phyllo.containers;

import java.nio.file.Path;

/**
 * A kind of thing that a container has of the machine while it runs, beyond its process and the
 * files in its own directory: a cgroup, a network namespace and its addresses, a mount, a process
 * that keeps its terminal open.
 *
 * <p>Order of a start: {@link Holdings} acquires each kind in its order, then the root is mounted,
 * the plan made from the {@link Starting} and launched. Whatever fails from the first acquisition
 * on, everything is released in the opposite order; so it is when the process has ended, before its
 * record says so, and when the container is removed or swept.
 *
 * <p>The process that acquired may be dead by then. So what is released is found by the container's
 * id and its directory alone, never by something remembered in memory; and as nobody knows how far
 * an interrupted start or an interrupted release got, releasing what was never acquired, or is
 * released already, does nothing. A cgroup is named after the id; an address is looked up by it.
 */
interface Holding {
  /** What it is to a person: {@code "the cgroup"}. Names the step when acquiring fails. */
  String name();

  /**
   * Gets it, and tells the start what the launch needs of it, such as {@link Starting#cgroup}. If
   * it throws, {@link #release} is called all the same.
   *
   * @throws dev.phyllo.oci.PhylloException if that cannot be had
   */
  void acquire(Starting start);

  /**
   * Gives it back. The container's process has ended, or is to be ended by this: a container that
   * was being started by a process that died may have one that no record knows.
   *
   * @param id the container's whole id
   * @param directory its own directory on the host; parts of it may be missing
   * @throws dev.phyllo.oci.PhylloException if it is still there afterwards
   */
  void release(String id, Path directory);
}
