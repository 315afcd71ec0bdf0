package dev.phyllo.linux;

import static dev.phyllo.linux.Kernels.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.Step;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans that need no namespace: the walk, its errors and its report. */
class LauncherTest {
  @TempDir Path temp;

  @BeforeEach
  void need() {
    Kernels.needLinux();
  }

  private static List<byte[]> words(String... words) {
    List<byte[]> bytes = new ArrayList<>();
    for (String word : words) {
      bytes.add(bytes(word));
    }
    return bytes;
  }

  private static ExitStatus run(Plan.Builder plan) {
    try (Child child = Launcher.launch(plan.build(), StepListener.NONE)) {
      return child.waitFor();
    }
  }

  private static Launch.Failed fail(Plan.Builder plan) {
    Launch launch = Launcher.tryLaunch(plan.build(), StepListener.NONE);
    return assertInstanceOf(Launch.Failed.class, launch);
  }

  @Test
  void aProgramRunsWithItsArgumentsAndEnvironmentAndItsStatusComesBack() {
    Fd[] pipe = FileData.pipe(0);
    Plan.Builder plan = Plan.builder();
    ProcessRecipes.defaultSignals(plan);
    plan.dup3(Arg.of(pipe[1]), 1);
    ProcessRecipes.closeOthers(plan);
    ProcessRecipes.exec(
        plan, "sh", null, words("sh", "-c", "echo $0 $1 $X; exit 7", "a b", "ü"), words("X=y"));
    assertEquals(7, run(plan).code());
    pipe[1].close();
    try (Fd reader = pipe[0]) {
      assertEquals("a b ü y\n", Kernels.readAll(reader));
    }
  }

  @Test
  void aProgramStartsWithNoSignalBlockedOrIgnored() {
    Fd[] pipe = FileData.pipe(0);
    Plan.Builder plan = Plan.builder();
    ProcessRecipes.defaultSignals(plan);
    plan.dup3(Arg.of(pipe[1]), 1);
    ProcessRecipes.exec(plan, "cat", null, words("cat", "/proc/self/status"), words());
    assertEquals(0, run(plan).exitCode());
    pipe[1].close();
    try (Fd reader = pipe[0]) {
      String status = Kernels.readAll(reader);
      for (String set : List.of("SigBlk", "SigIgn", "SigCgt")) {
        assertTrue(status.contains(set + ":\t0000000000000000\n"), status);
      }
    }
  }

  @Test
  void thePlanStopsAtTheFirstErrorAndNamesStepAndErrno() {
    Plan.Builder plan = Plan.builder();
    plan.mkdirat(Arg.CWD, bytes(temp.resolve("before")), 0755);
    plan.step("into nothing", Sys.CHDIR, Arg.path(bytes(temp.resolve("nope"))));
    plan.mkdirat(Arg.CWD, bytes(temp.resolve("after")), 0755);
    Launch.Failed failed = fail(plan);
    assertEquals(1, failed.step());
    assertEquals("into nothing", failed.note());
    assertEquals(Errno.ENOENT, failed.errno());
    assertEquals(125, failed.exitCode());
    assertEquals(
        "chdir(\"" + temp + "/nope\") = -1 ENOENT (No such file or directory)", failed.call());
    assertTrue(Files.exists(temp.resolve("before")));
    assertTrue(Files.notExists(temp.resolve("after")));
    SystemException e =
        assertThrows(SystemException.class, () -> Launcher.launch(plan.build(), StepListener.NONE));
    // "before" is there by now: another step fails.
    assertEquals(Errno.EEXIST, e.errno());
  }

  @Test
  void everyStepCanBeTheOneThatFails() {
    for (int bad = 0; bad < 40; bad++) {
      Plan.Builder plan = Plan.builder();
      for (int step = 0; step < 40; step++) {
        plan.step("", step == bad ? Sys.CLOSE : Sys.GETPID, Arg.of(-1));
      }
      Launch.Failed failed = fail(plan);
      assertEquals(bad, failed.step());
      assertEquals(Errno.EBADF, failed.errno());
    }
  }

  @Test
  void theResultOfAStepIsAnArgumentOfLaterOnes() throws IOException {
    Plan.Builder plan = Plan.builder();
    Arg dir = plan.openat2(Arg.CWD, bytes(temp), Open.RDONLY | Open.DIRECTORY, 0, 0);
    Arg file = plan.openat2(dir, bytes("f"), Open.WRONLY | Open.CREAT, 0600, 0);
    Arg length = plan.write(file, bytes("hello"));
    plan.step("cut to what was written, times one", Sys.FTRUNCATE, file, length);
    plan.exit(0);
    assertEquals(0, run(plan).exitCode());
    assertEquals("hello", Files.readString(temp.resolve("f")));
  }

  @Test
  void toleratedErrorsGoOnElsewhereAndOthersEndThePlan() {
    Plan.Builder plan = Plan.builder();
    Arg.Result missing = plan.openat2(Arg.CWD, bytes("/nope"), Open.PATH, 0, 0);
    plan.tolerate(Errno.ENOENT, Errno.ESTALE);
    plan.mkdirat(Arg.CWD, bytes(temp.resolve("if-there")), 0755);
    plan.afterErrorOf(missing);
    Arg.Result there = plan.openat2(Arg.CWD, bytes("/"), Open.PATH, 0, 0);
    plan.mkdirat(Arg.CWD, bytes(temp.resolve("left-out")), 0755);
    plan.afterSuccessOf(there);
    plan.mkdirat(Arg.CWD, bytes(temp.resolve("reached")), 0755);
    plan.openat2(Arg.CWD, bytes("/etc/passwd/x"), Open.PATH, 0, 0);
    plan.tolerate(Errno.ENOENT);
    Launch.Failed failed = fail(plan);
    assertEquals(Errno.ENOTDIR, failed.errno());
    assertEquals(5, failed.step());
    assertTrue(Files.exists(temp.resolve("reached")));
    assertTrue(Files.notExists(temp.resolve("if-there")));
    assertTrue(Files.notExists(temp.resolve("left-out")));
  }

  @Test
  void errorNumbersBeyond63CanBeTolerated() {
    Plan.Builder plan = Plan.builder();
    plan.step("no such family", Sys.SOCKET, Arg.of(45), Arg.of(1), Arg.NONE);
    plan.tolerate(97); // EAFNOSUPPORT
    plan.exit(3);
    assertEquals(3, run(plan).code());
  }

  @Test
  void aPlanThatEndsEndsTheChild() {
    Plan.Builder plan = Plan.builder();
    plan.umask(022);
    assertEquals(0, run(plan).exitCode());
  }

  @Test
  void aProgramThatIsNowhereIs127AndOneThatMayNotRunIs126() throws IOException {
    Path one = Files.createDirectories(temp.resolve("one"));
    Path two = Files.createDirectories(temp.resolve("two"));
    String path = one + ":" + two;

    Plan.Builder nowhere = Plan.builder();
    ProcessRecipes.exec(nowhere, "prog", path, words("prog"), words());
    Launch.Failed missing = fail(nowhere);
    assertTrue(missing.isExec());
    assertEquals(127, missing.exitCode());

    // Found in the first directory without permission, in the second not at all.
    Files.writeString(one.resolve("prog"), "#!/bin/sh\nexit 3\n");
    Plan.Builder plan = Plan.builder();
    ProcessRecipes.exec(plan, "prog", path, words("prog"), words());
    Launch.Failed failed = fail(plan);
    assertEquals(126, failed.exitCode());
    assertEquals(Errno.EACCES, failed.errno());
    assertTrue(failed.call().contains(one + "/prog"), failed.call());

    // A later one that may run is run.
    Files.writeString(two.resolve("prog"), "#!/bin/sh\nexit 3\n");
    Files.setPosixFilePermissions(
        two.resolve("prog"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Plan.Builder found = Plan.builder();
    ProcessRecipes.exec(found, "prog", path, words("prog"), words());
    assertEquals(3, run(found).code());
  }

  @Test
  void execErrorsThatAreAllToleratedAreAFailureStill() {
    Plan.Builder plan = Plan.builder();
    plan.execve(bytes("/nope"), words("nope"), words());
    plan.tolerate(Errno.ENOENT);
    assertEquals(127, fail(plan).exitCode());
  }

  @Test
  void aFileThatIsNoProgramIs126() throws IOException {
    Path file = temp.resolve("noise");
    Files.write(file, new byte[] {1, 2, 3});
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    Plan.Builder plan = Plan.builder();
    ProcessRecipes.exec(plan, file.toString(), null, words("noise"), words());
    Launch.Failed failed = fail(plan);
    assertEquals(Errno.ENOEXEC, failed.errno());
    assertEquals(126, failed.exitCode());
  }

  @Test
  void candidatesFollowThePath() {
    assertEquals(List.of("/a/x", "./x", "b/x"), ProcessRecipes.candidates("x", "/a::b"));
    assertEquals(List.of("./x"), ProcessRecipes.candidates("./x", "/a"));
    assertEquals(List.of(""), ProcessRecipes.candidates("", "/a"));
  }

  @Test
  void aClone3ThatFailsIsReportedAsSuch() {
    Plan.Builder plan = Plan.builder().namespaces(CloneFlags.NEWNS | 0x200); // with CLONE_FS
    plan.exit(0);
    Launch.Failed failed = fail(plan);
    assertEquals(-1, failed.step());
    assertEquals("clone3", failed.name());
    assertEquals(Errno.EINVAL, failed.errno());
    assertEquals(125, failed.exitCode());
  }

  @Test
  void whatIsExplainedIsWhatWasExecuted() {
    List<SyscallStep> told = new ArrayList<>();
    StepListener listener =
        new StepListener() {
          @Override
          public boolean isListening() {
            return true;
          }

          @Override
          public void done(Step step) {
            told.add((SyscallStep) step);
          }
        };
    Plan.Builder plan = Plan.builder();
    Arg etc = plan.openat2(Arg.CWD, bytes("/etc"), Open.PATH | Open.DIRECTORY, 0, 0);
    Arg.Result skip = plan.openat2(etc, bytes("nope"), Open.RDONLY, 0, Resolve.IN_ROOT);
    plan.tolerate(Errno.ENOENT);
    plan.chdir("/left-out");
    plan.afterErrorOf(skip);
    plan.fchdir(etc);
    ProcessRecipes.exec(plan, "/bin/sh", null, words("sh", "-c", "exit 4"), words("A=1", "B=2"));
    try (Child child = Launcher.launch(plan.build(), listener)) {
      assertEquals(4, child.waitFor().code());
    }
    assertEquals(5, told.size(), told.toString());
    assertEquals(
        "clone3({flags=CLONE_VM|CLONE_VFORK|CLONE_PIDFD|CLONE_CLEAR_SIGHAND,"
            + " exit_signal=SIGCHLD}, 88)",
        told.get(0).call());
    long fd = told.get(1).result();
    assertEquals(
        "openat2(AT_FDCWD, \"/etc\", {flags=O_RDONLY|O_DIRECTORY|O_PATH|O_CLOEXEC}, 24)",
        told.get(1).call());
    assertEquals(
        "openat2("
            + fd
            + "</etc>, \"nope\", {flags=O_RDONLY|O_CLOEXEC, resolve=RESOLVE_IN_ROOT}, 24)",
        told.get(2).call());
    assertEquals("-1 ENOENT (No such file or directory)", told.get(2).resultText());
    assertEquals("fchdir(" + fd + "</etc>)", told.get(3).call());
    assertEquals(
        "execve(\"/bin/sh\", [\"sh\", \"-c\", \"exit 4\"], /* 2 vars */)", told.get(4).call());
    assertEquals("become /bin/sh", told.get(4).note());
    for (SyscallStep step : told.subList(1, told.size())) {
      assertTrue(step.nanos() >= 0 && step.nanos() < 10_000_000_000L, step.toString());
      assertTrue(step.toString().matches("(?s).* = .* <\\d+\\.\\d{6}>"), step.toString());
    }
  }

  @Test
  void ownCallsAreToldWhileTraced() {
    List<String> told = new ArrayList<>();
    StepListener listener =
        new StepListener() {
          @Override
          public boolean isListening() {
            return true;
          }

          @Override
          public void done(Step step) {
            told.add(((SyscallStep) step).call());
          }
        };
    try (Linux.Tracing tracing = Linux.trace(listener);
        Fd dir = FileCalls.open("/etc", Open.PATH)) {
      assertEquals(1, told.size(), tracing.toString());
      assertTrue(FileCalls.statx(dir).isDirectory());
      assertTrue(told.get(1).startsWith("statx(" + dir.number() + "</etc>, \"\", AT_EMPTY_PATH"));
    }
    Fd.of(FileCalls.tryOpenat2(Fd.CWD, bytes("/"), Open.PATH, 0, 0)).close();
    assertEquals(3, told.size(), told.toString());
  }
}
