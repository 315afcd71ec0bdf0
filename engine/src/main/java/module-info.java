/** The public face of the engine: what library users import. */
@org.jspecify.annotations.NullMarked
module dev.phyllo.engine {
  requires static transitive org.jspecify;
  requires transitive dev.phyllo.build;
  requires transitive dev.phyllo.containers;
  requires transitive dev.phyllo.transports;
  requires dev.phyllo.linux;

  exports dev.phyllo.engine.pack;
  exports dev.phyllo.engine;
}
