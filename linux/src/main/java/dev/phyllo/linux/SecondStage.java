package dev.phyllo.linux;

import dev.phyllo.linux.entry.PlanFormat;
import dev.phyllo.linux.entry.StageProgram;
import dev.phyllo.oci.UnsupportedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of a plan as a program of its own.
 *
 * <p>Up to its execve(2) the child is the launcher's program, in the launcher's memory. If what it
 * executes is {@code /proc/self/exe}, or names that as its interpreter, then a program chosen by
 * the image runs as the launcher's and can write to its file later (CVE-2019-5736). So the last
 * steps, when the container's files are in sight already, are done by a program of some fifty
 * instructions in a sealed file in memory, and what {@code /proc/self/exe} leads to is that.
 *
 * <p>It says by a pipe what came of it: nothing if it became the program, for then the pipe is
 * closed; else its records, which are as those of the first part.
 */
public final class SecondStage {
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int MFD_EXEC = 0x10;
  private static final int F_SETFD = 2;
  private static final int F_ADD_SEALS = 1033;

  /** Nobody may write, shrink, grow or take a seal away. */
  private static final int SEALS = 0x1 | 0x2 | 0x4 | 0x8;

  private final Fd program;
  private final Fd reader;
  private final Fd writer;
  private final Plan.Builder steps = Plan.builder();
  private @Nullable Rebirth rebirth;
  private @Nullable Plan plan;
  private @Nullable PlanLayout layout;

  /**
   * A second stage without steps.
   *
   * @param held gets what is open until the launch
   */
  public SecondStage(List<Fd> held) {
    Memory memory = Scratch.fresh();
    long name = memory.cstring(Text.bytes("phyllo-start"));
    int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    long made = Kernel.call(Sys.MEMFD_CREATE, name, flags | MFD_EXEC);
    if (made == -Errno.EINVAL) { // before Linux 6.3 every one may be executed
      made = Kernel.call(Sys.MEMFD_CREATE, name, flags);
    }
    if (made == -Errno.EACCES) {
      throw new UnsupportedException(
          "a program in memory", "sysctl vm.memfd_noexec=2 forbids it", "set it to 1 or 0");
    }
    program = Fd.of((int) Kernel.check(made, "memfd_create", "phyllo-start"));
    held.add(program);
    Fd[] pipe = FileData.pipe(0);
    reader = pipe[0];
    writer = pipe[1];
    held.add(reader);
    held.add(writer);
    // Executed once more, by whoever finds it as /proc/self/exe, it has no such pipe and ends here.
    steps.part("a program in memory goes on: limits, filter, user, capabilities");
    steps.step("to be closed by execve", Sys.FCNTL, Arg.of(writer), Arg.of(F_SETFD), Arg.of(1));
  }

  /**
   * A second stage that goes on in another pid namespace; see {@link Rebirth}.
   *
   * @param held gets what is open until the launch
   */
  public SecondStage(List<Fd> held, Rebirth elsewhere) {
    this(held);
    rebirth = elsewhere;
    elsewhere.addSteps(steps);
  }

  @Nullable Rebirth rebirth() {
    return rebirth;
  }

  /** Takes its steps; what is open besides 0, 1 and 2 is not there any more. */
  public Plan.Builder steps() {
    return steps;
  }

  /** The first part's last steps: they become the second's program. */
  void addSteps(Plan.Builder before) {
    if (rebirth != null) {
      rebirth.keep(before);
    }
    before.step("the second stage's report", Sys.FCNTL, Arg.of(writer), Arg.of(F_SETFD), Arg.NONE);
    before.step(
        "the second stage",
        Sys.EXECVEAT,
        Arg.of(program),
        Arg.of(""),
        new Arg.Strings(List.of(Text.bytes("phyllo"))),
        new Arg.Strings(List.of()),
        Arg.of(At.EMPTY_PATH));
  }

  /** Before the launch: the program is written. */
  void write(boolean timed) {
    Plan written = timed ? reporting(steps.build()) : steps.build();
    PlanLayout laidOut = new PlanLayout(written, timed, StageProgram.DATA);
    plan = written;
    layout = laidOut;
    Memory memory = laidOut.memory();
    memory.putLong(StageProgram.DATA + PlanFormat.STAGE_REPORT, writer.number());
    memory.putLong(StageProgram.DATA + PlanFormat.STAGE_REPORT_SIZE, laidOut.reportSize());
    int size = memory.used();
    byte[] code =
        PreparedFile.read(SecondStage.class, Sys.isArm() ? "stage-aarch64" : "stage-x86_64");
    ByteBuffer.wrap(code)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(StageProgram.DATA_FILE_SIZE, size)
        .putLong(StageProgram.DATA_MEMORY_SIZE, size);
    FileData.write(program, code, 0, code.length);
    FileData.seek(program, StageProgram.DATA_OFFSET, FileData.SEEK_SET);
    FileData.write(program, memory.buffer().array(), 0, size);
    Kernel.check(
        Kernel.call(Sys.FCNTL, program.number(), F_ADD_SEALS, SEALS), "fcntl", "phyllo-start");
  }

  /** Where each step is told, it reports before each execve, too. */
  private Plan reporting(Plan silent) {
    int size = new PlanLayout(reporting(silent, 0), true, StageProgram.DATA).reportSize();
    return reporting(silent, size);
  }

  private Plan reporting(Plan silent, int size) {
    Arg[] arguments = {Arg.of(writer), new Arg.Value(StageProgram.DATA), new Arg.Value(size)};
    return silent.withBeforeEach(
        Sys.EXECVE, new Plan.Step("", "what has been done so far", Sys.WRITE, arguments));
  }

  /** After the launch: waits until it has become the program, or has failed. */
  void await() {
    writer.close();
    PlanLayout laidOut = layout();
    byte[] report = new byte[laidOut.reportSize()];
    int length = 0;
    while (true) {
      int got = FileData.tryRead(reader, report, length, report.length - length);
      if (got <= 0 && got != -Errno.EINTR) {
        break;
      }
      length += Math.max(got, 0);
      if (length == report.length) {
        // The last one counts: that of a failure comes after those before each execve.
        laidOut.take(report);
        length = 0;
      }
    }
    reader.close();
    program.close();
  }

  Plan plan() {
    if (plan == null) {
      throw new IllegalStateException("not written yet");
    }
    return plan;
  }

  PlanLayout layout() {
    if (layout == null) {
      throw new IllegalStateException("not written yet");
    }
    return layout;
  }
}
