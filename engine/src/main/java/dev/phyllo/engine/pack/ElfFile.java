package dev.phyllo.engine.pack;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a dynamic loader has to know of a program or shared library: elf(5)'s header, {@code
 * PT_INTERP} and the dynamic section. Both classes and byte orders are read.
 *
 * <p>The file may be hostile: every offset and count is held against the file's size and a fixed
 * limit before it is used.
 *
 * @param type what the file is
 * @param target the processor, class and byte order it is for
 * @param interpreter the loader that the kernel starts in its place, {@code PT_INTERP}
 * @param dynamic whether it has a dynamic section; a static program has none (static-pie ones have
 *     one and no interpreter)
 * @param soname the name that it answers to, {@code DT_SONAME}
 * @param needed the libraries it asks for, {@code DT_NEEDED}, in order
 * @param rpath {@code DT_RPATH}, not yet expanded
 * @param runpath {@code DT_RUNPATH}, not yet expanded
 * @param noDefaultPath whether it was linked with {@code -z nodeflib}
 */
public record ElfFile(
    Type type,
    Target target,
    Optional<String> interpreter,
    boolean dynamic,
    Optional<String> soname,
    List<String> needed,
    Optional<String> rpath,
    Optional<String> runpath,
    boolean noDefaultPath) {

  /** The header's {@code e_type}. */
  public enum Type {
    /** {@code ET_REL}: an object file. */
    RELOCATABLE,
    /** {@code ET_EXEC}: a program at a fixed address. */
    EXECUTABLE,
    /** {@code ET_DYN}: a shared library or a position-independent program. */
    SHARED,
    /** Anything else. */
    OTHER
  }

  /**
   * What two files must share to be loaded into one process.
   *
   * @param is64 whether its class is {@code ELFCLASS64}
   * @param littleEndian whether its data is {@code ELFDATA2LSB}
   * @param machine {@code e_machine}, such as 62 for x86-64 and 183 for AArch64
   */
  public record Target(boolean is64, boolean littleEndian, int machine) {
    static final int I386 = 3;
    static final int ARM = 40;
    static final int X86_64 = 62;
    static final int AARCH64 = 183;
    static final int RISCV = 243;

    /** The processor as the kernel's {@code AT_PLATFORM} usually says it. */
    String platform() {
      return switch (machine) {
        case I386 -> "i686";
        case ARM -> "v7l";
        case X86_64 -> "x86_64";
        case AARCH64 -> "aarch64";
        case RISCV -> "riscv64";
        default -> "unknown";
      };
    }

    /** Debian's name of the library directories of this target; empty where there is none. */
    String multiarch() {
      return switch (machine) {
        case I386 -> "i386-linux-gnu";
        case ARM -> "arm-linux-gnueabihf";
        case X86_64 -> is64 ? "x86_64-linux-gnu" : "x86_64-linux-gnux32";
        case AARCH64 -> "aarch64-linux-gnu";
        case RISCV -> "riscv64-linux-gnu";
        default -> "";
      };
    }
  }

  private static final int MAX_SEGMENTS = 4096;
  private static final int MAX_DYNAMIC = 1 << 20;
  private static final int MAX_NEEDED = 4096;

  private static final int PT_LOAD = 1;
  private static final int PT_DYNAMIC = 2;
  private static final int PT_INTERP = 3;

  private static final long DT_NULL = 0;
  private static final long DT_NEEDED = 1;
  private static final long DT_STRTAB = 5;
  private static final long DT_STRSZ = 10;
  private static final long DT_SONAME = 14;
  private static final long DT_RPATH = 15;
  private static final long DT_RUNPATH = 29;
  private static final long DT_FLAGS_1 = 0x6ffffffbL;
  private static final long DF_1_NODEFLIB = 0x800;

  /** Keeps a copy. */
  public ElfFile {
    needed = List.copyOf(needed);
  }

  /**
   * Reads a file.
   *
   * @throws InvalidException if it is not an ELF file or contradicts itself
   * @throws SystemException if it cannot be read
   */
  public static ElfFile read(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      return read(channel, file.toString());
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  /** Whether the file begins as an ELF file does. */
  static boolean isElf(byte[] head) {
    return head.length >= 4
        && head[0] == 0x7f
        && head[1] == 'E'
        && head[2] == 'L'
        && head[3] == 'F';
  }

  /** Whether it can be run without any other file: no loader and nothing needed. */
  public boolean isStatic() {
    return interpreter.isEmpty() && needed.isEmpty();
  }

  static ElfFile read(SeekableByteChannel channel, String thing) throws IOException {
    ElfBytes in = ElfBytes.open(channel, thing);
    int type = in.u16(16);
    Target target = new Target(in.is64(), in.littleEndian(), in.u16(18));
    List<Segment> segments = segments(in);
    Optional<String> interpreter = Optional.empty();
    Segment dynamic = null;
    for (Segment s : segments) {
      if (s.type == PT_INTERP && interpreter.isEmpty()) {
        interpreter = Optional.of(in.string(s.offset, s.fileSize, "PT_INTERP"));
      } else if (s.type == PT_DYNAMIC && dynamic == null) {
        dynamic = s;
      }
    }
    DynamicSection d = new DynamicSection();
    if (dynamic != null) {
      d.read(in, dynamic, segments);
    }
    return new ElfFile(
        switch (type) {
          case 1 -> Type.RELOCATABLE;
          case 2 -> Type.EXECUTABLE;
          case 3 -> Type.SHARED;
          default -> Type.OTHER;
        },
        target,
        interpreter,
        dynamic != null,
        d.soname,
        d.needed,
        d.rpath,
        d.runpath,
        d.noDefaultPath);
  }

  private record Segment(int type, long offset, long address, long fileSize) {}

  private static List<Segment> segments(ElfBytes in) throws IOException {
    boolean is64 = in.is64();
    long table = in.word(is64 ? 32 : 28);
    int entrySize = in.u16(is64 ? 54 : 42);
    int count = in.u16(is64 ? 56 : 44);
    if (count > MAX_SEGMENTS) {
      throw in.invalid(count + " program headers, over the limit of " + MAX_SEGMENTS);
    }
    if (count > 0 && entrySize < (is64 ? 56 : 32)) {
      throw in.invalid("program headers of " + entrySize + " bytes");
    }
    List<Segment> segments = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      long at = table + (long) i * entrySize;
      in.check(at, entrySize, "program header " + i);
      segments.add(
          new Segment(
              in.i32(at),
              in.word(at + (is64 ? 8 : 4)),
              in.word(at + (is64 ? 16 : 8)),
              in.word(at + (is64 ? 32 : 16))));
    }
    return segments;
  }

  /** The dynamic section's entries that say where libraries come from. */
  private static final class DynamicSection {
    private final List<String> needed = new ArrayList<>();
    private Optional<String> soname = Optional.empty();
    private Optional<String> rpath = Optional.empty();
    private Optional<String> runpath = Optional.empty();
    private boolean noDefaultPath;

    void read(ElfBytes in, Segment dynamic, List<Segment> segments) throws IOException {
      if (dynamic.fileSize < 0 || dynamic.fileSize > MAX_DYNAMIC) {
        throw in.invalid("a dynamic section of " + dynamic.fileSize + " bytes");
      }
      in.check(dynamic.offset, dynamic.fileSize, "dynamic section");
      int entrySize = in.is64() ? 16 : 8;
      int count = (int) (dynamic.fileSize / entrySize);
      long[] tags = new long[count];
      long[] values = new long[count];
      long strings = -1;
      long stringsSize = 0;
      int used = 0;
      for (; used < count; used++) {
        long at = dynamic.offset + (long) used * entrySize;
        tags[used] = in.is64() ? in.word(at) : in.i32(at);
        values[used] = in.word(at + entrySize / 2);
        if (tags[used] == DT_NULL) {
          break;
        }
        if (tags[used] == DT_STRTAB) {
          strings = fileOffset(in, values[used], segments);
        } else if (tags[used] == DT_STRSZ) {
          stringsSize = values[used];
        }
      }
      if (strings >= 0) {
        in.check(strings, stringsSize, "string table");
      }
      for (int i = 0; i < used; i++) {
        entry(in, tags[i], values[i], strings, stringsSize);
      }
    }

    private void entry(ElfBytes in, long tag, long value, long strings, long stringsSize)
        throws IOException {
      if (tag == DT_FLAGS_1) {
        noDefaultPath = (value & DF_1_NODEFLIB) != 0;
      } else if (tag == DT_NEEDED || tag == DT_SONAME || tag == DT_RPATH || tag == DT_RUNPATH) {
        if (strings < 0) {
          throw in.invalid("a dynamic section without a string table");
        }
        if (value < 0 || value >= stringsSize) {
          throw in.invalid("a string outside the string table, at " + value);
        }
        String text = in.string(strings + value, stringsSize - value, "a string");
        if (tag == DT_SONAME) {
          soname = Optional.of(text);
        } else if (tag == DT_RPATH) {
          rpath = Optional.of(text);
        } else if (tag == DT_RUNPATH) {
          runpath = Optional.of(text);
        } else {
          if (needed.size() == MAX_NEEDED) {
            throw in.invalid("more than " + MAX_NEEDED + " needed libraries");
          }
          needed.add(text);
        }
      }
    }

    /** The dynamic section speaks of addresses; the segments say where in the file those are. */
    private static long fileOffset(ElfBytes in, long address, List<Segment> segments) {
      for (Segment s : segments) {
        long into = address - s.address;
        if (s.type == PT_LOAD && into >= 0 && into < s.fileSize) {
          return s.offset + into;
        }
      }
      throw in.invalid("a string table at address " + address + ", which is in no segment");
    }
  }
}
