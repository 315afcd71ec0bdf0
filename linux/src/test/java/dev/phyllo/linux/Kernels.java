package dev.phyllo.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What tests of the kernel have in common. */
final class Kernels {
  private Kernels() {}

  static void needLinux() {
    assumeTrue(Linux.isSupported(), "needs Linux on x86-64 or aarch64");
  }

  static void needRoot() {
    needLinux();
    assumeTrue(Ids.isRoot(), "needs root");
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] bytes(Path path) {
    return bytes(path.toString());
  }

  static Fd directory(Path path) {
    return FileCalls.open(path.toString(), Open.RDONLY | Open.DIRECTORY);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Reads a small file below a directory, links staying below it. */
  static String read(Fd root, String path) {
    try (Fd file = FileCalls.openat2(root, bytes(path), Open.RDONLY, 0, Resolve.IN_ROOT)) {
      return readAll(file);
    }
  }

  static String readAll(Fd file) {
    byte[] buffer = new byte[1 << 16];
    int length = 0;
    int got;
    while ((got = FileData.read(file, buffer, length, buffer.length - length)) > 0) {
      length += got;
    }
    return new String(buffer, 0, length, StandardCharsets.UTF_8);
  }

  /** Nothing that mentions a directory is mounted in the namespace of this process. */
  static void assertNoMounts(Path directory) throws IOException {
    String mounts = Files.readString(Path.of("/proc/self/mountinfo"));
    List<String> left = mounts.lines().filter(l -> l.contains(directory.toString())).toList();
    assertEquals(List.of(), left);
  }
}
