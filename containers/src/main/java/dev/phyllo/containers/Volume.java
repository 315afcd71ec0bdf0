package dev.phyllo.containers;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.List;

/**
 * Something that appears inside a container without being part of its image or of its own layer,
 * and so outlives it, unless it lies in memory.
 *
 * @param type where it comes from
 * @param source for a bind, an absolute path of the host; for a volume its name, empty for an
 *     anonymous one of a container that does not exist yet; empty for a tmpfs
 * @param target an absolute, clean path in the container
 * @param readOnly whether the container may not write, to nothing mounted below it either
 * @param propagation whether mounts made later on one side appear on the other
 * @param options for a bind, {@code create} if a missing source is made, and {@code idmap} if its
 *     owners on disk are those inside, whichever ids the container has; for a volume, {@code
 *     nocopy} if it does not get what the image has at its place, and {@code anonymous} if it goes
 *     with its container; for a tmpfs, the options of the file system (tmpfs(5)) and of its mount
 */
public record Volume(
    Type type,
    String source,
    String target,
    boolean readOnly,
    Propagation propagation,
    List<String> options) {
  static final String CREATE = "create";
  static final String IDMAP = "idmap";
  static final String NO_COPY = "nocopy";
  static final String ANONYMOUS = "anonymous";

  /** Where what appears inside comes from. */
  public enum Type {
    /** A directory or file of the host. */
    BIND("bind"),
    /** A volume that the engine keeps. */
    VOLUME("volume"),
    /** Memory; gone when the container stops. */
    TMPFS("tmpfs");

    private final String word;

    Type(String word) {
      this.word = word;
    }

    /** The word of {@code --mount type=}. */
    public String word() {
      return word;
    }

    static Type parse(String word, String thing) {
      for (Type t : values()) {
        if (t.word.equals(word)) {
          return t;
        }
      }
      throw VolumeSyntax.bad(thing, "no such type \"" + word + "\"", "use bind, volume or tmpfs");
    }
  }

  /** Keeps a copy. */
  public Volume {
    options = List.copyOf(options);
  }

  /** A bind mount with no options. */
  static Volume bind(String source, String target) {
    return new Volume(Type.BIND, source, target, false, Propagation.PRIVATE, List.of());
  }

  /**
   * A volume that an image declares: it gets a name when its container is made, and goes with it.
   *
   * @throws InvalidException if the path is the root
   */
  public static Volume ofImage(String path) {
    try {
      String target = VolumeSyntax.target(path.startsWith("/") ? path : "/" + path, path);
      return new Volume(Type.VOLUME, "", target, false, Propagation.PRIVATE, List.of(ANONYMOUS));
    } catch (UsageException e) {
      throw new InvalidException("the image's volume " + path, e.why(), "", e);
    }
  }

  /**
   * Reads {@code [SRC:]DST[:OPTIONS]} as docker's {@code -v} takes it. {@code z} and {@code Z} are
   * accepted and mean nothing without SELinux.
   *
   * @throws dev.phyllo.oci.UsageException if a part is missing, the source is neither an absolute
   *     path nor a volume's name, or an option is unknown
   */
  public static Volume parse(String text) {
    return VolumeSyntax.volume(text);
  }

  /**
   * Reads {@code type=...,source=...,target=...} as docker's {@code --mount} takes it.
   *
   * @throws dev.phyllo.oci.UsageException if it is none
   */
  public static Volume parseMount(String text) {
    return MountSyntax.mount(text);
  }

  /**
   * Reads {@code DST[:OPTIONS]} as docker's {@code --tmpfs} takes it.
   *
   * @throws dev.phyllo.oci.UsageException if it is none
   */
  public static Volume parseTmpfs(String text) {
    return TmpfsSyntax.tmpfs(text);
  }

  /** Whether the engine keeps it only for the container it was made with. */
  public boolean isAnonymous() {
    return type == Type.VOLUME && options.contains(ANONYMOUS);
  }

  boolean createsSource() {
    return options.contains(CREATE);
  }

  /** Whether a container with users of its own sees the owners that are on disk. */
  boolean isMapped() {
    return options.contains(IDMAP);
  }

  boolean copiesImage() {
    return !options.contains(NO_COPY);
  }

  /** The same volume under a name, which an anonymous one gets with its container. */
  Volume named(String name) {
    return new Volume(type, name, target, readOnly, propagation, options);
  }

  /** The same, as another container gets it through {@code --volumes-from}. */
  public Volume lent(boolean onlyReading) {
    return new Volume(
        type,
        source,
        target,
        readOnly || onlyReading,
        propagation,
        options.stream().filter(o -> !o.equals(ANONYMOUS)).toList());
  }

  static Volume fromJson(JsonObject o) {
    return new Volume(
        Type.parse(o.string("type").orElse("bind"), o.thing()),
        o.requireString("source"),
        o.requireString("target"),
        o.bool("readOnly").orElse(false),
        Propagation.parse(o.string("propagation").orElse("rprivate"), o.thing()),
        o.strings("options"));
  }

  Json.Obj toJson() {
    return new JsonBuilder()
        .put("type", type.word)
        .put("source", source)
        .put("target", target)
        .put("readOnly", readOnly)
        .put("propagation", propagation.word())
        .put("options", JsonBuilder.array(options))
        .build();
  }
}
