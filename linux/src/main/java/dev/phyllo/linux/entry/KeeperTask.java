package dev.phyllo.linux.entry;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * What a {@link KeeperProgram} is to do: the first bytes of its data, which it reads from {@link
 * #DESCRIPTOR} when it starts.
 */
public final class KeeperTask {
  /** Where the program has its end of the pipe that the task comes through. */
  public static final int DESCRIPTOR = 7;

  /** Where it has the directory of the files that follow one another. */
  public static final int DIRECTORY = 6;

  /** Where it has what it waits for before anything else. */
  public static final int AWAITED = 5;

  /** How many digits the number of a file has. */
  public static final int DIGITS = 10;

  /** Two struct pollfd: of what is read. */
  static final int PAIRS_AT = 0;

  /** Those of what is waited for, and of the process. */
  static final int AWAIT_AT = 16;

  static final int PROCESS_AT = 24;
  static final int TENTH_AT = 32;
  static final int ENDING_AT = 48;
  static final int SEGMENT_AT = 56;
  static final int FLAGS_AT = 64;
  static final int STREAMS_AT = 72;

  /** In a stream: what is written, and how many bytes of it there may be; then three names. */
  static final int TO_AT = 0;

  static final int ROOM_AT = 8;
  static final int CURRENT_AT = 16;
  static final int FULL_AT = 40;
  static final int OLDEST_AT = 72;
  static final int STREAM = 104;

  /** From the start of a name with a number to its last digit: all names are as long. */
  static final int LAST_DIGIT = 10 + 1 + DIGITS - 1;

  static final int SIZE = STREAMS_AT + 2 * STREAM;

  private static final int POLLIN = 1;
  private static final int NAME = 10;

  /** The modulus of what has {@link #DIGITS} digits. */
  private static final long NUMBERS = 10_000_000_000L;

  private static final int[] FROM = {0, 3};
  private static final int[] TO = {1, 4};

  private final ByteBuffer data = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
  private int segments;

  /** Nothing but to hold what it has open. */
  public KeeperTask() {
    data.putInt(AWAIT_AT, -1);
    data.putInt(PROCESS_AT, 2).putShort(PROCESS_AT + 4, (short) POLLIN);
    data.putLong(TENTH_AT + 8, 100_000_000);
    for (int i = 0; i < 2; i++) {
      data.putInt(PAIRS_AT + 8 * i, -1).putShort(PAIRS_AT + 8 * i + 4, (short) POLLIN);
      data.putLong(STREAMS_AT + STREAM * i + TO_AT, TO[i]);
      data.putLong(STREAMS_AT + STREAM * i + ROOM_AT, Long.MAX_VALUE);
    }
  }

  /** Copies what appears at 0 to 1 (the pair 0), or at 3 to 4 (the pair 1). */
  public KeeperTask copy(int pair) {
    data.putInt(PAIRS_AT + 8 * pair, FROM[pair]);
    return this;
  }

  /** Does nothing until nobody has the other end of the pipe at {@link #AWAITED} open any more. */
  public KeeperTask awaiting() {
    data.putInt(AWAIT_AT, AWAITED);
    return this;
  }

  /** Ends with the process, instead of holding what it has open. */
  public KeeperTask ending() {
    data.putLong(ENDING_AT, 1);
    return this;
  }

  /**
   * How files follow one another.
   *
   * @param segment how large each becomes, to the byte
   * @param count how many there are at most, at least 2
   * @param flags with which a new one is opened
   */
  public KeeperTask files(long segment, int count, int flags) {
    data.putLong(SEGMENT_AT, segment).putLong(FLAGS_AT, flags);
    segments = count;
    return this;
  }

  /**
   * When a pair's file is full it gets a number behind its name, and an empty one its place; the
   * oldest is removed. After {@link #files}.
   *
   * @param name of ten letters
   * @param number of the file that is open now
   * @param room how much of it is free
   */
  public KeeperTask follow(int pair, String name, long number, long room) {
    int at = STREAMS_AT + STREAM * pair;
    data.putLong(at + ROOM_AT, room);
    put(at + CURRENT_AT, name);
    put(at + FULL_AT, numbered(name, number));
    put(at + OLDEST_AT, numbered(name, Math.floorMod(number - segments + 1, NUMBERS)));
    return this;
  }

  /** What a file is called that is full. */
  public static String numbered(String name, long number) {
    String digits = Long.toString(number);
    return name + "." + "0".repeat(DIGITS - digits.length()) + digits;
  }

  private void put(int at, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    if (bytes.length != NAME && bytes.length != LAST_DIGIT + 1) {
      throw new IllegalArgumentException(name);
    }
    data.put(at, bytes);
  }

  /** As the program reads it. */
  public byte[] bytes() {
    return data.array().clone();
  }
}
