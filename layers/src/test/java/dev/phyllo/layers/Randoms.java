package dev.phyllo.layers;

import dev.phyllo.layers.Archives.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Random entries from a seed, which -Dphyllo.seed=N replays. */
final class Randoms {
  private Randoms() {}

  /** The seed of this run, printed so that a failure can be replayed. */
  static long seed(String test) {
    Long given = Long.getLong("phyllo.seed");
    long seed = given != null ? given : System.nanoTime();
    System.out.println(test + ": replay with -Dphyllo.seed=" + seed);
    return seed;
  }

  static RawPath name(SplittableRandom random) {
    int length =
        switch (random.nextInt(8)) {
          case 0 -> random.nextInt(95, 105);
          case 1 -> random.nextInt(150, 165);
          case 2 -> random.nextInt(250, 260);
          case 3 -> random.nextInt(1, 5000);
          default -> random.nextInt(1, 60);
        };
    byte[] name = new byte[length];
    boolean ascii = random.nextInt(3) > 0;
    for (int i = 0; i < length; i++) {
      name[i] = (byte) (ascii ? random.nextInt('a', 'z') : random.nextInt(1, 256));
      if (random.nextInt(20) == 0) {
        name[i] = '/';
      }
    }
    name[length - 1] = 'e';
    return RawPath.of(name);
  }

  static byte[] bytes(SplittableRandom random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static long number(SplittableRandom random, long max) {
    // Around powers of two, where encodings change.
    long n = (1L << random.nextInt(63)) + random.nextInt(-2, 3);
    return Math.clamp(n, 0, max);
  }

  static Member member(SplittableRandom random, TarWriter.Format format) {
    TarEntry.Type[] types = TarEntry.Type.values();
    TarEntry.Type type = types[random.nextInt(types.length)];
    RawPath name = name(random);
    if (type == TarEntry.Type.DIRECTORY) {
      name = RawPath.of(name + "/").clean().resolve(RawPath.of("/"));
    }
    TarEntry.Builder b =
        TarEntry.builder(name, type)
            .mode(random.nextInt(010000))
            .owner(number(random, Long.MAX_VALUE), number(random, 0xffff_ffffL));
    // GNU's eight-byte base-256 field holds 55 bits and a sign.
    if (format == TarWriter.Format.GNU) {
      b.owner(number(random, (1L << 54) - 1), number(random, 0xffff_ffffL));
    }
    long seconds = number(random, 1L << 60) * (random.nextInt(4) == 0 ? -1 : 1);
    boolean nanos = format == TarWriter.Format.PAX && random.nextBoolean();
    b.mtime(seconds, nanos ? random.nextInt(1_000_000_000) : 0);
    byte[] content = {};
    switch (type) {
      case FILE -> {
        content = bytes(random, random.nextInt(random.nextInt(5) == 0 ? 200_000 : 1500));
        b.size(content.length);
      }
      case HARDLINK, SYMLINK -> b.linkName(name(random));
      case CHARACTER_DEVICE, BLOCK_DEVICE ->
          b.device(random.nextInt(1 << 12), random.nextInt(1 << 20));
      default -> {}
    }
    if (random.nextInt(3) == 0) {
      b.ownerNames(
          "u".repeat(random.nextInt(format == TarWriter.Format.PAX ? 40 : 32)),
          "gr\u00fcp".repeat(random.nextInt(5)));
    }
    if (format == TarWriter.Format.PAX && random.nextInt(3) == 0) {
      for (int i = random.nextInt(4); i >= 0; i--) {
        String attribute = List.of("user.a=b", "user.%25", "security.capability", "user.x").get(i);
        b.xattr(attribute, bytes(random, random.nextInt(300)));
      }
    }
    return new Member(b.build(), content);
  }

  static List<Member> members(SplittableRandom random, TarWriter.Format format, int count) {
    List<Member> members = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      members.add(member(random, format));
    }
    return members;
  }
}
