/** The phyllo command. */
@org.jspecify.annotations.NullMarked
module dev.phyllo.cli {
  requires static transitive org.jspecify;
  requires dev.phyllo.engine;
  requires dev.phyllo.linux;
  requires org.apache.commons.cli;
}
