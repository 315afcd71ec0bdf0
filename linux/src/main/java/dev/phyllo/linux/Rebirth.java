package dev.phyllo.linux;

import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.PhylloException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Going on in another process id namespace; pid_namespaces(7).
 *
 * <p>Nobody moves there: one is born there. A child that were born there by the launcher would have
 * the launcher's memory and descriptors until its execve(2), and everybody in that namespace would
 * see it: who may trace it could make of the launcher what he likes (CVE-2016-9962). So the launch
 * begins outside, and its {@link SecondStage}, which has nothing of the launcher's any more, makes
 * the process that goes on. That is the launcher's child and no grandchild (CLONE_PARENT of
 * clone(2)); the one before says which it is, and ends.
 */
public final class Rebirth {
  private static final long CLONE_PARENT = 0x8000;
  private static final int SIGCHLD = 17;
  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;

  private final Fd there;
  private final Rendezvous meeting;
  private volatile @Nullable Child child;

  private Rebirth(Pidfd process) {
    there = process.fd();
    meeting = new Rendezvous((_, pidfd) -> found(pidfd));
  }

  /**
   * In the namespace of a process.
   *
   * @param process stays open until the launch is over
   * @throws ConflictException if that is where this process is
   */
  public static Rebirth beside(Pidfd process) {
    // A runtime that has not made its container yet is where this process is.
    if (isOwn(process.pid())) {
      throw new ConflictException(
          "process " + process.pid(), "is in no pid namespace of its own yet", "try again");
    }
    return new Rebirth(process);
  }

  private static boolean isOwn(int pid) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/ns/pid"))
          .equals(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/pid")));
    } catch (IOException e) {
      return false; // it has ended, which setns(2) says
    }
  }

  /** The last steps before the second stage: what that needs of what is open. */
  void keep(Plan.Builder before) {
    closing(before, 0);
  }

  private void closing(Plan.Builder plan, int flag) {
    for (Fd fd : new Fd[] {there, meeting.here(), meeting.go()}) {
      plan.step("", Sys.FCNTL, Arg.of(fd), Arg.of(F_SETFD), Arg.of(flag));
    }
  }

  /** The second stage's first steps. */
  void addSteps(Plan.Builder stage) {
    stage.part("it goes on as a child that is born in the container's pid namespace");
    stage.setns(Arg.of(there), CloneFlags.NEWPID);
    Arg born =
        stage.step(
            "the process in the namespace", Sys.CLONE, Arg.of(CLONE_PARENT | SIGCHLD), Arg.NONE);
    // Both go on from here, and only the number that clone(2) gave tells which one this is.
    Arg.Result known = stage.step("its descriptor", Sys.PIDFD_OPEN, born, Arg.NONE);
    stage.tolerate(Errno.EINVAL); // for 0, in the child
    stage.dup3(known, there.number());
    stage.meet(meeting);
    stage.exit(0);
    stage.afterErrorOf(known);
    closing(stage, FD_CLOEXEC);
  }

  /** The launcher's part, beside the launching thread. */
  void start(java.util.function.IntSupplier pidfd) {
    meeting.start(() -> 0, pidfd);
  }

  private void found(Fd first) {
    long got = Kernel.call(Sys.PIDFD_GETFD, first.number(), there.number(), 0);
    Fd pidfd = Fd.of((int) Kernel.check(got, "pidfd_getfd", "the process in the namespace"));
    child = new Child(Pidfd.numberOf(pidfd), pidfd);
  }

  /** There was no child at all. */
  void abandon() {
    PhylloException _ = meeting.finish();
    meeting.close();
  }

  /**
   * After the second stage: the child that went on.
   *
   * @param first the one that was launched
   * @return the first one if it came to no other; else that is reaped
   */
  Child after(Child first) {
    PhylloException failure = meeting.finish();
    meeting.close();
    Child other = child;
    if (other == null) {
      if (failure != null) {
        try (first) {
          first.waitFor();
        }
        throw failure;
      }
      return first;
    }
    try (first) {
      first.waitFor();
    }
    return other;
  }
}
