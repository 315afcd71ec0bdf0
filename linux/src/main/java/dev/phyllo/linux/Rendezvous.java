package dev.phyllo.linux;

import dev.phyllo.oci.PhylloException;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A place in a plan where the child waits until the launcher has done something to it, such as
 * mapping its ids from outside.
 *
 * <p>The launching thread is held meanwhile (CLONE_VFORK), so another does it. The child says by
 * one pipe that it is there and waits at another; if the work fails the child is killed.
 */
public final class Rendezvous implements AutoCloseable {
  /** What the launcher does while the child waits. */
  @FunctionalInterface
  public interface Work {
    /**
     * Does it.
     *
     * @param pid the child's number as the child itself sees it
     * @param pidfd the child's descriptor, which belongs to the launch
     */
    void with(int pid, Fd pidfd);
  }

  private final Work work;
  private final Fd hereReader;
  private final Fd hereWriter;
  private final Fd goReader;
  private final Fd goWriter;
  private int pidStep;
  private @Nullable Thread thread;
  private volatile @Nullable PhylloException failure;

  /** A place to do this at. */
  public Rendezvous(Work work) {
    this.work = work;
    Fd[] here = FileData.pipe(0);
    hereReader = here[0];
    hereWriter = here[1];
    Fd[] go = FileData.pipe(0);
    goReader = go[0];
    goWriter = go[1];
  }

  /** The child's part. */
  void addSteps(Plan.Builder plan) {
    pidStep = plan.step("its own number, for the launcher", Sys.GETPID).step();
    plan.write(Arg.of(hereWriter), new byte[1]);
    plan.read(Arg.of(goReader), 1);
  }

  /** The child's end by which it says that it is there. */
  Fd here() {
    return hereWriter;
  }

  /** The child's end at which it waits. */
  Fd go() {
    return goReader;
  }

  int pidStep() {
    return pidStep;
  }

  /**
   * The launcher's part, beside the launching thread.
   *
   * @param pid the child's number, known once it has come
   * @param pidfd its descriptor, likewise
   */
  void start(IntSupplier pid, IntSupplier pidfd) {
    Thread meeting = new Thread(() -> meet(pid, pidfd), "rendezvous");
    meeting.setDaemon(true);
    thread = meeting;
    meeting.start();
  }

  private void meet(IntSupplier pid, IntSupplier pidfd) {
    byte[] one = new byte[1];
    if (FileData.read(hereReader, one, 0, 1) == 0) {
      return; // it failed before, or there is no child at all
    }
    boolean done = false;
    try {
      work.with(pid.getAsInt(), Fd.borrowed(pidfd.getAsInt()));
      FileData.write(goWriter, one, 0, 1);
      done = true;
    } catch (PhylloException e) {
      failure = e;
    } finally {
      if (!done) { // whatever happened, the child must not wait for ever
        Kernel.call(Sys.PIDFD_SEND_SIGNAL, pidfd.getAsInt(), Signals.KILL, 0, 0);
      }
    }
  }

  /** After the launch: waits for the other thread; what it failed of is given back. */
  @Nullable PhylloException finish() {
    hereWriter.close();
    Thread meeting = thread;
    boolean interrupted = false;
    while (meeting != null && meeting.isAlive()) {
      try {
        meeting.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return failure;
  }

  @Override
  public void close() {
    hereWriter.close();
    hereReader.close();
    goReader.close();
    goWriter.close();
  }
}
