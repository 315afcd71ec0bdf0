package dev.phyllo.linux;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files that the build made for the kernel: beside the native entry, or a resource of a class. */
public final class PreparedFile {
  private PreparedFile() {}

  /**
   * The bytes of a file.
   *
   * @param of the class whose package it belongs to
   * @throws IllegalStateException if the build did not make it
   */
  public static byte[] read(Class<?> of, String name) {
    String directory = System.getProperty("dev.phyllo.native");
    if (directory != null) {
      try {
        return Files.readAllBytes(Path.of(directory, name));
      } catch (IOException e) {
        // An older or other layout: then it is in the jar.
      }
    }
    try (InputStream in = of.getResourceAsStream(name)) {
      if (in != null) {
        return in.readAllBytes();
      }
    } catch (IOException e) {
      throw new IllegalStateException(name + " cannot be read", e);
    }
    throw new IllegalStateException(name + " is not part of this build");
  }
}
