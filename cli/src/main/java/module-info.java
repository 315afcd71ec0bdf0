/** The phyllo command. */
@org.jspecify.annotations.NullMarked
module dev.phyllo.cli {
  requires static transitive org.jspecify;
  requires dev.phyllo.engine;
  requires org.apache.commons.cli;
}
