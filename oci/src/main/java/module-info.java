/** The OCI image specification as records, with the JSON codec they share. */
@org.jspecify.annotations.NullMarked
module dev.phyllo.oci {
  requires static transitive org.jspecify;
  requires com.google.gson;

  exports dev.phyllo.oci;
  exports dev.phyllo.oci.json;
}
