package dev.phyllo.oci;

import dev.phyllo.oci.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;

/** Makes documents that use every field in every combination. */
final class RandomDocuments {
  private final Random random;

  private RandomDocuments(Random random) {
    this.random = random;
  }

  /** Seeded by {@code -Dphyllo.seed} or the clock; the seed is printed. */
  static RandomDocuments seeded(String test) {
    long seed = Long.getLong("phyllo.seed", System.nanoTime());
    System.out.println(test + ": replay with -Dphyllo.seed=" + seed);
    return new RandomDocuments(new Random(seed));
  }

  Digest digest() {
    Digest.Algorithm a = random.nextInt(5) == 0 ? Digest.Algorithm.SHA512 : Digest.Algorithm.SHA256;
    byte[] hash = new byte[a.hexLength() / 2];
    random.nextBytes(hash);
    return Digest.of(a, hash);
  }

  Descriptor descriptor() {
    return new Descriptor(
        mediaType(),
        digest(),
        random.nextLong() & Long.MAX_VALUE,
        list(() -> "https://example.com/" + random.nextInt(100)),
        strings(),
        maybe(this::platform),
        maybe(this::mediaType),
        maybe(() -> "e30="),
        extra());
  }

  Platform platform() {
    return new Platform(
        "linux",
        random.nextBoolean() ? "arm64" : "amd64",
        maybe(() -> "v" + random.nextInt(9)),
        maybe(() -> "10.0." + random.nextInt(9)),
        list(this::word),
        extra());
  }

  Manifest manifest() {
    List<Descriptor> layers = list(this::descriptor);
    return new Manifest(
        random.nextBoolean() ? MediaTypes.OCI_MANIFEST : "",
        descriptor(),
        layers.isEmpty() ? List.of(descriptor()) : layers,
        strings(),
        maybe(this::descriptor),
        maybe(this::mediaType),
        extra());
  }

  Index index() {
    return new Index(
        random.nextBoolean() ? MediaTypes.OCI_INDEX : "",
        list(this::descriptor),
        strings(),
        maybe(this::descriptor),
        maybe(this::mediaType),
        extra());
  }

  ImageConfig config() {
    Platform p = platform();
    return new ImageConfig(
        new Platform(
            p.os(), p.architecture(), p.variant(), p.osVersion(), p.osFeatures(), Json.Obj.EMPTY),
        maybe(() -> "2026-01-01T00:00:00.123456789Z"),
        maybe(this::text),
        new ProcessConfig(
            random.nextBoolean() ? "" : word(),
            distinct(() -> random.nextInt(65536) + "/tcp"),
            list(() -> word() + "=" + text()),
            list(this::text),
            list(this::text),
            distinct(() -> "/" + word()),
            random.nextBoolean() ? "" : "/" + word(),
            strings(),
            maybe(() -> "SIGTERM"),
            extra()),
        list(this::digest),
        list(() ->
            new ImageConfig.History(
                maybe(() -> "2026-01-01T00:00:00Z"),
                maybe(this::text),
                maybe(this::text),
                maybe(this::text),
                random.nextBoolean(),
                extra())),
        extra());
  }

  private Json.Obj extra() {
    if (random.nextInt(3) > 0) {
      return Json.Obj.EMPTY;
    }
    Map<String, Json> members = new LinkedHashMap<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      members.put("x-" + word(), json(0));
    }
    return new Json.Obj(members);
  }

  private Json json(int depth) {
    return switch (random.nextInt(depth < 4 ? 6 : 4)) {
      case 0 -> Json.Null.NULL;
      case 1 -> new Json.Bool(random.nextBoolean());
      case 2 ->
          new Json.Num(
              switch (random.nextInt(4)) {
                case 0 -> Long.toString(random.nextLong());
                case 1 -> Integer.toString(random.nextInt()) + "." + random.nextInt(1000);
                case 2 -> random.nextInt(9) + "e-" + random.nextInt(400);
                default -> "-0";
              });
      case 3 -> new Json.Text(text());
      case 4 -> new Json.Array(list(() -> json(depth + 1)));
      default -> {
        Map<String, Json> members = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          members.put(text(), json(depth + 1));
        }
        yield new Json.Obj(members);
      }
    };
  }

  private Map<String, String> strings() {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      map.put("k" + text(), text());
    }
    return map;
  }

  /** Any Unicode text but half surrogate pairs; never empty, as an empty field is left out. */
  private String text() {
    StringBuilder s = new StringBuilder("t");
    for (int i = random.nextInt(6); i > 0; i--) {
      int c =
          switch (random.nextInt(4)) {
            case 0 -> random.nextInt(0x80);
            case 1 -> random.nextInt(0xd800);
            case 2 -> 0x10000 + random.nextInt(0x100000);
            default -> "\"\\/\u2028\u2029\u007f\u0000<>&'=".charAt(random.nextInt(12));
          };
      s.appendCodePoint(c);
    }
    return s.toString();
  }

  private String word() {
    return Integer.toString(random.nextInt(1 << 30), 36);
  }

  private String mediaType() {
    return "application/vnd.x" + word() + ".v1+json";
  }

  private <T> Optional<T> maybe(Supplier<T> value) {
    return random.nextBoolean() ? Optional.of(value.get()) : Optional.empty();
  }

  private <T> List<T> list(Supplier<T> value) {
    List<T> list = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      list.add(value.get());
    }
    return list;
  }

  private <T> List<T> distinct(Supplier<T> value) {
    return list(value).stream().distinct().toList();
  }
}
