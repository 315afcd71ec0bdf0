package dev.phyllo.oci;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What an image runs on, as image-index.md defines {@code platform}.
 *
 * @param os as Go names it, such as {@code linux}
 * @param architecture as Go names it, such as {@code amd64}
 * @param variant the processor's variant, such as {@code v8}, if it is said
 * @param osVersion the minimum version of the system, if it is said
 * @param osFeatures features the system must have
 * @param extra fields this version does not know
 */
public record Platform(
    String os,
    String architecture,
    Optional<String> variant,
    Optional<String> osVersion,
    List<String> osFeatures,
    Json.Obj extra) {
  private static final Set<String> KNOWN =
      Set.of("os", "architecture", "variant", "os.version", "os.features");

  /** Keeps copies. */
  public Platform {
    osFeatures = List.copyOf(osFeatures);
  }

  /** A platform without variant. */
  public static Platform of(String os, String architecture) {
    return new Platform(
        os, architecture, Optional.empty(), Optional.empty(), List.of(), Json.Obj.EMPTY);
  }

  /** The Linux platform of this machine's processor: containers are Linux wherever we are. */
  public static Platform host() {
    String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    return of("linux", goArchitecture(arch));
  }

  /**
   * Reads {@code os/arch[/variant]}, as {@code --platform} takes it; an operating system alone
   * stands for this machine's architecture, an architecture alone for Linux.
   *
   * @throws UsageException if it is something else
   */
  public static Platform parse(String text) {
    String[] parts = text.toLowerCase(Locale.ROOT).split("/", -1);
    boolean valid = parts.length <= 3;
    for (String part : parts) {
      valid &= isWord(part);
    }
    if (!valid) {
      throw new UsageException(
          text, "not a platform", "write os/architecture[/variant], such as linux/arm64/v8");
    }
    if (parts.length == 1) {
      return switch (parts[0]) {
        case "linux", "windows", "darwin", "freebsd" -> of(parts[0], host().architecture);
        default -> of("linux", goArchitecture(parts[0]));
      };
    }
    return new Platform(
        parts[0],
        goArchitecture(parts[1]),
        parts.length == 3 ? Optional.of(parts[2]) : Optional.empty(),
        Optional.empty(),
        List.of(),
        Json.Obj.EMPTY);
  }

  /** Whether an image for {@code this} can run where {@code wanted} is asked for. */
  public boolean matches(Platform wanted) {
    return os.equals(wanted.os)
        && goArchitecture(architecture).equals(goArchitecture(wanted.architecture))
        && (wanted.variant.isEmpty() || normalVariant().equals(wanted.normalVariant()));
  }

  /** Reads the object. */
  public static Platform fromJson(JsonObject o) {
    return new Platform(
        o.string("os").orElse(""),
        o.string("architecture").orElse(""),
        o.string("variant").filter(s -> !s.isEmpty()),
        o.string("os.version").filter(s -> !s.isEmpty()),
        o.strings("os.features"),
        o.unknown(KNOWN));
  }

  /** The object as the specification writes it. */
  public Json.Obj toJson() {
    return new JsonBuilder()
        .put("architecture", architecture)
        .put("os", os)
        .putIfPresent("os.version", osVersion)
        .putStrings("os.features", osFeatures)
        .putIfPresent("variant", variant)
        .putAll(extra)
        .build();
  }

  @Override
  public String toString() {
    return os + "/" + architecture + variant.map(v -> "/" + v).orElse("");
  }

  private String normalVariant() {
    if (variant.isPresent()) {
      String v = variant.get();
      // Some tools write the number alone.
      return !v.isEmpty() && v.charAt(0) >= '0' && v.charAt(0) <= '9' ? "v" + v : v;
    }
    // The specification's table: arm64 without a variant is v8, arm without one is v7 in practice.
    return switch (goArchitecture(architecture)) {
      case "arm64" -> "v8";
      case "arm" -> "v7";
      case "amd64" -> "v1";
      default -> "";
    };
  }

  private static boolean isWord(String s) {
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '.') {
        return false;
      }
    }
    return !s.isEmpty();
  }

  private static String goArchitecture(String arch) {
    return switch (arch) {
      case "x86_64", "x86-64" -> "amd64";
      case "aarch64" -> "arm64";
      case "i386", "i486", "i586", "i686", "x86" -> "386";
      case "armhf", "armel" -> "arm";
      default -> arch;
    };
  }
}
