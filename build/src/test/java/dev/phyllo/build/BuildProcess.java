package dev.phyllo.build;

import java.io.IOException;
import java.nio.file.Path;

/** A build in a process of its own, which a test can stop at any change of the disk. */
public final class BuildProcess {
  private BuildProcess() {}

  /**
   * Builds.
   *
   * @param args the bench's directory
   */
  public static void main(String[] args) throws IOException {
    Bench bench = new Bench(Path.of(args[0]));
    bench.file("f", "f");
    bench.build("FROM scratch AS a\nCOPY f /x\nFROM scratch\nCOPY --from=a /x /y\nWORKDIR /w\n");
  }
}
