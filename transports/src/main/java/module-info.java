/** Every place an image comes from or goes to. */
@org.jspecify.annotations.NullMarked
module dev.phyllo.transports {
  requires static transitive org.jspecify;
  requires transitive dev.phyllo.store;
  requires dev.phyllo.layers;

  exports dev.phyllo.transports;
}
