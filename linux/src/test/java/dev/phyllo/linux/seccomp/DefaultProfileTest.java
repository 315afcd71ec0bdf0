package dev.phyllo.linux.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.linux.Capabilities;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What the default profile allows, asked of its program call by call. */
class DefaultProfileTest {
  private static final Action EPERM = Action.errno(1);
  private static final Action ENOSYS = Action.errno(38);

  /**
   * The calls of which docker's documentation says that its default profile blocks them
   * (docs.docker.com/engine/security/seccomp), without those that depend on arguments.
   */
  private static final String[] DOCUMENTED_BY_DOCKER = {
    "acct",
    "add_key",
    "bpf",
    "clock_settime",
    "create_module",
    "delete_module",
    "finit_module",
    "get_kernel_syms",
    "get_mempolicy",
    "init_module",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "ioperm",
    "iopl",
    "kcmp",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "lookup_dcookie",
    "mbind",
    "mount",
    "move_pages",
    "nfsservctl",
    "open_by_handle_at",
    "perf_event_open",
    "pivot_root",
    "query_module",
    "quotactl",
    "reboot",
    "request_key",
    "set_mempolicy",
    "setns",
    "settimeofday",
    "stime",
    "swapon",
    "swapoff",
    "sysfs",
    "_sysctl",
    "umount",
    "umount2",
    "unshare",
    "uselib",
    "userfaultfd",
    "ustat",
    "vm86",
    "vm86old",
  };

  private static final Architecture[] MACHINES = {Architecture.X86_64, Architecture.AARCH64};

  private static long bit(String capability) {
    return 1L << Capabilities.number(capability);
  }

  private static Interpreter program(Architecture machine, long capabilities) {
    return new Interpreter(Seccomp.compile(capabilities, machine));
  }

  private static List<Architecture> of(Architecture machine) {
    List<Architecture> both = new ArrayList<>(List.of(machine));
    Architecture older = machine.older();
    if (older != null) {
      both.add(older);
    }
    return both;
  }

  @Test
  void everyCallOfEveryArchitectureHasTheFateThatTheTableSays() {
    for (Architecture machine : MACHINES) {
      Interpreter program = program(machine, Capabilities.DOCKER_DEFAULT);
      for (Architecture architecture : of(machine)) {
        for (SystemCalls.Call call : SystemCalls.all()) {
          int nr = SystemCalls.number(call.name(), architecture);
          if (nr < 0 || call.who().equals("tested")) {
            continue;
          }
          boolean allowed = call.who().equals("all") || call.who().equals("SYS_CHROOT");
          assertEquals(
              allowed ? Action.ALLOW : EPERM,
              program.run(architecture, nr),
              call.name() + " on " + architecture);
        }
      }
    }
  }

  @Test
  void whatDockerDocumentsAsBlockedIsBlocked() {
    Interpreter program = program(Architecture.X86_64, Capabilities.DOCKER_DEFAULT);
    for (String name : DOCUMENTED_BY_DOCKER) {
      boolean known = false;
      for (Architecture architecture : of(Architecture.X86_64)) {
        int nr = SystemCalls.number(name, architecture);
        if (nr >= 0) {
          known = true;
          assertEquals(EPERM, program.run(architecture, nr), name);
        }
      }
      assertTrue(known, name);
    }
  }

  @Test
  void callsThatNoOneKnowsAreAsInAnOlderKernel() {
    for (Architecture machine : MACHINES) {
      Interpreter program = program(machine, Capabilities.all());
      assertEquals(ENOSYS, program.run(machine, 500));
      assertEquals(ENOSYS, program.run(machine, 100_000));
      assertEquals(ENOSYS, program.run(machine, -1));
    }
  }

  @Test
  void x32CallsAreAbsentAndStrangersAreKilled() {
    Interpreter program = program(Architecture.X86_64, Capabilities.DOCKER_DEFAULT);
    assertEquals(ENOSYS, program.run(Architecture.X86_64, 0x40000000));
    assertEquals(ENOSYS, program.run(Architecture.X86_64, 0x40000000 | 520));
    assertEquals(Action.KILL_PROCESS, program.run(Architecture.AARCH64, 64));
    Interpreter arm = program(Architecture.AARCH64, Capabilities.DOCKER_DEFAULT);
    assertEquals(Action.KILL_PROCESS, arm.run(Architecture.X86_64, 1));
    assertEquals(Action.KILL_PROCESS, arm.run(0x40000028, 1), "32 bit ARM");
  }

  @Test
  void newNamespacesNeedSysAdmin() {
    for (Architecture machine : MACHINES) {
      Interpreter program = program(machine, Capabilities.DOCKER_DEFAULT);
      Interpreter admin = program(machine, Capabilities.DOCKER_DEFAULT | bit("SYS_ADMIN"));
      for (Architecture architecture : of(machine)) {
        int clone = SystemCalls.number("clone", architecture);
        int clone3 = SystemCalls.number("clone3", architecture);
        assertEquals(Action.ALLOW, program.run(architecture, clone, 0x01200011));
        assertEquals(Action.ALLOW, program.run(architecture, clone, 0x3d0f00));
        for (long flag = 0x20000; flag <= 0x40000000; flag <<= 1) {
          boolean namespace = (flag & 0x7e020000L) != 0;
          assertEquals(
              namespace ? EPERM : Action.ALLOW,
              program.run(architecture, clone, flag | 17),
              "clone flag " + Long.toHexString(flag));
          // The kernel drops the upper half: it must not hide anything.
          assertEquals(
              namespace ? EPERM : Action.ALLOW,
              program.run(architecture, clone, flag | 17 | 1L << 33));
        }
        assertEquals(ENOSYS, program.run(architecture, clone3, 0x1000, 88));
        assertEquals(Action.ALLOW, admin.run(architecture, clone3, 0x1000, 88));
        assertEquals(Action.ALLOW, admin.run(architecture, clone, 0x10000000));
        int unshare = SystemCalls.number("unshare", architecture);
        assertEquals(EPERM, program.run(architecture, unshare, 0x10000000));
        assertEquals(Action.ALLOW, admin.run(architecture, unshare, 0x10000000));
      }
    }
  }

  @Test
  void onlyHarmlessPersonalitiesAreTakenOn() {
    Interpreter program = program(Architecture.X86_64, Capabilities.DOCKER_DEFAULT);
    int nr = SystemCalls.number("personality", Architecture.X86_64);
    for (long allowed : new long[] {0, 8, 0x20000, 0x20008, 0xffffffffL, -1L}) {
      assertEquals(Action.ALLOW, program.run(Architecture.X86_64, nr, allowed));
    }
    // ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC, PER_SVR4
    for (long denied : new long[] {0x40000, 0x400000, 0x4000001, 0x100040000L}) {
      assertEquals(EPERM, program.run(Architecture.X86_64, nr, denied));
    }
  }

  @Test
  void socketsToOtherMachinesOfTheHypervisorAreDeniedWhateverTheUpperHalf() {
    for (Architecture machine : MACHINES) {
      Interpreter program = program(machine, Capabilities.DOCKER_DEFAULT);
      int nr = SystemCalls.number("socket", machine);
      assertEquals(EPERM, program.run(machine, nr, 40, 1, 0));
      assertEquals(EPERM, program.run(machine, nr, 1L << 32 | 40, 1, 0));
      for (long family : new long[] {1, 2, 10, 16, 17, 38, 41}) {
        assertEquals(Action.ALLOW, program.run(machine, nr, family, 1, 0));
      }
    }
  }

  @Test
  void capabilitiesOpenTheCallsThatTheyGuard() {
    String[][] guarded = {
      {"SYS_ADMIN", "mount"}, {"SYS_ADMIN", "bpf"}, {"SYS_ADMIN", "perf_event_open"},
      {"BPF", "bpf"}, {"PERFMON", "perf_event_open"}, {"SYS_BOOT", "reboot"},
      {"SYS_MODULE", "init_module"}, {"SYS_PACCT", "acct"}, {"SYS_PTRACE", "kcmp"},
      {"SYS_RAWIO", "iopl"}, {"SYS_TIME", "clock_settime"}, {"SYS_TTY_CONFIG", "vhangup"},
      {"SYS_NICE", "mbind"}, {"SYSLOG", "syslog"}, {"DAC_READ_SEARCH", "open_by_handle_at"},
      {"SYS_CHROOT", "chroot"},
    };
    for (String[] pair : guarded) {
      int nr = SystemCalls.number(pair[1], Architecture.X86_64);
      assertEquals(
          Action.ALLOW, program(Architecture.X86_64, bit(pair[0])).run(Architecture.X86_64, nr));
      long others = Capabilities.all() & ~bit(pair[0]) & ~bit("SYS_ADMIN");
      if (!pair[0].equals("SYS_ADMIN")) {
        assertEquals(
            EPERM, program(Architecture.X86_64, others).run(Architecture.X86_64, nr), pair[1]);
      }
    }
    Interpreter all = program(Architecture.X86_64, Capabilities.all());
    for (String never :
        List.of("keyctl", "userfaultfd", "io_uring_setup", "kexec_load", "swapon")) {
      assertEquals(
          EPERM, all.run(Architecture.X86_64, SystemCalls.number(never, Architecture.X86_64)));
    }
  }

  @Test
  void theProgramIsShortAndQuick() {
    Interpreter program = program(Architecture.X86_64, Capabilities.DOCKER_DEFAULT);
    program.run(Architecture.X86_64, 0);
    assertTrue(program.steps < 15, "steps " + program.steps);
    assertTrue(Seccomp.compile(Capabilities.DOCKER_DEFAULT, Architecture.X86_64).length < 4096);
  }

  @Test
  void theTableNamesEachNumberOnceAndAllThatTheLauncherNeeds() {
    for (Architecture architecture : Architecture.values()) {
      TreeSet<Integer> numbers = new TreeSet<>();
      for (SystemCalls.Call call : SystemCalls.all()) {
        int nr = SystemCalls.number(call.name(), architecture);
        if (nr >= 0) {
          assertTrue(numbers.add(nr), call.name() + " on " + architecture);
        }
      }
      assertTrue(numbers.size() > 300, "calls of " + architecture);
    }
    assertEquals(59, SystemCalls.number("execve", Architecture.X86_64));
    assertEquals(11, SystemCalls.number("execve", Architecture.X86));
    assertEquals(221, SystemCalls.number("execve", Architecture.AARCH64));
    assertFalse(SystemCalls.all().isEmpty());
  }

  @Test
  void whatTheBuildPreparedIsWhatWouldBeCompiled() {
    assertEquals(DefaultProfile.relevant((1L << Capabilities.count()) - 1), Seccomp.RELEVANT);
    long docker = Capabilities.DOCKER_DEFAULT;
    long[] sets = {
      docker,
      0,
      docker | bit("SYS_ADMIN"),
      docker | bit("SYS_PTRACE") | bit("NET_ADMIN"),
      bit("BPF")
    };
    for (long capabilities : sets) {
      assertEquals(
          java.util.HexFormat.of().formatHex(Seccomp.compile(capabilities, Architecture.own())),
          java.util.HexFormat.of().formatHex(Seccomp.byDefault(capabilities).program()));
    }
  }
}
