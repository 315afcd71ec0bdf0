package dev.phyllo.snapshots;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How to make a snapshot's tree visible: the arguments of one mount(8), as data.
 *
 * <p>There are two types. A {@code bind} mount shows the directory {@code source} itself; an {@code
 * overlay} mount merges the directories its options name (kernel documentation, overlayfs.rst:
 * {@code lowerdir} lists from top to bottom, {@code upperdir} takes what is written, {@code
 * workdir} is the kernel's own scratch space on the same file system).
 *
 * <p>In the options, backslash, comma and, in {@code lowerdir}, colon are escaped by a backslash as
 * overlayfs reads them. The accessors give the plain paths, which is what the kernel's newer mount
 * API wants.
 *
 * @param type {@code bind} or {@code overlay}
 * @param source the directory that is bound; {@code overlay} for an overlay
 * @param options the options of {@code mount -o}, in order
 */
public record Mount(String type, String source, List<String> options) {
  /** The type of a bind mount. */
  public static final String BIND = "bind";

  /** The type of an overlay mount. */
  public static final String OVERLAY = "overlay";

  /** Keeps a copy. */
  public Mount {
    options = List.copyOf(options);
  }

  /** A bind mount of a directory. */
  public static Mount bind(Path directory, boolean readOnly) {
    return new Mount(BIND, directory.toString(), List.of("bind", readOnly ? "ro" : "rw"));
  }

  /**
   * An overlay that can be written.
   *
   * @param lowers the read-only directories, top first; at least one
   * @param extra further options
   */
  public static Mount overlay(List<Path> lowers, Path upper, Path work, List<String> extra) {
    List<String> options = new ArrayList<>(3 + extra.size());
    options.add("lowerdir=" + joined(lowers));
    options.add("upperdir=" + escape(upper.toString(), false));
    options.add("workdir=" + escape(work.toString(), false));
    options.addAll(extra);
    return new Mount(OVERLAY, OVERLAY, options);
  }

  /**
   * An overlay that can only be read.
   *
   * @param lowers the directories, top first; at least two, as overlayfs demands without an upper
   *     one
   * @param extra further options
   */
  public static Mount overlay(List<Path> lowers, List<String> extra) {
    List<String> options = new ArrayList<>(2 + extra.size());
    options.add("ro");
    options.add("lowerdir=" + joined(lowers));
    options.addAll(extra);
    return new Mount(OVERLAY, OVERLAY, options);
  }

  /**
   * The same without waiting for the disk, for what is not to outlive the mount: the kernel then
   * writes nothing back for fsync(2), nor the whole file system when it is unmounted
   * (overlayfs.rst, Volatile mount). It can be mounted so once. Nothing changes for a bind mount.
   */
  public Mount withoutSync() {
    if (!isOverlay() || isReadOnly()) {
      return this;
    }
    List<String> all = new ArrayList<>(options);
    all.add("volatile");
    return new Mount(type, source, all);
  }

  /** Whether it is an overlay; otherwise it is a bind mount. */
  public boolean isOverlay() {
    return type.equals(OVERLAY);
  }

  /** Whether nothing can be written. */
  public boolean isReadOnly() {
    return options.contains("ro");
  }

  /** The read-only directories of an overlay, top first; empty for a bind mount. */
  public List<String> lowerDirs() {
    Optional<String> text = option("lowerdir=");
    if (text.isEmpty()) {
      return List.of();
    }
    List<String> lowers = new ArrayList<>();
    String joined = text.get();
    StringBuilder part = new StringBuilder();
    for (int i = 0; i < joined.length(); i++) {
      char c = joined.charAt(i);
      if (c == '\\' && i + 1 < joined.length()) {
        part.append(joined.charAt(++i));
      } else if (c == ':') {
        lowers.add(part.toString());
        part.setLength(0);
      } else {
        part.append(c);
      }
    }
    lowers.add(part.toString());
    return List.copyOf(lowers);
  }

  /** The directory that takes what is written. */
  public Optional<String> upperDir() {
    return directory("upperdir=");
  }

  /** The kernel's scratch directory beside it. */
  public Optional<String> workDir() {
    return directory("workdir=");
  }

  private Optional<String> directory(String key) {
    Optional<String> text = option(key);
    return text.isEmpty() ? text : Optional.of(unescape(text.get()));
  }

  /** The options that do not name directories, without {@code ro}, {@code rw} and {@code bind}. */
  public List<String> otherOptions() {
    List<String> others = new ArrayList<>();
    for (String option : options) {
      boolean known =
          option.equals("ro")
              || option.equals("rw")
              || option.equals("bind")
              || option.startsWith("lowerdir=")
              || option.startsWith("upperdir=")
              || option.startsWith("workdir=");
      if (!known) {
        others.add(option);
      }
    }
    return others;
  }

  /**
   * The mount(8) command that makes this mount, as it can be pasted into a shell: {@code mount -t
   * overlay overlay -o OPTIONS TARGET}, or {@code mount -o bind,ro SOURCE TARGET}.
   */
  public String command(String target) {
    String joinedOptions = shellWord(String.join(",", options));
    return isOverlay()
        ? "mount -t overlay " + source + " -o " + joinedOptions + " " + shellWord(target)
        : "mount -o " + joinedOptions + " " + shellWord(source) + " " + shellWord(target);
  }

  private Optional<String> option(String prefix) {
    for (String option : options) {
      if (option.startsWith(prefix)) {
        return Optional.of(option.substring(prefix.length()));
      }
    }
    return Optional.empty();
  }

  private static String joined(List<Path> lowers) {
    StringBuilder text = new StringBuilder();
    for (Path lower : lowers) {
      if (!text.isEmpty()) {
        text.append(':');
      }
      text.append(escape(lower.toString(), true));
    }
    return text.toString();
  }

  private static String escape(String path, boolean colons) {
    StringBuilder text = new StringBuilder(path.length());
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '\\' || c == ',' || colons && c == ':') {
        text.append('\\');
      }
      text.append(c);
    }
    return text.toString();
  }

  private static String unescape(String text) {
    StringBuilder path = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      path.append(c == '\\' && i + 1 < text.length() ? text.charAt(++i) : c);
    }
    return path.toString();
  }

  private static String shellWord(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean plain =
          c >= 'a' && c <= 'z'
              || c >= 'A' && c <= 'Z'
              || c >= '0' && c <= '9'
              || "-_./:=,+@%".indexOf(c) >= 0;
      if (!plain) {
        return "'" + text.replace("'", "'\\''") + "'";
      }
    }
    return text.isEmpty() ? "''" : text;
  }
}
