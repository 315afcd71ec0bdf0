package dev.phyllo.containers;

import dev.phyllo.containers.volumes.VolumeStore;
import dev.phyllo.oci.UsageException;
import java.util.ArrayList;
import java.util.List;

/** How {@code -v} is written, and what all ways to name a place inside have in common. */
final class VolumeSyntax {
  private static final String REMEDY =
      "write -v /source:/destination[:ro], -v name:/destination or -v /destination";

  private VolumeSyntax() {}

  static Volume volume(String text) {
    String thing = "-v " + text;
    List<String> parts = split(text, ':');
    if (parts.size() > 3 || parts.contains("")) {
      throw bad(thing, "not [SOURCE:]DESTINATION[:OPTIONS]", REMEDY);
    }
    if (parts.size() == 1) {
      return new Volume(
          Volume.Type.VOLUME,
          "",
          target(text, thing),
          false,
          Propagation.PRIVATE,
          List.of(Volume.ANONYMOUS));
    }
    String source = parts.getFirst();
    boolean bind = source.startsWith("/");
    if (!bind) {
      VolumeStore.checked(source, thing);
    }
    boolean readOnly = false;
    Propagation propagation = Propagation.PRIVATE;
    List<String> options = new ArrayList<>();
    if (bind) {
      options.add(Volume.CREATE);
    }
    for (String option : parts.size() == 3 ? split(parts.get(2), ',') : List.<String>of()) {
      switch (option) {
        case "ro" -> readOnly = true;
        case "rw", "z", "Z", "consistent", "cached", "delegated" -> {}
        case "idmap" -> {
          if (bind) {
            options.add(Volume.IDMAP); // a volume is so anyway
          }
        }
        case "nocopy" -> {
          if (bind) {
            throw bad(thing, "nocopy is for named volumes", "leave it out");
          }
          options.add(Volume.NO_COPY);
        }
        default -> {
          if (!Propagation.isWord(option)) {
            throw bad(thing, "unknown option \"" + option + "\"", REMEDY);
          }
          if (!bind) {
            throw bad(thing, option + " is for directories of the host", "leave it out");
          }
          propagation = Propagation.parse(option, thing);
        }
      }
    }
    return new Volume(
        bind ? Volume.Type.BIND : Volume.Type.VOLUME,
        source,
        target(parts.get(1), thing),
        readOnly,
        propagation,
        options);
  }

  /** A place inside, its text made clean: no {@code .}, {@code ..} or doubled slash. */
  static String target(String path, String thing) {
    if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
      throw bad(thing, "the destination is not an absolute path", REMEDY);
    }
    List<String> kept = new ArrayList<>();
    for (String part : split(path, '/')) {
      if (part.equals("..")) {
        if (!kept.isEmpty()) {
          kept.removeLast();
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        kept.add(part);
      }
    }
    if (kept.isEmpty()) {
      throw bad(thing, "the destination is the root itself", "name a path below /");
    }
    return "/" + String.join("/", kept);
  }

  /** The parts of a text; by hand, since the JDK's way is by regular expressions. */
  static List<String> split(String text, char separator) {
    List<String> parts = new ArrayList<>();
    int start = 0;
    for (int at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, start)) {
      parts.add(text.substring(start, at));
      start = at + 1;
    }
    parts.add(text.substring(start));
    return parts;
  }

  static UsageException bad(String thing, String why, String remedy) {
    return new UsageException(thing, why, remedy);
  }
}
