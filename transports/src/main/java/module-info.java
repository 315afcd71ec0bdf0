/** Every place an image comes from or goes to. */
@org.jspecify.annotations.NullMarked
module dev.phyllo.transports {
  requires static transitive org.jspecify;
  requires transitive dev.phyllo.store;
  requires dev.phyllo.layers;
  requires java.net.http;

  exports dev.phyllo.transports;
  exports dev.phyllo.transports.builder;
  exports dev.phyllo.transports.registry;
}
