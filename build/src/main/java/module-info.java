/** Containerfiles become images: parsing, graph, cache, execution. */
@org.jspecify.annotations.NullMarked
module dev.phyllo.build {
  requires static transitive org.jspecify;
  requires transitive dev.phyllo.oci;
  requires transitive dev.phyllo.store;
  requires transitive dev.phyllo.snapshots;
  requires dev.phyllo.layers;
  requires dev.phyllo.linux;
  requires dev.phyllo.transports;
  requires dev.phyllo.containers;
  requires java.net.http;
  requires org.apache.commons.compress;
  requires org.tukaani.xz;

  exports dev.phyllo.build;
  exports dev.phyllo.build.cache to
      dev.phyllo.engine;
  exports dev.phyllo.build.containerfile;
  exports dev.phyllo.build.graph;
  exports dev.phyllo.build.ignore;
}
