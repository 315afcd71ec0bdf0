package dev.phyllo.engine.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.InvalidException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ElfFileTest {
  @TempDir private Path dir;

  /** A library with an interpreter, a soname, two needed libraries, RPATH and RUNPATH. */
  static byte[] library(boolean is64, ByteOrder order) {
    return new Image(is64, order).build();
  }

  private static final class Image {
    private final boolean is64;
    private final ByteBuffer out;

    Image(boolean is64, ByteOrder order) {
      this.is64 = is64;
      this.out = ByteBuffer.allocate(1024).order(order);
    }

    byte[] build() {
      int headers = is64 ? 64 : 52;
      int entry = is64 ? 56 : 32;
      out.put(new byte[] {0x7f, 'E', 'L', 'F', (byte) (is64 ? 2 : 1)});
      out.put((byte) (out.order() == ByteOrder.LITTLE_ENDIAN ? 1 : 2)).put((byte) 1);
      out.position(16);
      out.putShort((short) 3).putShort((short) 62).putInt(1);
      word(0).word(headers).word(0);
      out.putInt(0).putShort((short) headers).putShort((short) entry).putShort((short) 3);
      out.position(headers);
      // The file is mapped at 0x10000, so that an address is never a file offset by chance.
      segment(1, 0, 0x10000, 1024);
      segment(3, 300, 0x10000 + 300, 12);
      segment(2, 400, 0x10000 + 400, 9L * (is64 ? 16 : 8));
      out.put(300, "/lib/ld.so.1".getBytes(StandardCharsets.US_ASCII), 0, 12).put(311, (byte) 0);
      byte[] strings =
          "\0liba.so\0libb.so\0me.so\0/r\0$ORIGIN\0".getBytes(StandardCharsets.US_ASCII);
      out.put(700, strings);
      out.position(400);
      dynamic(1, 1).dynamic(1, 9).dynamic(14, 17).dynamic(15, 23).dynamic(29, 26);
      dynamic(5, 0x10000 + 700)
          .dynamic(10, strings.length)
          .dynamic(0x6ffffffb, 0x800)
          .dynamic(0, 0);
      return out.array();
    }

    private Image word(long value) {
      if (is64) {
        out.putLong(value);
      } else {
        out.putInt((int) value);
      }
      return this;
    }

    private void segment(int type, long offset, long address, long size) {
      out.putInt(type);
      if (is64) {
        out.putInt(4);
      }
      word(offset).word(address).word(address).word(size).word(size);
      if (!is64) {
        out.putInt(4);
      }
      word(1);
    }

    private Image dynamic(long tag, long value) {
      return word(tag).word(value);
    }
  }

  private ElfFile read(byte[] bytes) throws IOException {
    return ElfFile.read(Files.write(dir.resolve("elf"), bytes));
  }

  @ParameterizedTest
  @CsvSource({"true,true", "true,false", "false,true", "false,false"})
  void bothClassesAndByteOrdersAreRead(boolean is64, boolean little) throws IOException {
    ElfFile elf = read(library(is64, little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN));
    assertEquals(ElfFile.Type.SHARED, elf.type());
    assertEquals(new ElfFile.Target(is64, little, 62), elf.target());
    assertEquals(Optional.of("/lib/ld.so."), elf.interpreter());
    assertEquals(List.of("liba.so", "libb.so"), elf.needed());
    assertEquals(Optional.of("me.so"), elf.soname());
    assertEquals(Optional.of("/r"), elf.rpath());
    assertEquals(Optional.of("$ORIGIN"), elf.runpath());
    assertTrue(elf.noDefaultPath());
    assertTrue(elf.dynamic());
    assertFalse(elf.isStatic());
  }

  @Test
  void aFileCutAnywhereIsRefusedOrReadButNeverMore() throws IOException {
    byte[] whole = library(true, ByteOrder.LITTLE_ENDIAN);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      if (length < 734) {
        assertThrows(InvalidException.class, () -> read(cut), "cut at " + length);
      } else {
        assertEquals(2, read(cut).needed().size());
      }
    }
  }

  @Test
  void aDamagedFileIsRefusedOrReadButBreaksNothing() throws IOException {
    long seed = Long.getLong("phyllo.seed", System.nanoTime());
    System.out.println("ElfFileTest -Dphyllo.seed=" + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 1000; round++) {
      byte[] bytes = library(random.nextBoolean(), ByteOrder.LITTLE_ENDIAN);
      for (int i = random.nextInt(6); i >= 0; i--) {
        bytes[random.nextInt(760)] = (byte) (random.nextBoolean() ? random.nextInt(256) : 0xff);
      }
      try {
        read(bytes);
      } catch (InvalidException e) {
        assertTrue(e.thing().endsWith("elf"), e.getMessage());
      }
    }
  }

  @Test
  void aTextFileIsNotAnElfFile() {
    InvalidException e =
        assertThrows(
            InvalidException.class, () -> read("#!/bin/sh\n".getBytes(StandardCharsets.UTF_8)));
    assertEquals("not an ELF file", e.why());
  }
}
