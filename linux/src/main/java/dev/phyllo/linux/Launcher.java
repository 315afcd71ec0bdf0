package dev.phyllo.linux;

import dev.phyllo.oci.StepListener;

/** Starts processes by plans; see {@link Plan}. */
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
    throw new UnsupportedOperationException("not yet");
  }
}
