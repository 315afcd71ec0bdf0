package dev.phyllo.build.context;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.SystemException;
import dev.phyllo.store.DurableFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;

/**
 * The digests of files, remembered from one build to the next: a file with the same device, inode,
 * size and times as before holds what it held before, since the kernel sets the time of change
 * (ctime) whenever content or attributes change, and nobody else can.
 *
 * <p>A file that was changed within the resolution of that clock is not remembered: it could change
 * again unnoticed.
 */
public final class FileHashes {
  private static final String HEAD = "phyllo-files-1";
  private static final int BUFFER = 128 << 10;

  /** Coarser than any clock that a file system stamps files by, in nanoseconds. */
  private static final long RESOLUTION = 50_000_000;

  /** Small files are hashed sooner than looked up. */
  private static final long WORTH_KEEPING = 16 << 10;

  private final Path file;
  private final Map<String, String> before;
  private final Map<String, String> now = new HashMap<>();

  private FileHashes(Path file, Map<String, String> before) {
    this.file = file;
    this.before = before;
  }

  /**
   * What is remembered of a context.
   *
   * @param directory where memories are kept
   * @param context the context's directory
   */
  public static FileHashes of(Path directory, Path context) {
    String name = Digest.sha256(context.toString().getBytes(StandardCharsets.UTF_8)).shortHex();
    Path file = directory.resolve(name);
    Map<String, String> before = new HashMap<>();
    try {
      String[] lines = Files.readString(file, StandardCharsets.US_ASCII).split("\n", -1);
      if (lines[0].equals(HEAD)) {
        for (int i = 1; i + 1 < lines.length; i++) {
          int cut = lines[i].lastIndexOf(' ');
          if (cut > 0 && lines[i].length() - cut == 65) {
            before.put(lines[i].substring(0, cut), lines[i].substring(cut + 1));
          }
        }
      }
    } catch (IOException _) {
      // Nothing is remembered.
    }
    return new FileHashes(file, before);
  }

  /** The digest of a file's content. */
  Digest digest(Path path, FileState state) {
    if (state.size() < WORTH_KEEPING) {
      return hash(path);
    }
    String key = state.key();
    String known = before.get(key);
    if (known != null) {
      synchronized (now) {
        now.put(key, known);
      }
      return new Digest(Digest.Algorithm.SHA256, known);
    }
    Digest digest = hash(path);
    long age = System.currentTimeMillis() * 1_000_000 - state.changed();
    if (age > RESOLUTION && FileState.of(path).key().equals(key)) {
      synchronized (now) {
        now.put(key, digest.hex());
      }
    }
    return digest;
  }

  /** Keeps what this build asked for, if that is anything new. */
  public void save() {
    synchronized (now) {
      if (now.isEmpty() || before.keySet().containsAll(now.keySet())) {
        return;
      }
      StringBuilder text = new StringBuilder(HEAD).append('\n');
      now.forEach((key, hex) -> text.append(key).append(' ').append(hex).append('\n'));
      Path parent = file.getParent();
      if (parent != null) {
        DurableFiles.createDirectories(parent);
      }
      DurableFiles.replace(file, text.toString().getBytes(StandardCharsets.US_ASCII), false);
    }
  }

  private static Digest hash(Path path) {
    MessageDigest hash = Digest.Algorithm.SHA256.newMessageDigest();
    try (InputStream in = Files.newInputStream(path)) {
      byte[] buffer = new byte[BUFFER];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        hash.update(buffer, 0, n);
      }
    } catch (IOException e) {
      throw new SystemException(path.toString(), e);
    }
    return Digest.of(Digest.Algorithm.SHA256, hash.digest());
  }
}
