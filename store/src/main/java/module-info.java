/** Content, image names, records and locks on disk. */
@org.jspecify.annotations.NullMarked
module dev.phyllo.store {
  requires static transitive org.jspecify;
  requires transitive dev.phyllo.oci;

  exports dev.phyllo.store;
}
