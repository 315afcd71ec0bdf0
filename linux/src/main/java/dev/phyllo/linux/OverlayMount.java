package dev.phyllo.linux;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Overlay mounts (the kernel's Documentation/filesystems/overlayfs.rst).
 *
 * <p>With the new API each layer is one parameter, {@code lowerdir+} (Linux 6.7; as a string of up
 * to 255 bytes, from 6.13 on as a descriptor too, which has no limit of length), so the number of
 * layers is bounded by overlayfs alone: 500. Older kernels take one string of all layers, again of
 * at most 255 bytes, and mount(2) one page of options.
 *
 * <p>What a backslash means differs: in {@code lowerdir}, {@code upperdir} and {@code workdir} it
 * escapes the next character, in {@code lowerdir+} it is itself.
 */
final class OverlayMount {
  /** The longest string fsconfig(2) takes. */
  static final int STRING_LIMIT = 255;

  /** mount(2) takes one page of options, the closing NUL included. */
  static final int PAGE_LIMIT = 4095;

  private OverlayMount() {}

  static Fd detached(
      List<byte[]> lowers,
      byte @Nullable [] upper,
      byte @Nullable [] work,
      List<String> options,
      boolean readOnly) {
    return detached(lowers, upper, work, options, readOnly, true);
  }

  /**
   * Merges into a detached mount.
   *
   * @param layerByLayer false to act as on a kernel without {@code lowerdir+}
   */
  static Fd detached(
      List<byte[]> lowers,
      byte @Nullable [] upper,
      byte @Nullable [] work,
      List<String> options,
      boolean readOnly,
      boolean layerByLayer) {
    if (lowers.isEmpty() || (upper == null) != (work == null)) {
      throw new IllegalArgumentException("an overlay needs lower layers, and upper with work");
    }
    try (Fd context = Mounts.fsopen("overlay")) {
      // What /proc/mounts shows as the device.
      Mounts.fsconfigString(context, "source", Text.bytes("overlay"));
      boolean oneByOne = layerByLayer && addLowers(context, lowers);
      if (!oneByOne) {
        Mounts.fsconfigString(context, "lowerdir", within255(joined(lowers)));
      }
      if (upper != null && work != null) {
        setDirectory(context, "upperdir", upper);
        setDirectory(context, "workdir", work);
      }
      for (String option : options) {
        int equals = option.indexOf('=');
        if (equals < 0) {
          Mounts.fsconfigFlag(context, option);
        } else {
          byte[] value = Text.bytes(option.substring(equals + 1));
          Mounts.fsconfigString(context, option.substring(0, equals), value);
        }
      }
      int created = Mounts.tryFsconfigCreate(context);
      if (created < 0) {
        String said = Mounts.messages(context);
        if (created == -Errno.EINVAL && oneByOne && said.isEmpty()) {
          // Before Linux 6.5 parameters are not looked at until now, and nothing is said.
          return detached(lowers, upper, work, options, readOnly, false);
        }
        String thing = "overlay of " + lowers.size() + " layers";
        throw Mounts.failure("fsconfig create", thing, -created, said);
      }
      return Mounts.fsmount(context, readOnly ? MountFlags.ATTR_RDONLY : 0);
    }
  }

  /** False if this kernel does not know {@code lowerdir+}. */
  private static boolean addLowers(Fd context, List<byte[]> lowers) {
    for (int i = 0; i < lowers.size(); i++) {
      byte[] lower = lowers.get(i);
      int result = trySetDirectory(context, "lowerdir+", lower, lower);
      if (result < 0) {
        String said = Mounts.messages(context);
        if (i == 0 && result == -Errno.EINVAL && said.contains("Unknown parameter")) {
          return false;
        }
        throw Mounts.failure("fsconfig lowerdir+", Text.of(lower), -result, said);
      }
    }
    return true;
  }

  private static void setDirectory(Fd context, String key, byte[] path) {
    ByteArrayOutputStream escaped = new ByteArrayOutputStream(path.length);
    escape(escaped, path, "\\");
    int result = trySetDirectory(context, key, path, escaped.toByteArray());
    if (result < 0) {
      String said = Mounts.messages(context);
      throw Mounts.failure("fsconfig " + key, Text.of(path), -result, said);
    }
  }

  /** As a string where it fits, for /proc/self/mountinfo shows that; by descriptor otherwise. */
  private static int trySetDirectory(Fd context, String key, byte[] path, byte[] string) {
    if (string.length <= STRING_LIMIT) {
      return Mounts.tryFsconfigString(context, key, string);
    }
    try (Fd directory = FileCalls.openat2(Fd.CWD, path, Open.PATH | Open.DIRECTORY, 0, 0)) {
      int result = Mounts.tryFsconfigFd(context, key, directory);
      if (result == -Errno.EINVAL) {
        throw new SystemException(
            Text.of(path),
            "this kernel takes overlay directories of at most 255 bytes (Linux 6.13 takes more)",
            "use a shorter --root",
            Errno.ENAMETOOLONG);
      }
      return result;
    }
  }

  /** The option string of mount(2); refused if it does not fit a page. */
  static byte[] classicOptions(
      List<byte[]> lowers, byte @Nullable [] upper, byte @Nullable [] work, List<String> options) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    data.writeBytes(Text.bytes("lowerdir="));
    escape(data, joined(lowers), ",");
    if (upper != null && work != null) {
      data.writeBytes(Text.bytes(",upperdir="));
      escape(data, upper, ",\\");
      data.writeBytes(Text.bytes(",workdir="));
      escape(data, work, ",\\");
    }
    for (String option : options) {
      data.writeBytes(Text.bytes("," + option));
    }
    if (data.size() > PAGE_LIMIT) {
      throw new SystemException(
          "overlay of " + lowers.size() + " layers",
          "mount(2) takes " + PAGE_LIMIT + " bytes of options, these are " + data.size(),
          "use Linux 6.5 or newer, or a shorter --root",
          Errno.E2BIG);
    }
    return data.toByteArray();
  }

  /** Layers separated by ':', a ':' or '\' inside a name escaped by '\'. */
  static byte[] joined(List<byte[]> lowers) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] lower : lowers) {
      if (all.size() > 0) {
        all.write(':');
      }
      escape(all, lower, ":\\");
    }
    return all.toByteArray();
  }

  private static void escape(ByteArrayOutputStream out, byte[] path, String special) {
    for (byte b : path) {
      if (special.indexOf(b) >= 0) {
        out.write('\\');
      }
      out.write(b);
    }
  }

  private static byte[] within255(byte[] joined) {
    if (joined.length > STRING_LIMIT) {
      throw new InvalidException(
          "overlay layers", "their names are longer than this kernel takes in one string", "");
    }
    return joined;
  }
}
