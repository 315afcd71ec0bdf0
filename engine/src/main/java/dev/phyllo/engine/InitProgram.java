package dev.phyllo.engine;

import dev.phyllo.oci.UnsupportedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The first process of a container with {@code --init}: a program of the host that starts the
 * container's own, passes signals on to it and reaps what it leaves behind. It must need no
 * library, for it runs among the image's.
 */
final class InitProgram {
  private static final String[] PLACES = {
    "/usr/bin/docker-init",
    "/usr/libexec/docker/docker-init",
    "/usr/bin/catatonit",
    "/usr/libexec/podman/catatonit",
    "/usr/libexec/catatonit/catatonit",
    "/usr/bin/tini-static",
    "/sbin/tini-static",
    "/usr/bin/tini",
    "/sbin/tini"
  };

  private static final int PT_INTERP = 3;
  private static final int HEAD = 4096;

  private InitProgram() {}

  /**
   * Where it is on the host.
   *
   * @throws UnsupportedException if there is none
   */
  static Path find() {
    for (String place : PLACES) {
      Path path = Path.of(place);
      if (Files.isExecutable(path) && isStatic(path)) {
        return path;
      }
    }
    throw new UnsupportedException(
        "--init",
        "neither catatonit nor a static tini is on this machine",
        "install the package catatonit or tini");
  }

  /** Whether an ELF file of 64 bits names no interpreter; elf(5). */
  static boolean isStatic(Path file) {
    byte[] head;
    try (InputStream in = Files.newInputStream(file)) {
      head = in.readNBytes(HEAD);
    } catch (IOException e) {
      return false;
    }
    if (head.length < 64 || head[0] != 0x7f || head[1] != 'E' || head[4] != 2 || head[5] != 1) {
      return false;
    }
    ByteBuffer elf = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    long at = elf.getLong(32);
    int size = elf.getShort(54) & 0xffff;
    int count = elf.getShort(56) & 0xffff;
    for (int i = 0; i < count; i++, at += size) {
      if (at < 0 || at > head.length - 4 || elf.getInt((int) at) == PT_INTERP) {
        return false;
      }
    }
    return true;
  }
}
