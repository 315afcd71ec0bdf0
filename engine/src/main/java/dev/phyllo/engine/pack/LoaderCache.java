package dev.phyllo.engine.pack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * glibc's /etc/ld.so.cache, which ldconfig(8) writes: library name to paths. The format is {@code
 * glibc-ld.so.cache1.1}, alone or behind the older {@code ld.so-1.7.0} table.
 *
 * <p>A header of 48 bytes (magic and version, the number of entries, the length of the strings, a
 * byte whose low bits give the byte order, an extension's offset) is followed by entries of 24
 * bytes (flags, offsets of name and path counted from the header, OS version, hardware
 * capabilities).
 *
 * <p>A cache only makes searching faster: one that is missing, old or malformed counts as empty.
 */
final class LoaderCache {
  private static final byte[] OLD = "ld.so-1.7.0".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NEW = "glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER = 48;
  private static final int ENTRY = 24;
  private static final int MAX_BYTES = 64 << 20;

  private final Map<String, List<Path>> byName = new HashMap<>();

  private LoaderCache() {}

  static LoaderCache read(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        return new LoaderCache();
      }
      return parse(Files.readAllBytes(file));
    } catch (IOException _) {
      return new LoaderCache();
    }
  }

  static LoaderCache parse(byte[] bytes) {
    LoaderCache cache = new LoaderCache();
    int header = headerOffset(bytes);
    if (header >= 0) {
      cache.entries(ByteBuffer.wrap(bytes, header, bytes.length - header).slice());
    }
    return cache;
  }

  /** The paths for a name, in the order in which ld.so prefers them. */
  List<Path> paths(String name) {
    return byName.getOrDefault(name, List.of());
  }

  private static int headerOffset(byte[] bytes) {
    if (startsWith(bytes, 0, NEW)) {
      return 0;
    }
    if (!startsWith(bytes, 0, OLD) || bytes.length < 16) {
      return -1;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    long end = 16 + Integer.toUnsignedLong(in.getInt(12)) * 12;
    for (int alignment : new int[] {8, 4}) {
      long at = (end + alignment - 1) / alignment * alignment;
      if (at <= bytes.length && startsWith(bytes, (int) at, NEW)) {
        return (int) at;
      }
    }
    return -1;
  }

  private void entries(ByteBuffer in) {
    if (in.limit() < HEADER) {
      return;
    }
    in.order(
        switch (in.get(28) & 3) {
          case 2 -> ByteOrder.LITTLE_ENDIAN;
          case 3 -> ByteOrder.BIG_ENDIAN;
          default -> ByteOrder.nativeOrder();
        });
    long count = Integer.toUnsignedLong(in.getInt(20));
    if (count > (in.limit() - HEADER) / ENTRY) {
      return;
    }
    Map<String, List<Path>> special = new HashMap<>();
    for (int i = 0; i < count; i++) {
      int at = HEADER + i * ENTRY;
      String name = string(in, in.getInt(at + 4));
      String path = string(in, in.getInt(at + 8));
      if (name.isEmpty() || !path.startsWith("/")) {
        continue;
      }
      boolean baseline = in.getLong(at + 16) == 0;
      (baseline ? byName : special)
          .computeIfAbsent(name, _ -> new ArrayList<>())
          .add(Path.of(path));
    }
    // What is packed here may run on another processor, so a library for any of them goes first.
    special.forEach(
        (name, paths) -> byName.computeIfAbsent(name, _ -> new ArrayList<>()).addAll(paths));
  }

  private static String string(ByteBuffer in, int offset) {
    if (offset < HEADER || offset >= in.limit()) {
      return "";
    }
    int end = offset;
    while (end < in.limit() && in.get(end) != 0) {
      end++;
    }
    byte[] text = new byte[end - offset];
    in.get(offset, text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private static boolean startsWith(byte[] bytes, int at, byte[] magic) {
    return bytes.length - at >= magic.length
        && Arrays.equals(bytes, at, at + magic.length, magic, 0, magic.length);
  }
}
