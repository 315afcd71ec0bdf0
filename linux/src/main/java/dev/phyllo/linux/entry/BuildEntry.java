package dev.phyllo.linux.entry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the native entry's shared objects; run by the build, which needs no C toolchain so. */
public final class BuildEntry {
  private static final String JNI_PREFIX = "Java_dev_phyllo_linux_NativeEntry_";

  private BuildEntry() {}

  /**
   * Writes {@code libphyllo-x86_64.so} and {@code libphyllo-aarch64.so}, and the programs {@code
   * stage-x86_64} and {@code stage-aarch64}.
   *
   * @param args the directory to write them to
   * @throws IOException if they cannot be written
   */
  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    Files.createDirectories(directory);
    Files.write(directory.resolve("libphyllo-x86_64.so"), sharedObject(EntryX64.assemble()));
    Files.write(directory.resolve("libphyllo-aarch64.so"), sharedObject(EntryA64.assemble()));
    Files.write(directory.resolve("stage-x86_64"), StageProgram.x64());
    Files.write(directory.resolve("stage-aarch64"), StageProgram.a64());
  }

  static byte[] sharedObject(Entry entry) {
    byte[] noRelay = {-1, -1, -1, -1, 0, 0, 0, 0};
    return new ElfObject(entry.machine(), entry.code(), noRelay)
        .place(entry.cell(), 0)
        .export(JNI_PREFIX + "call", entry.call())
        .export(JNI_PREFIX + "address", entry.address())
        .sharedObject("libphyllo.so");
  }
}
