package dev.phyllo.linux;

import dev.phyllo.oci.SystemException;

/** Programs in the kernel that decide for a cgroup of version 2; bpf(2). */
public final class CgroupPrograms {
  private static final int PROG_LOAD = 5;
  private static final int PROG_ATTACH = 8;
  private static final int TYPE_CGROUP_DEVICE = 15;
  private static final int ATTACH_CGROUP_DEVICE = 6;
  private static final int ALLOW_MULTI = 2;
  private static final int INSTRUCTION = 8;

  /** Sizes of union bpf_attr as far as they are used: up to prog_flags, and of an attachment. */
  private static final int LOAD_ATTRIBUTES = 48;

  private static final int ATTACH_ATTRIBUTES = 16;

  private CgroupPrograms() {}

  /**
   * Attaches a program that is asked about devices (BPF_PROG_TYPE_CGROUP_DEVICE); it goes when the
   * cgroup does.
   *
   * @param cgroup its directory
   * @param code instructions of eBPF
   * @throws SystemException if the kernel refuses it
   */
  public static void attachDeviceFilter(Fd cgroup, byte[] code) {
    Memory memory = new Memory(code.length + 256);
    long instructions = memory.bytes(code);
    long license = memory.cstring(Text.bytes("Apache-2.0"));
    long load = memory.room(LOAD_ATTRIBUTES);
    memory.putLong(load, TYPE_CGROUP_DEVICE | (long) (code.length / INSTRUCTION) << 32);
    memory.putLong(load + 8, instructions);
    memory.putLong(load + 16, license);
    long program = Kernel.call(Sys.BPF, PROG_LOAD, load, LOAD_ATTRIBUTES);
    Kernel.check(program, "bpf", "the filter of devices");
    try (Fd held = Fd.of((int) program)) {
      long attach = memory.room(ATTACH_ATTRIBUTES);
      memory.putLong(attach, cgroup.number() | (long) held.number() << 32);
      memory.putLong(attach + 8, ATTACH_CGROUP_DEVICE | (long) ALLOW_MULTI << 32);
      Kernel.check(
          Kernel.call(Sys.BPF, PROG_ATTACH, attach, ATTACH_ATTRIBUTES),
          "bpf",
          "the filter of devices");
    }
  }
}
