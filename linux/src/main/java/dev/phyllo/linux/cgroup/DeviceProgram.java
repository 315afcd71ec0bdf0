package dev.phyllo.linux.cgroup;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * The devices controller of cgroup version 2: a program in the kernel that is asked whenever a
 * process of the cgroup opens or makes a device (the kernel's documentation of cgroup v2, "Device
 * controller").
 *
 * <p>It gets {@code struct bpf_cgroup_dev_ctx}: the kind in the low half of the first word and what
 * is wanted in the high half, then major and minor number. The first rule that allows everything
 * wanted of a device wins; if there is none, the answer is no.
 */
final class DeviceProgram {
  private static final int INSTRUCTION = 8;

  /** Opcodes of eBPF: BPF_LDX|BPF_MEM|BPF_W and so on. */
  private static final int LOAD_WORD = 0x61;

  private static final int MOVE_REG = 0xbf;
  private static final int MOVE = 0xb7;
  private static final int MOVE_32 = 0xb4;
  private static final int AND_32 = 0x54;
  private static final int SHIFT_RIGHT_32 = 0x74;
  private static final int JUMP_NOT_EQUAL = 0x55;
  private static final int EXIT = 0x95;

  /** Registers: the kind, what is wanted, major, minor. */
  private static final int KIND = 2;

  private static final int WANTED = 3;
  private static final int MAJOR = 4;
  private static final int MINOR = 5;

  private static final int BLOCK = 1;
  private static final int CHARACTER = 2;
  private static final int MAKE = 1;
  private static final int READ = 2;
  private static final int WRITE = 4;

  private DeviceProgram() {}

  /** The program of some rules. */
  static byte[] assemble(List<DeviceRule> rules) {
    ByteBuffer code =
        ByteBuffer.allocate(INSTRUCTION * (8 + 9 * rules.size())).order(ByteOrder.nativeOrder());
    instruction(code, LOAD_WORD, KIND, 1, 0, 0);
    instruction(code, MOVE_REG, WANTED, KIND, 0, 0);
    instruction(code, AND_32, KIND, 0, 0, 0xffff);
    instruction(code, SHIFT_RIGHT_32, WANTED, 0, 0, 16);
    instruction(code, LOAD_WORD, MAJOR, 1, 4, 0);
    instruction(code, LOAD_WORD, MINOR, 1, 8, 0);
    int length = 6;
    for (DeviceRule rule : rules) {
      length += rule(code, rule);
    }
    instruction(code, MOVE, 0, 0, 0, 0);
    instruction(code, EXIT, 0, 0, 0, 0);
    return Arrays.copyOf(code.array(), (length + 2) * INSTRUCTION);
  }

  /** One rule: each condition that does not hold jumps behind it. */
  private static int rule(ByteBuffer code, DeviceRule rule) {
    int allowed = 0;
    for (int i = 0; i < rule.access().length(); i++) {
      char c = rule.access().charAt(i);
      allowed |= c == 'r' ? READ : c == 'w' ? WRITE : MAKE;
    }
    boolean kind = rule.type() != 'a';
    boolean access = allowed != (READ | WRITE | MAKE);
    boolean major = rule.major() != DeviceRule.ANY;
    boolean minor = rule.minor() != DeviceRule.ANY;
    int length = (kind ? 1 : 0) + (access ? 3 : 0) + (major ? 1 : 0) + (minor ? 1 : 0) + 2;
    int left = length;
    if (kind) {
      left--;
      int wanted = rule.type() == 'b' ? BLOCK : CHARACTER;
      instruction(code, JUMP_NOT_EQUAL, KIND, 0, left, wanted);
    }
    if (access) {
      // Whatever is wanted beyond what is allowed must be nothing.
      left -= 3;
      instruction(code, MOVE_REG, 1, WANTED, 0, 0);
      instruction(code, AND_32, 1, 0, 0, (READ | WRITE | MAKE) & ~allowed);
      instruction(code, JUMP_NOT_EQUAL, 1, 0, left, 0);
    }
    if (major) {
      left--;
      instruction(code, JUMP_NOT_EQUAL, MAJOR, 0, left, (int) rule.major());
    }
    if (minor) {
      left--;
      instruction(code, JUMP_NOT_EQUAL, MINOR, 0, left, (int) rule.minor());
    }
    instruction(code, MOVE_32, 0, 0, 0, 1);
    instruction(code, EXIT, 0, 0, 0, 0);
    return length;
  }

  /** struct bpf_insn: opcode, two registers of four bits, offset, number. */
  private static void instruction(
      ByteBuffer code, int opcode, int to, int from, int offset, int value) {
    code.put((byte) opcode).put((byte) (from << 4 | to)).putShort((short) offset).putInt(value);
  }
}
