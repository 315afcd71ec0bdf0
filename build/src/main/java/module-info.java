/** Containerfiles become images: parsing, graph, cache, execution. */
@org.jspecify.annotations.NullMarked
module dev.phyllo.build {
  requires static transitive org.jspecify;
  requires transitive dev.phyllo.oci;

  exports dev.phyllo.build.containerfile;
  exports dev.phyllo.build.graph;
  exports dev.phyllo.build.ignore;
}
