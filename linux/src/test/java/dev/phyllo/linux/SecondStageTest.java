package dev.phyllo.linux;

import static dev.phyllo.linux.Kernels.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.Step;
import dev.phyllo.oci.StepListener;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The end of a plan as a program of its own. */
class SecondStageTest {
  @BeforeEach
  void needLinux() {
    Kernels.needLinux();
  }

  private interface Steps {
    void add(Plan.Builder stage);
  }

  private static Launch launch(StepListener listener, Fd output, Steps steps) {
    List<Fd> held = new ArrayList<>();
    try {
      Plan.Builder plan = Plan.builder();
      ProcessRecipes.defaultSignals(plan);
      plan.dup3(Arg.of(output), 1);
      SecondStage stage = new SecondStage(held);
      steps.add(stage.steps());
      ProcessRecipes.closeOthers(plan);
      plan.continueIn(stage);
      return Launcher.tryLaunch(plan.build(), listener);
    } finally {
      for (Fd fd : held) {
        fd.close();
      }
    }
  }

  private static void shell(Plan.Builder stage, String script) {
    List<byte[]> args = List.of(bytes("sh"), bytes("-c"), bytes(script));
    ProcessRecipes.exec(
        stage, "sh", "/nosuch:/usr/bin:/bin", args, List.of(bytes("PATH=/usr/bin:/bin")));
  }

  private static String run(Steps steps) {
    Fd[] pipe = FileData.pipe(0);
    try (Fd reader = pipe[0]) {
      Launch launch = launch(StepListener.NONE, pipe[1], steps);
      pipe[1].close();
      try (Child child = assertInstanceOf(Launch.Started.class, launch).child()) {
        String text = Kernels.readAll(reader);
        assertEquals(0, child.waitFor().exitCode(), text);
        return text;
      }
    }
  }

  private static Launch.Failed fail(StepListener listener, Steps steps) {
    try (Fd nothing = FileCalls.open("/dev/null", Open.WRONLY)) {
      return assertInstanceOf(Launch.Failed.class, launch(listener, nothing, steps));
    }
  }

  @Test
  void itsProgramIsSealedAndNotTheLaunchers() {
    String seen =
        run(stage -> {
          Arg self = stage.openat2(Arg.CWD, bytes("/proc/self/exe"), Open.RDONLY, 0, 0);
          stage.dup3(self, 5);
          shell(stage, "readlink /proc/self/fd/5; (echo x > /proc/self/fd/5) 2>&1; exit 0");
        });
    assertTrue(seen.startsWith("/memfd:phyllo-start (deleted)\n"), seen);
    assertTrue(seen.contains("Operation not permitted"), seen);
  }

  @Test
  void nothingIsOpenInTheProgramButZeroOneAndTwo() {
    // 3 is the directory that ls reads.
    assertEquals("0\n1\n2\n3\n", run(stage -> shell(stage, "exec ls /proc/self/fd")));
  }

  @Test
  void aStepThatFailsThereIsNamedAsExactlyAsAnyOther() {
    Launch.Failed failed =
        fail(
            StepListener.NONE,
            stage -> {
              stage.umask(022);
              stage.step("the limits", Sys.CHDIR, Arg.of("/nosuch/directory"));
              shell(stage, "true");
            });
    assertEquals("the limits", failed.note());
    assertEquals(Errno.ENOENT, failed.errno());
    assertTrue(failed.call().startsWith("chdir(\"/nosuch/directory\") = -1 ENOENT"), failed.call());
    assertEquals(125, failed.exitCode());
  }

  @Test
  void aProgramThatIsNotThereOrCannotBeExecutedIsToldApart() {
    assertEquals(
        127,
        fail(
                StepListener.NONE,
                s -> ProcessRecipes.exec(s, "nosuch", "/bin:/usr/bin", List.of(), List.of()))
            .exitCode());
    assertEquals(
        126,
        fail(
                StepListener.NONE,
                s -> ProcessRecipes.exec(s, "passwd", "/nosuch:/etc", List.of(), List.of()))
            .exitCode());
  }

  @Test
  void executedOnceMoreByItsOwnNameItEndsAtOnce() {
    Fd[] pipe = FileData.pipe(0);
    try (Fd reader = pipe[0]) {
      Launch launch =
          launch(
              StepListener.NONE,
              pipe[1],
              s ->
                  ProcessRecipes.exec(
                      s, "/proc/self/exe", null, List.of(bytes("phyllo")), List.of()));
      pipe[1].close();
      try (Child child = assertInstanceOf(Launch.Started.class, launch).child()) {
        assertEquals("", Kernels.readAll(reader));
        assertEquals(127, child.waitFor().exitCode());
      }
    }
  }

  @Test
  void itsStepsAreToldUpToTheOneThatBecameTheProgram() {
    List<String> told = new ArrayList<>();
    StepListener listener =
        new StepListener() {
          @Override
          public boolean isListening() {
            return true;
          }

          @Override
          public void done(Step step) {
            told.add(step.toString());
          }
        };
    try (Fd nothing = FileCalls.open("/dev/null", Open.WRONLY)) {
      Launch launch =
          launch(
              listener,
              nothing,
              stage -> {
                stage.umask(027);
                shell(stage, "true");
              });
      try (Child child = assertInstanceOf(Launch.Started.class, launch).child()) {
        assertEquals(0, child.waitFor().exitCode());
      }
    }
    String all = String.join("\n", told);
    assertTrue(all.contains("execveat("), all);
    assertTrue(all.contains("umask(027) = "), all);
    assertTrue(all.contains("execve(\"/nosuch/sh\""), all);
    String last = told.getLast();
    assertTrue(last.startsWith("execve(\"/usr/bin/sh\", ") && last.contains("= 0"), last);
  }

  @Test
  void manyStepsAndLongArgumentsFit() {
    String seen =
        run(stage -> {
          for (int i = 0; i < 2000; i++) {
            stage.step("", Sys.CHDIR, Arg.of("/nosuch/" + "x".repeat(200)));
            stage.tolerate(Errno.ENOENT);
          }
          shell(stage, "echo " + "y".repeat(60_000) + " | wc -c");
        });
    assertEquals("60001\n", seen);
  }
}
