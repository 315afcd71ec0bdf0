package dev.phyllo.containers;

import dev.phyllo.containers.volumes.VolumeStore;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How {@code --mount} is written: names with values, separated by commas. */
final class MountSyntax {
  private final String thing;
  private Volume.Type type = Volume.Type.VOLUME;
  private String source = "";
  private String target = "";
  private boolean readOnly;
  private @Nullable String propagation;
  private boolean mapped;
  private boolean noCopy;
  private final List<String> tmpfs = new ArrayList<>();

  private MountSyntax(String text) {
    this.thing = "--mount " + text;
  }

  static Volume mount(String text) {
    MountSyntax mount = new MountSyntax(text);
    for (String field : VolumeSyntax.split(text, ',')) {
      int equals = field.indexOf('=');
      mount.read(
          equals < 0 ? field : field.substring(0, equals),
          equals < 0 ? null : field.substring(equals + 1));
    }
    return mount.build();
  }

  private void read(String name, @Nullable String value) {
    switch (name) {
      case "type" -> type = Volume.Type.parse(required(name, value), thing);
      case "src", "source" -> source = required(name, value);
      case "dst", "target", "destination" ->
          target = VolumeSyntax.target(required(name, value), thing);
      case "ro", "readonly" -> readOnly = yes(name, value);
      case "bind-propagation" -> propagation = required(name, value);
      case "idmap" -> mapped = yes(name, value);
      case "volume-nocopy" -> noCopy = yes(name, value);
      case "consistency" -> {} // of other systems' file sharing
      case "tmpfs-size" -> tmpfs.add("size=" + required(name, value));
      case "tmpfs-mode" -> tmpfs.add("mode=" + required(name, value));
      case "volume-driver" -> {
        if (!required(name, value).equals("local")) {
          throw VolumeSyntax.bad(thing, "no volume driver \"" + value + "\"", "use local");
        }
      }
      case "volume-opt" ->
          throw VolumeSyntax.bad(
              thing, "volumes have no options of a driver", "mount it yourself, and bind that");
      case "volume-label" ->
          throw VolumeSyntax.bad(
              thing, "labels are given to a volume itself", "phyllo volume create --label NAME");
      default ->
          throw VolumeSyntax.bad(
              thing, "unknown name \"" + name + "\"", "use type, source, target, readonly");
    }
  }

  private Volume build() {
    if (target.isEmpty()) {
      throw VolumeSyntax.bad(thing, "no target", "add target=/path");
    }
    if (!tmpfs.isEmpty() && type != Volume.Type.TMPFS) {
      throw VolumeSyntax.bad(thing, "tmpfs options for a " + type.word(), "add type=tmpfs");
    }
    if (noCopy && type != Volume.Type.VOLUME) {
      throw VolumeSyntax.bad(thing, "volume-nocopy for a " + type.word(), "leave it out");
    }
    if (mapped && type == Volume.Type.TMPFS) {
      throw VolumeSyntax.bad(thing, "idmap for a tmpfs", "give it an owner: --tmpfs DST:uid=N");
    }
    if (propagation != null && type != Volume.Type.BIND) {
      throw VolumeSyntax.bad(thing, "bind-propagation for a " + type.word(), "leave it out");
    }
    return switch (type) {
      case BIND -> bind();
      case VOLUME -> volume();
      case TMPFS -> {
        if (!source.isEmpty()) {
          throw VolumeSyntax.bad(thing, "a tmpfs has no source", "leave it out");
        }
        yield TmpfsSyntax.tmpfs(target, tmpfs, readOnly, thing);
      }
    };
  }

  private Volume bind() {
    if (!source.startsWith("/")) {
      throw VolumeSyntax.bad(
          thing, "the source of a bind is not an absolute path", "add source=/path");
    }
    return new Volume(
        type,
        source,
        target,
        readOnly,
        propagation == null ? Propagation.PRIVATE : Propagation.parse(propagation, thing),
        mapped ? List.of(Volume.IDMAP) : List.of());
  }

  private Volume volume() {
    List<String> options = new ArrayList<>();
    if (source.isEmpty()) {
      options.add(Volume.ANONYMOUS);
    } else {
      VolumeStore.checked(source, thing);
    }
    if (noCopy) {
      options.add(Volume.NO_COPY);
    }
    return new Volume(type, source, target, readOnly, Propagation.PRIVATE, options);
  }

  private String required(String name, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw VolumeSyntax.bad(thing, name + " has no value", "write " + name + "=VALUE");
    }
    return value;
  }

  private boolean yes(String name, @Nullable String value) {
    return switch (value) {
      case null -> true;
      case "true", "1" -> true;
      case "false", "0" -> false;
      default -> throw VolumeSyntax.bad(thing, name + "=" + value, "use true or false");
    };
  }
}
