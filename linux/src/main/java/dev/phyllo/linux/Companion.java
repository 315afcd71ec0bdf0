package dev.phyllo.linux;

import dev.phyllo.oci.StepListener;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program that works beside a container for as long as that runs, such as one that carries its
 * packets. It leads a session of its own, so that no terminal's signals reach it, and knows nothing
 * of the environment.
 *
 * <p>What it says goes to a pipe of which it holds both ends, the reading one as its standard
 * input: it never waits for a reader and never gets SIGPIPE for want of one, and what nobody read
 * goes with it.
 */
public final class Companion implements AutoCloseable {
  /** The number under which it has what {@link #start} was given to hand on. */
  public static final int HANDED = 3;

  private static final int PR_SET_PDEATHSIG = 1;
  private static final int MOST_SAID = 8192;

  private final Child child;
  private final Fd said;

  private Companion(Child child, Fd said) {
    this.child = child;
    this.said = said;
  }

  /**
   * Starts one.
   *
   * @param program its file
   * @param arguments what it is given, without its own name
   * @param directory where it works
   * @param tied whether it is killed when the thread that calls this ends
   * @param handed one more descriptor it gets; null for none
   */
  public static Companion start(
      String program,
      List<String> arguments,
      String directory,
      boolean tied,
      @Nullable Fd handed,
      StepListener steps) {
    Fd[] pipe = FileData.pipe(Open.NONBLOCK);
    List<Fd> high = new ArrayList<>();
    high.add(pipe[1]);
    try {
      Plan.Builder plan = Plan.builder();
      plan.setsid();
      if (tied) {
        plan.prctl(PR_SET_PDEATHSIG, Signals.KILL, 0, 0, 0);
      }
      ProcessRecipes.defaultSignals(plan);
      plan.chdir(directory);
      // From above the numbers they are to get, so that none overwrites another.
      Fd[] standard = {pipe[0], pipe[1], pipe[1], handed};
      for (int i = 0; i < standard.length; i++) {
        if (standard[i] != null) {
          Fd copy = FileData.duplicate(standard[i], HANDED + 1);
          high.add(copy);
          plan.dup3(Arg.of(copy), i);
        }
      }
      plan.closeOnExecFrom(handed == null ? HANDED : HANDED + 1);
      plan.tolerate(Errno.ENOSYS, Errno.EINVAL);
      List<byte[]> words = new ArrayList<>();
      words.add(Text.bytes(program));
      for (String argument : arguments) {
        words.add(Text.bytes(argument));
      }
      plan.execve(Text.bytes(program), words, List.of());
      return new Companion(Launcher.launch(plan.build(), steps), pipe[0]);
    } catch (RuntimeException e) {
      pipe[0].close();
      throw e;
    } finally {
      for (Fd fd : high) {
        fd.close();
      }
    }
  }

  /** Its process id. */
  public int pid() {
    return child.pid();
  }

  /**
   * Waits until something can be read of a descriptor, or that is at its end, or this has ended.
   *
   * @param millis how long at most
   * @return whether it still runs and the descriptor is ready
   */
  public boolean await(Fd ready, long millis) {
    boolean[] which = Poll.readable(List.of(ready, child.pidfd()), millis);
    return which[0] && !which[1];
  }

  /** What it has said so far, at most a few thousand bytes of it. */
  public String said() {
    byte[] bytes = new byte[MOST_SAID];
    int length = Math.max(0, FileData.tryRead(said, bytes, 0, bytes.length));
    return new String(bytes, 0, length, StandardCharsets.UTF_8).strip();
  }

  /** Ends it, and waits for that. */
  public void end() {
    child.signal(Signals.KILL);
    child.waitFor();
  }

  /** Forgets it: it goes on. */
  @Override
  public void close() {
    child.close();
    said.close();
  }
}
