package dev.phyllo.linux.seccomp;

import org.jspecify.annotations.Nullable;

/** What a system call may be made as: a machine's own programs, or those of its older kind. */
enum Architecture {
  X86_64(0xc000003e, "SCMP_ARCH_X86_64", "amd64", 1),
  X86(0x40000003, "SCMP_ARCH_X86", "x86", 2),
  AARCH64(0xc00000b7, "SCMP_ARCH_AARCH64", "arm64", 3);

  /** AUDIT_ARCH of audit.h, by which the kernel names it to a filter. */
  final int audit;

  /** As profiles name it in {@code architectures}, and in {@code includes.arches}. */
  final String scmp;

  final String go;

  /** Which column of the table of calls is its own. */
  final int column;

  Architecture(int audit, String scmp, String go, int column) {
    this.audit = audit;
    this.scmp = scmp;
    this.go = go;
    this.column = column;
  }

  /** This machine's. */
  static Architecture own() {
    return "aarch64".equals(System.getProperty("os.arch")) ? AARCH64 : X86_64;
  }

  /** The programs of another kind that this machine runs, too; null if none that are known here. */
  @Nullable Architecture older() {
    return this == X86_64 ? X86 : null;
  }
}
