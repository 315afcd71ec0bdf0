package dev.phyllo.linux;

import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StepListener;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts processes by plans; see {@link Plan}.
 *
 * <p>The child is made by clone3(2) with CLONE_VM and CLONE_VFORK: it runs in this process' memory
 * while the launching thread is held, so nothing is copied, however large the heap. Signal handlers
 * are those of the JVM and are cleared (CLONE_CLEAR_SIGHAND, Linux 5.5). A descriptor of the child
 * comes with it (CLONE_PIDFD).
 */
public final class Launcher {
  private Launcher() {}

  /**
   * Carries out a plan. The calling thread is held until the child is past its execve or gone.
   *
   * @param steps told each step, in order, when it is over; steps are timed only if it listens
   * @throws dev.phyllo.oci.SystemException naming the step and the error
   */
  public static Child launch(Plan plan, StepListener steps) {
    return switch (tryLaunch(plan, steps)) {
      case Launch.Started started -> started.child();
      case Launch.Failed failed -> throw failed.toException();
    };
  }

  /** Carries out a plan, a failed one being an answer like any other; see {@link #launch}. */
  public static Launch tryLaunch(Plan plan, StepListener steps) {
    boolean listening = steps.isListening();
    SecondStage second = plan.secondStage();
    if (second != null) {
      second.write(listening);
    }
    PlanLayout layout = new PlanLayout(plan, listening);
    long began = listening ? System.nanoTime() : 0;
    Rendezvous birth = plan.birth();
    if (birth != null) {
      birth.start(() -> (int) layout.result(birth.pidStep()), layout::pidfd);
    }
    Rendezvous rendezvous = plan.rendezvous();
    if (rendezvous != null) {
      rendezvous.start(() -> (int) layout.result(rendezvous.pidStep()), layout::pidfd);
    }
    Rebirth rebirth = second == null ? null : second.rebirth();
    if (rebirth != null) {
      rebirth.start(layout::pidfd);
    }
    long pid = NativeEntry.call(NativeEntry.LAUNCH, 0, layout.address(), 0, 0, 0, 0, 0);
    long ended = listening ? System.nanoTime() : 0;
    if (second != null) {
      second.await();
    }
    PhylloException unborn = birth == null ? null : birth.finish();
    PhylloException unmet = rendezvous == null ? null : rendezvous.finish();
    if (unborn != null) {
      unmet = unborn; // the child never came to the other
    }
    if (listening) {
      explain(plan, layout, pid, began, ended, steps);
    }
    if (pid < 0) {
      if (rebirth != null) {
        rebirth.abandon();
      }
      int errno = (int) -pid;
      String call = clone(plan, pid, -1).toString();
      return new Launch.Failed(-1, "the new process", call, "clone3", errno);
    }
    Child first = new Child((int) pid, Fd.of(layout.pidfd()));
    Child child = rebirth == null ? first : rebirth.after(first);
    if (unmet != null) {
      try (child) {
        child.waitFor();
      }
      throw unmet;
    }
    int failed = layout.failed();
    if (failed >= 0) {
      return failure(child, plan, layout, failed, 0);
    }
    if (second != null) {
      if (listening) {
        explainSteps(second.plan(), second.layout(), 0, new FdNames(), steps);
      }
      failed = second.layout().failed();
      if (failed >= 0) {
        return failure(child, second.plan(), second.layout(), failed, plan.size());
      }
    }
    return new Launch.Started(child);
  }

  /**
   * What to say of a failure. Of several attempts to find a program, the one counts that found
   * something, however the last one ended: as in execvp(3).
   */
  private static Launch.Failed failure(
      Child child, Plan plan, PlanLayout layout, int failed, int before) {
    try (child) {
      child.waitFor();
    }
    int telling = failed;
    if (plan.steps().get(failed).nr == Sys.EXECVE) {
      for (int step = 0; step <= failed; step++) {
        if (plan.steps().get(step).nr == Sys.EXECVE
            && layout.returned(step)
            && layout.result(step) != -Errno.ENOENT
            && layout.result(step) != -Errno.ENOTDIR) {
          telling = step;
          break;
        }
      }
    }
    SyscallStep step = describe(plan, layout, telling, -1, new FdNames());
    int errno = (int) -layout.result(telling);
    return new Launch.Failed(before + telling, step.note(), step.toString(), step.name(), errno);
  }

  /** Tells the listener what the child did, in the order in which it did it. */
  private static void explain(
      Plan plan, PlanLayout layout, long pid, long began, long ended, StepListener steps) {
    steps.done(clone(plan, pid, pid < 0 ? ended - began : -1));
    if (pid < 0) {
      return;
    }
    explainSteps(plan, layout, ended, Kernel.fdNames(), steps);
  }

  private static void explainSteps(
      Plan plan, PlanLayout layout, long ended, FdNames names, StepListener steps) {
    int failed = layout.failed();
    for (int step = 0; step < plan.size(); ) {
      String part = plan.steps().get(step).part;
      if (!part.isEmpty()) {
        steps.done(new PlanPart(part));
      }
      // Only execve does not return, and then the launcher goes on at once.
      boolean last = step == failed || !layout.returned(step);
      int next = last ? plan.size() : layout.after(step);
      long start = layout.began(step);
      long end = last ? ended : layout.began(next);
      // What a second stage does after its last report has no times.
      long nanos = start == 0 || end == 0 ? -1 : end - start;
      steps.done(describe(plan, layout, step, nanos, names));
      step = next;
    }
  }

  private static SyscallStep describe(
      Plan plan, PlanLayout layout, int step, long nanos, FdNames names) {
    Plan.Step done = plan.steps().get(step);
    return SyscallText.step(
        done.note,
        done.nr,
        layout.arguments(step),
        layout.result(step),
        nanos,
        layout.memory(),
        names);
  }

  private static SyscallStep clone(Plan plan, long pid, long nanos) {
    List<String> arguments = new ArrayList<>();
    String flags = "CLONE_VM|CLONE_VFORK|CLONE_PIDFD|CLONE_CLEAR_SIGHAND";
    String namespaces = Flags.CLONE.text(plan.namespaces());
    arguments.add(
        "{flags="
            + flags
            + (plan.namespaces() == 0 ? "" : "|" + namespaces)
            + ", exit_signal=SIGCHLD}");
    arguments.add("88");
    return new SyscallStep("the new process", "clone3", arguments, pid, nanos);
  }
}
