package dev.phyllo.linux;

import dev.phyllo.oci.SystemException;

/** What came of a plan: a process, or the step that failed. */
public sealed interface Launch {
  /** The child is past its execve. */
  record Started(Child child) implements Launch {}

  /**
   * The plan failed, and the child is gone.
   *
   * @param step the index of the step, -1 if there was no child at all because clone3(2) failed
   * @param note what the step was for
   * @param call the call as strace(1) shows it, with its result
   * @param name the name of the call
   * @param errno why, positive; where several execve attempts failed, the most telling of theirs
   */
  record Failed(int step, String note, String call, String name, int errno) implements Launch {
    /** Whether everything was ready and only the program could not be started. */
    public boolean isExec() {
      return name.equals("execve");
    }

    /** As shells and docker have it: 127 program not found, 126 not executable, 125 the rest. */
    public int exitCode() {
      if (!isExec()) {
        return 125;
      }
      return errno == Errno.ENOENT || errno == Errno.ENOTDIR ? 127 : 126;
    }

    /** As an error to throw. */
    public SystemException toException() {
      String thing = note.isEmpty() ? "step " + step + " of the launch" : note;
      return new SystemException(thing, call, Kernel.remedy(errno), errno);
    }
  }
}
