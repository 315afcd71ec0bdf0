package dev.phyllo.linux;

import java.nio.ByteBuffer;

/**
 * Reading, writing, copying and syncing open files.
 *
 * <p>The forms that take a {@link ByteBuffer} need a direct one and hand the kernel its memory;
 * they advance its position. Those that take an array copy through a buffer of the calling thread.
 */
public final class FileData {
  /** SEEK_SET: from the start. */
  public static final int SEEK_SET = 0;

  /** SEEK_CUR: from here. */
  public static final int SEEK_CUR = 1;

  /** SEEK_END: from the end. */
  public static final int SEEK_END = 2;

  /** SEEK_DATA: to the next byte that is not in a hole. */
  public static final int SEEK_DATA = 3;

  /** SEEK_HOLE: to the next hole, the end of the file being one. */
  public static final int SEEK_HOLE = 4;

  /** ioctl_ficlone(2). */
  private static final int FICLONE = 0x40049409;

  private FileData() {}

  /**
   * Reads once; read(2).
   *
   * @return how many bytes, 0 at the end, or a negative error number
   */
  public static int tryRead(Fd file, ByteBuffer into) {
    return advance(into, Kernel.call(Sys.READ, file.number(), addressOf(into), into.remaining()));
  }

  /** Reads once; see {@link #tryRead}. */
  public static int read(Fd file, ByteBuffer into) {
    return check(tryRead(file, into), "read", file);
  }

  /**
   * Reads once from a position; pread(2).
   *
   * @return how many bytes, 0 at the end, or a negative error number
   */
  public static int tryPread(Fd file, ByteBuffer into, long offset) {
    return advance(
        into, Kernel.call(Sys.PREAD64, file.number(), addressOf(into), into.remaining(), offset));
  }

  /** Reads once from a position; see {@link #tryPread}. */
  public static int pread(Fd file, ByteBuffer into, long offset) {
    return check(tryPread(file, into, offset), "pread", file);
  }

  /**
   * Writes once; write(2).
   *
   * @return how many bytes, or a negative error number
   */
  public static int tryWrite(Fd file, ByteBuffer from) {
    return advance(from, Kernel.call(Sys.WRITE, file.number(), addressOf(from), from.remaining()));
  }

  /** Writes everything that remains; write(2). */
  public static void write(Fd file, ByteBuffer from) {
    while (from.hasRemaining()) {
      int written = tryWrite(file, from);
      if (written != -Errno.EINTR) {
        check(written, "write", file);
      }
    }
  }

  /** Writes everything that remains at a position; pwrite(2). */
  public static void pwrite(Fd file, ByteBuffer from, long offset) {
    long at = offset;
    while (from.hasRemaining()) {
      int written =
          advance(
              from,
              Kernel.call(Sys.PWRITE64, file.number(), addressOf(from), from.remaining(), at));
      if (written != -Errno.EINTR) {
        at += check(written, "pwrite", file);
      }
    }
  }

  /**
   * Reads once into an array; read(2).
   *
   * @return how many bytes, 0 at the end, or a negative error number
   */
  public static int tryRead(Fd file, byte[] into, int offset, int length) {
    Memory memory = Scratch.large();
    int most = Math.min(length, Scratch.LARGE);
    long at = memory.room(most);
    int got = (int) Kernel.call(Sys.READ, file.number(), at, most);
    if (got > 0) {
      memory.buffer().get((int) (at - memory.base()), into, offset, got);
    }
    return got;
  }

  /**
   * Reads once into an array; read(2).
   *
   * @return how many bytes, 0 at the end
   */
  public static int read(Fd file, byte[] into, int offset, int length) {
    return check(tryRead(file, into, offset, length), "read", file);
  }

  /**
   * Writes all of a part of an array.
   *
   * @return 0, or the negative error number of the write(2) that failed
   */
  public static int tryWrite(Fd file, byte[] from, int offset, int length) {
    Memory memory = Scratch.large();
    long at = memory.room(Scratch.LARGE);
    int done = 0;
    while (done < length) {
      int chunk = Math.min(length - done, Scratch.LARGE);
      memory.buffer().put((int) (at - memory.base()), from, offset + done, chunk);
      int written = (int) Kernel.call(Sys.WRITE, file.number(), at, chunk);
      if (written >= 0) {
        done += written;
      } else if (written != -Errno.EINTR) {
        return written;
      }
    }
    return 0;
  }

  /** Writes all of a part of an array; see {@link #tryWrite(Fd, byte[], int, int)}. */
  public static void write(Fd file, byte[] from, int offset, int length) {
    check(tryWrite(file, from, offset, length), "write", file);
  }

  /**
   * Moves the position; lseek(2).
   *
   * @param whence {@link #SEEK_SET} and the others
   * @return the new position, or a negative error number (ENXIO: no data, no hole there)
   */
  public static long trySeek(Fd file, long offset, int whence) {
    return Kernel.call(Sys.LSEEK, file.number(), offset, whence);
  }

  /** Moves the position; see {@link #trySeek}. */
  public static long seek(Fd file, long offset, int whence) {
    return Kernel.check(trySeek(file, offset, whence), "lseek", file.toString());
  }

  /** Cuts or grows a file, growing by a hole; ftruncate(2). */
  public static int tryFtruncate(Fd file, long length) {
    return (int) Kernel.call(Sys.FTRUNCATE, file.number(), length);
  }

  /** Cuts or grows a file; see {@link #tryFtruncate}. */
  public static void ftruncate(Fd file, long length) {
    check(tryFtruncate(file, length), "ftruncate", file);
  }

  /**
   * Reserves space, or with other modes punches holes; fallocate(2).
   *
   * @param mode 0, or FALLOC_FL_KEEP_SIZE and so on
   */
  public static int tryFallocate(Fd file, int mode, long offset, long length) {
    return (int) Kernel.call(Sys.FALLOCATE, file.number(), mode, offset, length);
  }

  /** Makes a file share another's blocks; FICLONE of ioctl_ficlone(2). */
  public static int tryClone(Fd from, Fd to) {
    return (int) Kernel.call(Sys.IOCTL, to.number(), FICLONE, from.number());
  }

  /**
   * Copies inside the kernel, both positions advancing; copy_file_range(2).
   *
   * @return how many bytes, 0 at the end, or a negative error number
   */
  public static long tryCopyFileRange(Fd from, Fd to, long length) {
    return Kernel.call(Sys.COPY_FILE_RANGE, from.number(), 0, to.number(), 0, length, 0);
  }

  /** Waits until a file's data and metadata are on disk; fsync(2). */
  public static int tryFsync(Fd file) {
    return (int) Kernel.call(Sys.FSYNC, file.number());
  }

  /** Waits until a file's data and metadata are on disk; see {@link #tryFsync}. */
  public static void fsync(Fd file) {
    check(tryFsync(file), "fsync", file);
  }

  /** Waits until the whole file system that holds a file is on disk; syncfs(2). */
  public static void syncfs(Fd file) {
    check((int) Kernel.call(Sys.SYNCFS, file.number()), "syncfs", file);
  }

  /**
   * The kind of file system a file is on: {@code f_type} of statfs(2), such as 0x794c7630 for
   * overlayfs or 0x01021994 for tmpfs.
   */
  public static long fileSystemType(Fd file) {
    Memory memory = Scratch.fresh();
    long answer = memory.room(120);
    check((int) Kernel.call(Sys.FSTATFS, file.number(), answer), "fstatfs", file);
    return memory.getLong(answer);
  }

  /** A second descriptor of the same open file, number 3 or higher; F_DUPFD_CLOEXEC of fcntl(2). */
  public static Fd duplicate(Fd file) {
    int fDupfdCloexec = 1030;
    return Fd.of(check((int) Kernel.call(Sys.FCNTL, file.number(), fDupfdCloexec, 3), "dup", file));
  }

  /** The same under a number that is at least this, for descriptors that get low numbers later. */
  static Fd duplicate(Fd file, int least) {
    int fDupfdCloexec = 1030;
    long result = Kernel.call(Sys.FCNTL, file.number(), fDupfdCloexec, least);
    return Fd.of(check((int) result, "dup", file));
  }

  /**
   * A pipe; pipe2(2).
   *
   * @param flags 0 or {@link Open#NONBLOCK}; O_CLOEXEC is added
   * @return the reading end, then the writing end
   */
  public static Fd[] pipe(int flags) {
    Memory memory = Scratch.fresh();
    long pair = memory.room(8);
    Kernel.check(Kernel.call(Sys.PIPE2, pair, flags | Open.CLOEXEC), "pipe2", "a pipe");
    return new Fd[] {Fd.of(memory.getInt(pair)), Fd.of(memory.getInt(pair + 4))};
  }

  private static long addressOf(ByteBuffer direct) {
    NativeEntry.require();
    if (!direct.isDirect()) {
      throw new IllegalArgumentException("a direct buffer is needed");
    }
    return NativeEntry.address(direct) + direct.position();
  }

  private static int advance(ByteBuffer buffer, long result) {
    if (result > 0) {
      buffer.position(buffer.position() + (int) result);
    }
    return (int) result;
  }

  private static int check(int result, String call, Fd file) {
    return (int) Kernel.check(result, call, file.toString());
  }
}
