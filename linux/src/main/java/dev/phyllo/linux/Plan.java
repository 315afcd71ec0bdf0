package dev.phyllo.linux;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The start of a process as data: the namespaces it gets and the system calls it makes, one after
 * the other, up to the execve(2) that makes it the program wanted.
 *
 * <p>A JVM cannot run Java in a child between fork and exec: it has many threads, and only the
 * forking one would be there. So the child does not run Java. {@link Launcher} lays the plan out in
 * memory outside the heap, and some thirty machine instructions walk it. The child stops at the
 * first call that fails, and since it shares the launcher's memory until then, the launcher can say
 * which one that was and why.
 *
 * <pre>{@code
 * Plan.Builder plan = Plan.builder().namespaces(CloneFlags.NEWNS | CloneFlags.NEWPID);
 * plan.mount(null, "/", null, MS_REC | MS_PRIVATE, null);
 * Arg.Result root = plan.openat2("the root", Arg.CWD, path, Open.PATH, 0, 0);
 * plan.fchdir(root);
 * plan.execve(program, arguments, environment);
 * Child child = Launcher.launch(plan.build(), StepListener.NONE);
 * }</pre>
 */
public final class Plan {
  /** One call: what it is for in a few words, its number, and up to six arguments. */
  static final class Step {
    final String note;
    final int nr;
    final Arg[] arguments;

    /** Errors that do not end the plan, as a set of bits by number: 0 to 63, 64 to 127. */
    long toleratedLow;

    long toleratedHigh;

    /** How many of the following steps are left out after such an error. */
    int skipOnError;

    /** How many of the following steps are left out after success. */
    int skipOnSuccess;

    /** The part of the plan that begins here; empty in the midst of one. */
    final String part;

    Step(String part, String note, int nr, Arg[] arguments) {
      this.part = part;
      this.note = note;
      this.nr = nr;
      this.arguments = arguments;
    }

    boolean tolerates(int errno) {
      return errno < 64
          ? (toleratedLow >> errno & 1) != 0
          : errno < 128 && (toleratedHigh >> errno - 64 & 1) != 0;
    }
  }

  private final long cloneFlags;
  private final @Nullable Fd cgroup;
  private final @Nullable Rendezvous birth;
  private final @Nullable Rendezvous rendezvous;
  private final @Nullable SecondStage secondStage;
  private final List<Step> steps;

  private Plan(
      long cloneFlags,
      @Nullable Fd cgroup,
      @Nullable Rendezvous birth,
      @Nullable Rendezvous rendezvous,
      @Nullable SecondStage secondStage,
      List<Step> steps) {
    this.cloneFlags = cloneFlags;
    this.cgroup = cgroup;
    this.birth = birth;
    this.rendezvous = rendezvous;
    this.secondStage = secondStage;
    this.steps = steps;
  }

  /** A plan without steps and without namespaces. */
  public static Builder builder() {
    return new Builder();
  }

  /** The {@link CloneFlags} of the namespaces. */
  public long namespaces() {
    return cloneFlags;
  }

  /** The directory of the cgroup the child is born in, or null for the launcher's own. */
  @Nullable Fd cgroup() {
    return cgroup;
  }

  /** Where the child waits before it does anything, or null if it does not. */
  @Nullable Rendezvous birth() {
    return birth;
  }

  /** Where the child waits for the launcher, or null if it does not. */
  @Nullable Rendezvous rendezvous() {
    return rendezvous;
  }

  /** What the child becomes at the end of its steps, or null if that is the program itself. */
  @Nullable SecondStage secondStage() {
    return secondStage;
  }

  List<Step> steps() {
    return steps;
  }

  /** The same with another step before each of a call; from the first on, none takes results. */
  Plan withBeforeEach(int nr, Step more) {
    List<Step> all = new ArrayList<>();
    for (Step step : steps) {
      if (step.nr == nr) {
        all.add(more);
      }
      all.add(step);
    }
    return new Plan(cloneFlags, cgroup, birth, rendezvous, secondStage, all);
  }

  /** How many steps there are. */
  public int size() {
    return steps.size();
  }

  /**
   * Writes a plan step by step. The methods that add a step return its result as an argument for
   * later ones: {@code fchdir(openat2(...))}.
   */
  public static final class Builder extends PlanSteps<Builder> {
    private final List<Step> steps = new ArrayList<>();
    private long cloneFlags;
    private @Nullable Fd cgroup;
    private @Nullable Rendezvous birth;
    private @Nullable Rendezvous rendezvous;
    private @Nullable SecondStage secondStage;

    private String part = "";

    private Builder() {}

    /**
     * Here a part of the plan begins: for whoever is told the steps.
     *
     * @param purpose what its steps do together, in a few words
     */
    public Builder part(String purpose) {
      part = purpose;
      return this;
    }

    /** The namespaces the child gets of its own, {@link CloneFlags} together. */
    public Builder namespaces(long flags) {
      cloneFlags = flags;
      return this;
    }

    /** The child is born in this cgroup; CLONE_INTO_CGROUP of clone(2). */
    public Builder cgroup(Fd directory) {
      cgroup = directory;
      return this;
    }

    @Override
    public Arg.Result step(String note, int nr, Arg... arguments) {
      if (arguments.length > 6) {
        throw new IllegalArgumentException("a system call has at most six arguments");
      }
      for (Arg argument : arguments) {
        if (argument instanceof Arg.Result earlier && earlier.step() >= steps.size()) {
          throw new IllegalArgumentException("the result of a later step");
        }
      }
      steps.add(new Step(part, note, nr, arguments));
      part = "";
      return new Arg.Result(steps.size() - 1);
    }

    /**
     * The last step may fail with these errors: the plan goes on.
     *
     * @param errnos of {@link Errno}, up to 127
     */
    public Builder tolerate(int... errnos) {
      Step last = steps.getLast();
      for (int errno : errnos) {
        if (errno < 64) {
          last.toleratedLow |= 1L << errno;
        } else if (errno < 128) {
          last.toleratedHigh |= 1L << errno - 64;
        } else {
          throw new IllegalArgumentException("errno " + errno);
        }
      }
      return this;
    }

    /** After a tolerated error of the last step, leaves out this many of the steps that follow. */
    public Builder skipOnError(int count) {
      steps.getLast().skipOnError = count;
      return this;
    }

    /** After a tolerated error of that step, the plan goes on with the step added next. */
    public Builder afterErrorOf(Arg.Result step) {
      steps.get(step.step()).skipOnError = steps.size() - step.step() - 1;
      return this;
    }

    /** After success of that step, the plan goes on with the step added next. */
    public Builder afterSuccessOf(Arg.Result step) {
      steps.get(step.step()).skipOnSuccess = steps.size() - step.step() - 1;
      return this;
    }

    /**
     * Here the child waits until the launcher has done what makes it able to go on, such as mapping
     * its ids; at most once in a plan, and before {@link #meet}.
     */
    public Builder meetAtBirth(Rendezvous with) {
      birth = with;
      with.addSteps(this);
      return this;
    }

    /** Here the child waits until the launcher has done its part; at most once in a plan. */
    public Builder meet(Rendezvous with) {
      rendezvous = with;
      with.addSteps(this);
      return this;
    }

    /**
     * The last step: what is left is done by a program of its own. Descriptors that are to be
     * closed must be so by execve.
     */
    public Builder continueIn(SecondStage stage) {
      secondStage = stage;
      stage.addSteps(this);
      return this;
    }

    /** How many steps there are so far. */
    public int size() {
      return steps.size();
    }

    /** The plan as it is now. */
    public Plan build() {
      return new Plan(cloneFlags, cgroup, birth, rendezvous, secondStage, List.copyOf(steps));
    }
  }
}
