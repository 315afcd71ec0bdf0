package dev.phyllo.linux.entry;

/**
 * How a plan lies in memory: what the launcher in Java writes and the child's few instructions
 * read. All fields are 64 bits wide.
 *
 * <p>A header, then records, each naming the address of the one that follows it. A record whose
 * call number is negative is no call: it copies a word, by which the result of an earlier step
 * becomes an argument of a later one.
 */
public final class PlanFormat {
  /** Size of struct clone_args (clone3(2)), with which the header begins. */
  public static final int CLONE_ARGS_SIZE = 88;

  /**
   * Header of a second stage, where others have their clone_args: the descriptor to which it writes
   * its header and records if it fails.
   */
  public static final int STAGE_REPORT = 0;

  /** Header of a second stage: how many bytes those are. */
  public static final int STAGE_REPORT_SIZE = 8;

  /** Header: address of the first record. */
  public static final int PLAN_FIRST = 88;

  /** Header: address of the record the child is at. */
  public static final int PLAN_CURRENT = 96;

  /** Header: address of the record that failed, 0 if none did. */
  public static final int PLAN_FAILED = 104;

  /** Header: where the kernel writes the pidfd, 32 bits. */
  public static final int PLAN_PIDFD = 112;

  /** Size of the header. */
  public static final int PLAN_SIZE = 128;

  /** Record: the number of the call, or {@link #COPY}. */
  public static final int STEP_NR = 0;

  /** Record: six arguments; of a copy, the address to copy to and the one to copy from. */
  public static final int STEP_ARGUMENTS = 8;

  /** Record: what the call returned. */
  public static final int STEP_RESULT = 56;

  /** Record: the errors after which the plan goes on, 128 bits by error number. */
  public static final int STEP_TOLERATED = 64;

  /** Record: the address of the next one after success. */
  public static final int STEP_NEXT = 80;

  /** Record: the address of the next one after a tolerated error. */
  public static final int STEP_NEXT_ON_ERROR = 88;

  /** Size of a record. */
  public static final int STEP_SIZE = 96;

  /** In place of a call's number: copy a word. */
  public static final long COPY = -1;

  private PlanFormat() {}
}
