package dev.phyllo.containers.networks;

import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The /etc/hosts of a container, in which the engine keeps a block for each network. The file is
 * changed where it is, since the container has this very file mounted; what the container wrote
 * around the blocks stays.
 */
public final class HostsFile {
  private static final int MAX_BYTES = 1 << 20;

  private HostsFile() {}

  /**
   * Replaces the block of a network.
   *
   * @param lines what it is to hold; empty for no block
   */
  static void replaceBlock(Path file, String network, String lines) {
    String begin = "# phyllo: network " + network + "\n";
    String end = "# phyllo: end of " + network + "\n";
    change(
        file,
        text -> {
          int from = text.indexOf(begin);
          int to = from < 0 ? -1 : text.indexOf(end, from);
          String kept = to < 0 ? text : text.substring(0, from) + text.substring(to + end.length());
          return lines.isEmpty() ? kept : ended(kept) + begin + lines + end;
        });
  }

  private static String ended(String text) {
    return text.isEmpty() || text.endsWith("\n") ? text : text + "\n";
  }

  /** Adds lines of a container's own addresses. */
  public static void add(Path file, List<String> addresses, String names) {
    change(
        file,
        text -> {
          StringBuilder now = new StringBuilder(ended(text));
          for (String address : addresses) {
            now.append(address).append('\t').append(names).append('\n');
          }
          return now.toString();
        });
  }

  /** Takes the lines of addresses away. */
  public static void remove(Path file, List<String> addresses) {
    change(
        file,
        text -> {
          StringBuilder now = new StringBuilder();
          for (int from = 0; from < text.length(); ) {
            int end = text.indexOf('\n', from);
            int to = end < 0 ? text.length() : end + 1;
            int tab = text.indexOf('\t', from);
            if (tab < 0 || tab > to || !addresses.contains(text.substring(from, tab))) {
              now.append(text, from, to);
            }
            from = to;
          }
          return now.toString();
        });
  }

  private static void change(Path file, UnaryOperator<String> change) {
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
      if (channel.size() > MAX_BYTES) {
        return; // the container made it so, and is the only one to miss anything
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // The loop's head does all.
      }
      String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
      ByteBuffer now = ByteBuffer.wrap(change.apply(text).getBytes(StandardCharsets.ISO_8859_1));
      int length = now.remaining();
      for (long at = 0; now.hasRemaining(); ) {
        at += channel.write(now, at);
      }
      channel.truncate(length);
    } catch (NoSuchFileException _) {
      // It is being started, and gets them with its file.
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }
}
