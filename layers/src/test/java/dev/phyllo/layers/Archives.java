package dev.phyllo.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reading and writing whole archives in memory, for tests. */
final class Archives {
  /** An entry and its logical content. */
  @SuppressWarnings("ArrayRecordComponent") // Compared by its parts, never as a whole.
  record Member(TarEntry entry, byte[] content) {
    static Member of(TarEntry entry) {
      return new Member(entry, new byte[0]);
    }
  }

  private Archives() {}

  static byte[] write(TarWriter.Format format, List<Member> members) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarWriter writer = new TarWriter(out, format)) {
      for (Member m : members) {
        writer.entry(m.entry(), m.content());
      }
    }
    return out.toByteArray();
  }

  static List<Member> read(byte[] archive) {
    return read(archive, TarLimits.DEFAULT);
  }

  static List<Member> read(byte[] archive, TarLimits limits) {
    List<Member> members = new ArrayList<>();
    try (TarReader reader = new TarReader(new ByteArrayInputStream(archive), limits, "test.tar")) {
      for (TarEntry e = reader.next(); e != null; e = reader.next()) {
        assertEquals(0, reader.offset() % 512, "content begins at a block");
        members.add(new Member(e, reader.content().readAllBytes()));
      }
      reader.drain();
      assertEquals(archive.length, reader.offset());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return members;
  }

  static Map<String, Member> byCleanName(List<Member> members) {
    Map<String, Member> map = new TreeMap<>();
    for (Member m : members) {
      map.put(m.entry().name().clean().toString(), m);
    }
    return map;
  }

  static Member get(Map<String, Member> members, String name) {
    Member m = members.get(name);
    if (m == null) {
      throw new AssertionError(name + " is not among " + members.keySet());
    }
    return m;
  }

  static TarEntry.Builder file(String name, long size) {
    return TarEntry.builder(RawPath.of(name), TarEntry.Type.FILE).size(size);
  }
}
