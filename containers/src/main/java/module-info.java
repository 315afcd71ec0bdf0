/** Container life, from a run specification to an exit status. */
@org.jspecify.annotations.NullMarked
module dev.phyllo.containers {
  requires static transitive org.jspecify;
  requires transitive dev.phyllo.snapshots;
  requires transitive dev.phyllo.linux;

  exports dev.phyllo.containers;
  exports dev.phyllo.containers.networks;
  exports dev.phyllo.containers.volumes;
}
