package dev.phyllo.linux.entry;

import dev.phyllo.linux.entry.Assembler.Label;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes a 64 bit little-endian ELF shared object with code, a few bytes of data and exported
 * functions (System V ABI, chapters 4 and 5; elf(5)).
 *
 * <p>Two segments are loaded: headers, symbols and code, readable and executable; the dynamic
 * section and data, readable and writable (older C libraries relocate the dynamic section in
 * place). They are 64 KiB apart, the largest page size of aarch64. Nothing needs relocation,
 * nothing else is needed, and the stack need not be executable. Section headers serve disassemblers
 * only.
 */
final class ElfObject {
  private static final int EHDR = 64;
  private static final int PHDR = 56;
  private static final int SHDR = 64;
  private static final int SYM = 24;
  private static final int DYN = 16;
  private static final int PAGE = 0x10000;

  private static final int ET_EXEC = 2;
  private static final int ET_DYN = 3;

  private final int machine;
  private final Assembler code;
  private final byte[] data;
  private final Map<String, Label> exports = new LinkedHashMap<>();
  private final Map<Label, Integer> dataLabels = new LinkedHashMap<>();
  private final StringBuilder sectionNames = new StringBuilder("\0");

  /**
   * An object.
   *
   * @param machine e_machine
   * @param code its labels still open
   * @param data initial contents of the writable data
   */
  ElfObject(int machine, Assembler code, byte[] data) {
    this.machine = machine;
    this.code = code;
    this.data = data.clone();
  }

  /** Makes a place in the code a function that others can find. */
  ElfObject export(String name, Label at) {
    exports.put(name, at);
    return this;
  }

  /** Puts a label at an offset of the data. */
  ElfObject place(Label label, int offset) {
    dataLabels.put(label, offset);
    return this;
  }

  /** The shared object. */
  byte[] sharedObject(String soname) {
    return write(soname, null, 0);
  }

  /**
   * A program that starts at a label, for tests.
   *
   * @param base the address it is linked for
   */
  byte[] program(Label start, long base) {
    return write("", start, base);
  }

  /** Where the data will be in memory; the code and the exports must be complete. */
  long dataAddress(long base) {
    int symbols = exports.size() + 1;
    int strings = 2;
    for (String name : exports.keySet()) {
      strings += name.length() + 1;
    }
    int symAt = align(EHDR + 4 * PHDR + 4 * (3 + symbols), 8);
    int textAt = align(symAt + symbols * SYM + strings, 16);
    return base + PAGE + align(textAt + code.size(), 16) + 7 * DYN;
  }

  @SuppressWarnings("NarrowCalculation")
  private byte[] write(String soname, @org.jspecify.annotations.Nullable Label start, long base) {
    StringBuilder names = new StringBuilder("\0");
    Map<String, Integer> nameOffsets = new LinkedHashMap<>();
    for (String name : exports.keySet()) {
      nameOffsets.put(name, names.length());
      names.append(name).append('\0');
    }
    int sonameOffset = names.length();
    byte[] strings =
        names.append(soname).append('\0').toString().getBytes(StandardCharsets.US_ASCII);
    int symbols = exports.size() + 1;

    int hashAt = EHDR + 4 * PHDR;
    int hashSize = 4 * (2 + 1 + symbols);
    int symAt = align(hashAt + hashSize, 8);
    int strAt = symAt + symbols * SYM;
    int textAt = align(strAt + strings.length, 16);
    int dynAt = align(textAt + code.size(), 16);
    int dynSize = 7 * DYN;
    int dataAt = dynAt + dynSize;
    int dataEnd = dataAt + data.length;
    long shift = base + PAGE; // the second segment's addresses are a page further on

    dataLabels.forEach((label, offset) -> label.place(shift + dataAt + offset));
    byte[] text = code.finish(base + textAt);

    int nameDynsym = sectionName(".dynsym");
    int nameDynstr = sectionName(".dynstr");
    int nameHash = sectionName(".hash");
    int nameText = sectionName(".text");
    int nameDynamic = sectionName(".dynamic");
    int nameData = sectionName(".data");
    int nameShstrtab = sectionName(".shstrtab");
    byte[] shstrings = sectionNames.toString().getBytes(StandardCharsets.US_ASCII);
    int sections = 8;
    int shAt = align(dataEnd + shstrings.length, 8);

    ByteBuffer out = ByteBuffer.allocate(shAt + sections * SHDR).order(ByteOrder.LITTLE_ENDIAN);

    // The file header.
    out.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).position(16);
    out.putShort((short) (start == null ? ET_DYN : ET_EXEC)).putShort((short) machine).putInt(1);
    out.putLong(start == null ? 0 : start.address()).putLong(EHDR).putLong(shAt).putInt(0);
    out.putShort((short) EHDR).putShort((short) PHDR).putShort((short) 4);
    out.putShort((short) SHDR).putShort((short) sections).putShort((short) (sections - 1));

    // Program headers: type, flags (1 execute, 2 write, 4 read), offset, address, size, alignment.
    segment(out, 1, 5, 0, base, textAt + text.length, PAGE);
    segment(out, 1, 6, dynAt, shift + dynAt, dataEnd - dynAt, PAGE);
    segment(out, 2, 6, dynAt, shift + dynAt, dynSize, 8);
    segment(out, 0x6474e551, 6, 0, 0, 0, 16);

    // The hash table, one bucket: a chain through all symbols.
    out.position(hashAt).putInt(1).putInt(symbols).putInt(symbols > 1 ? 1 : 0).putInt(0);
    for (int i = 1; i < symbols; i++) {
      out.putInt(i + 1 < symbols ? i + 1 : 0);
    }

    // Symbols: the first is empty; the others global functions in section 4, the code.
    out.position(symAt + SYM);
    exports.forEach((name, label) -> {
      out.putInt(nameOffsets.getOrDefault(name, 0)).put((byte) 0x12).put((byte) 0);
      out.putShort((short) 4).putLong(label.address()).putLong(0);
    });
    out.put(strAt, strings).put(textAt, text);

    // The dynamic section: DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SYMENT, DT_SONAME, DT_NULL.
    out.position(dynAt);
    out.putLong(4).putLong(base + hashAt).putLong(5).putLong(base + strAt);
    out.putLong(6).putLong(base + symAt).putLong(10).putLong(strings.length);
    out.putLong(11).putLong(SYM).putLong(14).putLong(sonameOffset).putLong(0).putLong(0);
    out.put(data).put(shstrings);

    // Section headers.
    out.position(shAt + SHDR);
    section(out, nameHash, 5, 2, base + hashAt, hashAt, hashSize, 2, 0, 4);
    section(out, nameDynsym, 11, 2, base + symAt, symAt, symbols * SYM, 3, 1, SYM);
    section(out, nameDynstr, 3, 2, base + strAt, strAt, strings.length, 0, 0, 0);
    section(out, nameText, 1, 6, base + textAt, textAt, text.length, 0, 0, 0);
    section(out, nameDynamic, 6, 3, shift + dynAt, dynAt, dynSize, 3, 0, DYN);
    section(out, nameData, 1, 3, shift + dataAt, dataAt, data.length, 0, 0, 0);
    section(out, nameShstrtab, 3, 0, 0, dataEnd, shstrings.length, 0, 0, 0);
    return out.array();
  }

  private int sectionName(String name) {
    int offset = sectionNames.length();
    sectionNames.append(name).append('\0');
    return offset;
  }

  private static void segment(
      ByteBuffer out, int type, int flags, long offset, long address, long size, long align) {
    out.putInt(type).putInt(flags).putLong(offset).putLong(address).putLong(address);
    out.putLong(size).putLong(size).putLong(align);
  }

  private static void section(
      ByteBuffer out,
      int name,
      int type,
      long flags,
      long address,
      long offset,
      long size,
      int link,
      int info,
      long entrySize) {
    out.putInt(name).putInt(type).putLong(flags).putLong(address).putLong(offset).putLong(size);
    out.putInt(link).putInt(info).putLong(type == 1 ? 16 : 8).putLong(entrySize);
  }

  private static int align(int value, int to) {
    return (value + to - 1) / to * to;
  }
}
