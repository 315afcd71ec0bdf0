package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.linux.cgroup.CgroupStats;

/**
 * What a container uses at one time.
 *
 * @param container which
 * @param nanoTime when, of System.nanoTime: processor time grows in between
 * @param stats what its cgroup counts
 * @param machineMemory how much memory the machine has, in bytes
 * @param received bytes from the network, of the interfaces of its own namespace
 * @param sent bytes to it
 */
public record Usage(
    Container container,
    long nanoTime,
    CgroupStats stats,
    long machineMemory,
    long received,
    long sent) {}
