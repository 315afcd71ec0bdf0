/**
 * The layer as a stream of entries: tar, compression, whiteouts. It never touches a file system.
 */
@org.jspecify.annotations.NullMarked
module dev.phyllo.layers {
  requires static transitive org.jspecify;
  requires transitive dev.phyllo.oci;
  requires com.github.luben.zstd_jni;

  exports dev.phyllo.layers;
}
