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

/**
 * The /etc/hosts of a container, in which the engine keeps a block for each network. The file is
 * changed where it is, since the container has this very file mounted; what the container wrote
 * around the blocks stays.
 */
final class HostsFile {
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
      int from = text.indexOf(begin);
      int to = from < 0 ? -1 : text.indexOf(end, from);
      String kept = to < 0 ? text : text.substring(0, from) + text.substring(to + end.length());
      String block = lines.isEmpty() ? "" : begin + lines + end;
      String separator = kept.isEmpty() || kept.endsWith("\n") ? "" : "\n";
      ByteBuffer now =
          ByteBuffer.wrap((kept + separator + block).getBytes(StandardCharsets.ISO_8859_1));
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
