package dev.phyllo.containers;

import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.store.NamespaceDirs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Ids and names of containers. */
final class ContainerNames {
  private static final String[] HUES = {
    "amber", "ashen", "bright", "broad", "calm", "dusky", "early", "fresh", "golden", "green",
    "hidden", "late", "light", "mossy", "pale", "quiet", "russet", "shady", "silver", "slender",
    "still", "tall", "tender", "wild"
  };
  private static final String[] LEAVES = {
    "acer", "alder", "aspen", "basil", "beech", "birch", "clover", "elder", "fern", "ginkgo",
    "hazel", "holly", "ivy", "juniper", "larch", "laurel", "linden", "maple", "mint", "myrtle",
    "oak", "olive", "poplar", "rowan", "sage", "sorrel", "thyme", "willow"
  };

  private ContainerNames() {}

  /** A new id: 256 random bits in hexadecimal. */
  static String newId() {
    // Reading the device costs a tenth of what starting the JDK's SecureRandom does.
    byte[] random;
    try (InputStream in = Files.newInputStream(Path.of("/dev/urandom"))) {
      random = in.readNBytes(32);
    } catch (IOException e) {
      throw new SystemException("/dev/urandom", e);
    }
    char[] hex = new char[64];
    for (int i = 0; i < 32; i++) {
      hex[2 * i] = Character.forDigit(random[i] >> 4 & 0xf, 16);
      hex[2 * i + 1] = Character.forDigit(random[i] & 0xf, 16);
    }
    return new String(hex);
  }

  /** A name for a container that was given none; part of the id makes it unique. */
  static String nameOf(String id) {
    int n = Integer.parseInt(id, 0, 6, 16);
    return HUES[n % HUES.length]
        + "_"
        + LEAVES[n / HUES.length % LEAVES.length]
        + "_"
        + id.substring(6, 10);
  }

  /**
   * Checks a name from outside: docker's rule.
   *
   * @throws UsageException if it is not a name
   */
  static String checked(String name) {
    if (!NamespaceDirs.isName(name, 2, 128)) {
      throw new UsageException(
          "--name " + name,
          "not a container name",
          "use 2 to 128 letters, digits, '_', '.' and '-', a letter or digit first");
    }
    return name;
  }
}
