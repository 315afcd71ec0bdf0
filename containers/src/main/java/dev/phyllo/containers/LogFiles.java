package dev.phyllo.containers;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Keeper;
import dev.phyllo.linux.Open;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Where a container's output is kept: one file for standard output, or for its terminal, one for
 * standard error, each exactly the bytes that were written, and an index of when they were; see
 * {@link LogTimes}.
 *
 * <p>Without a limit they grow until the container is removed. With one they lie in a directory of
 * their own, and the container's keeper begins another file when one has that many bytes: the full
 * one gets its number behind its name, from 0 on, and the oldest is removed. So the file of number
 * n has the bytes from n times the limit on, whatever has been removed, and a line may go on in the
 * next.
 */
final class LogFiles {
  /** The stream of standard output. */
  static final int OUTPUT = 0;

  /** That of standard error. */
  static final int ERRORS = 1;

  private static final String[] NAMES = {"stdout.log", "stderr.log"};

  private final Path directory;
  private final LogSpec spec;
  private final Path place;

  /**
   * @param directory the container's own
   */
  LogFiles(Path directory, LogSpec spec) {
    this.directory = directory;
    this.spec = spec;
    this.place = spec.isLimited() ? directory.resolve("logs") : directory;
  }

  /** The index. */
  Path times() {
    return directory.resolve("times.log");
  }

  /** What is written to now. */
  Path current(int stream) {
    return place.resolve(NAMES[stream]);
  }

  /** The full file of a number. */
  Path full(int stream, long number) {
    return place.resolve(Keeper.full(NAMES[stream], number));
  }

  /** How many bytes a file has at most. */
  long segment() {
    return spec.isLimited() ? spec.segment() : Long.MAX_VALUE;
  }

  /** What to watch so as to hear that they grow. */
  List<Path> watched() {
    return spec.isLimited() ? List.of(place) : List.of(current(OUTPUT), current(ERRORS));
  }

  /** Opens the file that is written to now at its end, whoever else writes. */
  Fd open(int stream) {
    makePlace();
    return FileCalls.openat2(
        Fd.CWD,
        RootMount.bytes(current(stream).toString()),
        Open.WRONLY | Open.CREAT | Open.APPEND | Open.NOFOLLOW,
        0600,
        0);
  }

  private void makePlace() {
    if (spec.isLimited() && Files.notExists(place)) {
      try {
        Files.createDirectories(place);
      } catch (IOException e) {
        throw new SystemException(place.toString(), e);
      }
    }
  }

  /** Makes those that are not there, so that they can be watched. */
  void make() {
    for (int stream = 0; stream < NAMES.length; stream++) {
      if (!Files.exists(current(stream))) {
        open(stream).close();
      }
    }
  }

  /**
   * Tells a keeper what it needs to know of the files it goes on with. Nobody else writes to them.
   *
   * @param logs the files that are open
   * @param in their directory
   */
  void follow(Keeper keeper, Fd in, List<Fd> from, List<Fd> logs) {
    if (!spec.isLimited()) {
      for (int i = 0; i < from.size(); i++) {
        keeper.copying(from.get(i), logs.get(i));
      }
      return;
    }
    keeper.files(in, spec.segment(), spec.segments());
    for (int i = 0; i < from.size(); i++) {
      long room = spec.segment() - FileCalls.statx(logs.get(i)).size();
      keeper.copying(from.get(i), logs.get(i)).following(NAMES[i], numbers(i)[1], room);
    }
  }

  /** The directory they are in, opened. */
  Fd openPlace() {
    makePlace();
    return FileCalls.open(place.toString(), Open.PATH | Open.DIRECTORY);
  }

  /** A keeper that was killed may have left a file full that has no number yet. */
  void closeFull() {
    if (!spec.isLimited()) {
      return;
    }
    for (int i = 0; i < NAMES.length; i++) {
      if (LogTimes.size(current(i)) >= spec.segment()) {
        long number = numbers(i)[1];
        try {
          Files.deleteIfExists(full(i, Math.max(0, number - spec.segments() + 1)));
          Files.move(current(i), full(i, number));
        } catch (IOException e) {
          throw new SystemException(current(i).toString(), e);
        }
      }
    }
  }

  /** The number of the oldest file there is, and that of the one that is written to. */
  long[] numbers(int stream) {
    if (!spec.isLimited()) {
      return new long[] {0, 0};
    }
    long oldest = Long.MAX_VALUE;
    long newest = -1;
    String prefix = NAMES[stream] + ".";
    try (DirectoryStream<Path> files = Files.newDirectoryStream(place)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (name.startsWith(prefix)) {
          long number = number(name, prefix.length());
          if (number >= 0) {
            oldest = Math.min(oldest, number);
            newest = Math.max(newest, number);
          }
        }
      }
    } catch (NoSuchFileException e) {
      return new long[] {0, 0};
    } catch (IOException e) {
      throw new SystemException(place.toString(), e);
    }
    return new long[] {newest < 0 ? 0 : oldest, newest + 1};
  }

  private static long number(String name, int from) {
    long number = 0;
    for (int i = from; i < name.length(); i++) {
      int digit = name.charAt(i) - '0';
      if (digit < 0 || digit > 9 || number > Integer.MAX_VALUE) {
        return -1;
      }
      number = 10 * number + digit;
    }
    return number;
  }

  /** How many bytes have been written to a stream in all, those of removed files too. */
  long size(int stream) {
    while (true) {
      long before = numbers(stream)[1];
      long size = LogTimes.size(current(stream));
      if (!spec.isLimited() || numbers(stream)[1] == before) {
        return spec.isLimited() ? before * segment() + Math.min(size, segment()) : size;
      }
    }
  }
}
