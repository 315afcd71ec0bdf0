package dev.phyllo.linux.entry;

import dev.phyllo.linux.entry.Assembler.Label;
import java.util.List;

/**
 * A program of hardly more than a hundred instructions that takes what a process writes to its
 * logs, and keeps descriptors open after the process that opened them has died.
 *
 * <p>What it has open: 0, the master of a terminal or a pipe, copied to 1; 3, another pipe, copied
 * to 4; 2, the pidfd of the process that writes; 5, anything; 6, the directory of the logs; 7, its
 * {@link KeeperTask}.
 *
 * <p>When what it reads from has no writers left, it asks whether the process has ended: if so, the
 * pair is done; if not, others may open the terminal again, and it asks ten times a second. When
 * all pairs are done it closes them, by which whoever looks knows that everything is written, and
 * goes on holding 2 and 5 until it is killed, or ends if the task says so.
 *
 * <p>A file that may not grow on is full at one length exactly, because no more is read than it has
 * room for. Then the oldest is removed, the full one renamed and an empty one made in its place.
 * Nobody else takes part, and every byte is in exactly one file at any instant, so whoever dies
 * meanwhile, nothing is lost or there twice. If no file can be made, the full one grows.
 */
public final class KeeperProgram {
  private static final int BASE = 0x400000;

  /** What is read at once. */
  static final int BUFFER = 16 << 10;

  /** The task, and behind it the buffer. */
  private static final int DATA = KeeperTask.SIZE + BUFFER;

  private KeeperProgram() {}

  /**
   * The program as an ELF executable.
   *
   * @param arm whether for aarch64 instead of x86-64
   */
  public static byte[] of(boolean arm) {
    Places places = new Places();
    Assembler code = arm ? new KeeperA64(places).code() : new KeeperX64(places).code();
    return new ElfObject(arm ? Entry.AARCH64 : Entry.X86_64, code, new byte[DATA])
        .place(places.task, 0)
        .place(places.process, KeeperTask.PROCESS_AT)
        .place(places.await, KeeperTask.AWAIT_AT)
        .place(places.tenth, KeeperTask.TENTH_AT)
        .place(places.streams, KeeperTask.STREAMS_AT)
        .place(places.buffer, KeeperTask.SIZE)
        .program(places.start, BASE);
  }

  /** Its instructions, for a test that holds them against a disassembler. */
  static List<Assembler.Line> listing(boolean arm) {
    Places places = new Places();
    return (arm ? new KeeperA64(places).code() : new KeeperX64(places).code()).lines();
  }

  /** Where it starts, and its data. */
  static final class Places {
    final Label start = new Label("start");
    final Label task = new Label("task");
    final Label process = new Label("process");
    final Label await = new Label("await");
    final Label tenth = new Label("tenth");
    final Label streams = new Label("streams");
    final Label buffer = new Label("buffer");
  }
}
