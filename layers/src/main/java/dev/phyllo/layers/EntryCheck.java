package dev.phyllo.layers;

import dev.phyllo.oci.InvalidException;

/** Refuses entries that would make an archive nobody can read back as it was meant. */
final class EntryCheck {
  private EntryCheck() {}

  static void check(TarEntry e, TarWriter.Format format) {
    if (e.name().isEmpty()) {
      throw invalid(e, "an entry needs a name; the root is ./");
    }
    noNul(e, e.name());
    noNul(e, e.linkName());
    boolean link = e.type() == TarEntry.Type.HARDLINK || e.type() == TarEntry.Type.SYMLINK;
    if (link == e.linkName().isEmpty()) {
      throw invalid(e, link ? "a link needs a target" : "only links have a target");
    }
    if (e.type() != TarEntry.Type.DIRECTORY && e.name().endsWithSlash()) {
      throw invalid(e, "only a directory's name ends in a slash");
    }
    if (e.mode() < 0 || e.mode() > 07777) {
      throw invalid(e, "the mode is not within 0 to 07777: " + Integer.toOctalString(e.mode()));
    }
    if (e.uid() < 0 || e.gid() < 0 || e.size() < 0) {
      throw invalid(e, "a negative uid, gid or size");
    }
    if (e.mtimeNanos() < 0 || e.mtimeNanos() > 999_999_999) {
      throw invalid(e, "nanoseconds not within a second: " + e.mtimeNanos());
    }
    long maxDevice = HeaderWriter.maxOctal(TarHeader.SHORT_NUMBER);
    if (TarWriter.isDevice(e)
        && (e.deviceMajor() < 0
            || e.deviceMinor() < 0
            || e.deviceMajor() > maxDevice
            || e.deviceMinor() > maxDevice)) {
      throw invalid(e, "device numbers that tar cannot hold");
    }
    if (format == TarWriter.Format.GNU && !e.xattrs().isEmpty()) {
      throw invalid(e, "GNU tar's format cannot hold extended attributes");
    }
    for (RawPath attribute : e.xattrs().keySet()) {
      if (attribute.isEmpty()) {
        throw invalid(e, "an extended attribute without a name");
      }
      noNul(e, attribute);
    }
  }

  private static void noNul(TarEntry e, RawPath name) {
    for (int i = 0; i < name.length(); i++) {
      if (name.byteAt(i) == 0) {
        throw invalid(e, "a NUL byte in a name");
      }
    }
  }

  static InvalidException invalid(TarEntry e, String why) {
    return new InvalidException(e.name().toString(), why, "");
  }
}
