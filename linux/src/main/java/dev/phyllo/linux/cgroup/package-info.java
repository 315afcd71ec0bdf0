/** Control groups of both versions; cgroups(7). */
@org.jspecify.annotations.NullMarked
package dev.phyllo.linux.cgroup;
