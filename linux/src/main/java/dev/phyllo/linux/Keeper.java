package dev.phyllo.linux;

import dev.phyllo.linux.entry.KeeperProgram;
import dev.phyllo.linux.entry.KeeperTask;
import dev.phyllo.oci.StepListener;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tiny process that takes what a container writes to its logs and keeps descriptors open, so that
 * neither depends on the life of whoever started it; see {@link KeeperProgram}. It is no part of
 * the container, leads a session of its own, and ends when it is killed.
 */
public final class Keeper {
  /** Where it has what it reads first, until all is written: the terminal's master, if there is. */
  public static final int INPUT = 0;

  /** Where it has the pidfd. */
  public static final int PIDFD = 2;

  /** Where it has what is only held. */
  public static final int HELD = 5;

  private static final int LAST = KeeperTask.DESCRIPTOR;
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_EXEC = 0x10;

  /** How a file is opened that follows a full one. */
  private static final int FLAGS =
      Open.WRONLY | Open.CREAT | Open.APPEND | Open.NOFOLLOW | Open.CLOEXEC;

  /** The program in memory, the same pages for every keeper of this process. */
  private static @Nullable Fd program;

  private final String name;
  private final Fd pidfd;
  private final KeeperTask task = new KeeperTask();
  private final List<Fd> copies = new ArrayList<>();
  private @Nullable Fd held;
  private @Nullable Fd directory;

  /**
   * A keeper that copies nothing yet.
   *
   * @param name what ps(1) shows
   * @param pidfd the process whose output it takes
   */
  public Keeper(String name, Fd pidfd) {
    this.name = name;
    this.pidfd = pidfd;
  }

  /** What appears at one descriptor is to be written to the other; twice at most. */
  public Keeper copying(Fd from, Fd to) {
    task.copy(copies.size() / 2);
    copies.add(from);
    copies.add(to);
    return this;
  }

  /** Keeps it open. */
  public Keeper holding(Fd fd) {
    held = fd;
    return this;
  }

  /**
   * Where files follow one another that may not grow on.
   *
   * @param in their directory
   * @param segment how large each becomes, to the byte
   * @param count how many there are of each name, at least 2
   */
  public Keeper files(Fd in, long segment, int count) {
    directory = in;
    task.files(segment, count, FLAGS);
    return this;
  }

  /**
   * The file that the last pair is copied to is such a one; after {@link #files}.
   *
   * @param file its name, of ten letters
   * @param number the number that it gets when it is full
   * @param room how much of it is free
   */
  public Keeper following(String file, long number, long room) {
    task.follow(copies.size() / 2 - 1, file, number, room);
    return this;
  }

  /** Begins when nobody has the other end of this pipe open any more. */
  public Keeper after(Fd pipe) {
    held = pipe;
    task.awaiting();
    return this;
  }

  /** Ends with the process, once everything is copied. */
  public Keeper ending() {
    task.ending();
    return this;
  }

  /** What a file is called that is full. */
  public static String full(String file, long number) {
    return KeeperTask.numbered(file, number);
  }

  /** Starts it. */
  public Child start() {
    // Above the numbers they are to get, so that none overwrites another.
    List<Fd> high = new ArrayList<>();
    try {
      Plan.Builder plan = Plan.builder();
      plan.setsid();
      plan.unblockSignals();
      plan.chdir("/");
      int[] places = {0, 1, 3, 4};
      Fd nothing = FileCalls.open("/dev/null", Open.RDWR);
      high.add(nothing);
      for (int i = 0; i < places.length; i++) {
        place(plan, i < copies.size() ? copies.get(i) : nothing, places[i], high);
      }
      place(plan, pidfd, PIDFD, high);
      Fd kept = held;
      place(plan, kept == null ? nothing : kept, HELD, high);
      Fd in = directory;
      place(plan, in == null ? nothing : in, KeeperTask.DIRECTORY, high);
      Fd[] pipe = FileData.pipe(0);
      high.add(pipe[0]);
      high.add(pipe[1]);
      byte[] bytes = task.bytes();
      FileData.write(pipe[1], bytes, 0, bytes.length);
      place(plan, pipe[0], KeeperTask.DESCRIPTOR, high);
      plan.closeOnExecFrom(LAST + 1);
      plan.tolerate(Errno.ENOSYS, Errno.EINVAL);
      plan.execveFile(program(), List.of(Text.bytes(name)), List.of());
      return Launcher.launch(plan.build(), StepListener.NONE);
    } finally {
      for (Fd fd : high) {
        fd.close();
      }
    }
  }

  private static void place(Plan.Builder plan, Fd fd, int number, List<Fd> high) {
    Fd copy = FileData.duplicate(fd, LAST + 1);
    high.add(copy);
    plan.dup3(Arg.of(copy), number);
  }

  /** Whether a keeper has written everything that was there to write. */
  public static boolean isDone(Pidfd keeper) {
    Fd still = keeper.descriptor(INPUT);
    if (still == null) {
      return true;
    }
    still.close();
    return false;
  }

  private static synchronized Fd program() {
    Fd known = program;
    if (known == null) {
      Memory memory = Scratch.fresh();
      long name = memory.cstring(Text.bytes("phyllo-keeper"));
      long made = Kernel.call(Sys.MEMFD_CREATE, name, MFD_CLOEXEC | MFD_EXEC);
      if (made == -Errno.EINVAL) { // before Linux 6.3 every one may be executed
        made = Kernel.call(Sys.MEMFD_CREATE, name, MFD_CLOEXEC);
      }
      known = Fd.of((int) Kernel.check(made, "memfd_create", "phyllo-keeper"));
      byte[] image = KeeperProgram.of(Sys.isArm());
      FileData.write(known, image, 0, image.length);
      Fd high = FileData.duplicate(known, LAST + 1);
      known.close();
      known = high;
      program = known;
    }
    return known;
  }
}
