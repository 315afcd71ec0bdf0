/** Layers on disk: the snapshotters, the unpacker and the applier. */
@org.jspecify.annotations.NullMarked
module dev.phyllo.snapshots {
  requires static transitive org.jspecify;
  requires transitive dev.phyllo.layers;
  requires transitive dev.phyllo.oci;
  requires transitive dev.phyllo.store;
  requires dev.phyllo.linux;

  exports dev.phyllo.snapshots;
}
