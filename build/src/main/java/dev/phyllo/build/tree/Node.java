package dev.phyllo.build.tree;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import java.util.Collection;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A file of a {@link FileTree}, of any type. Two names of one file (hard links) share a node.
 *
 * <p>A directory's children may be looked up only when somebody asks: a build context can be large
 * and a build need little of it.
 */
public final class Node {
  private TarEntry about;
  private final @Nullable Content content;
  private @Nullable Supplier<NavigableMap<RawPath, Node>> loader;
  private @Nullable NavigableMap<RawPath, Node> children;

  private Node(
      TarEntry about,
      @Nullable Content content,
      @Nullable Supplier<NavigableMap<RawPath, Node>> loader) {
    this.about = about;
    this.content = content;
    this.loader = loader;
  }

  /** A file with content. */
  public static Node file(TarEntry about, Content content) {
    return new Node(about, content, null);
  }

  /** Anything that has neither content nor children. */
  public static Node other(TarEntry about) {
    return new Node(about, null, null);
  }

  /** An empty directory. */
  public static Node directory(TarEntry about) {
    return new Node(about, null, null);
  }

  /** A directory whose children are asked for later. */
  public static Node directory(TarEntry about, Supplier<NavigableMap<RawPath, Node>> loader) {
    return new Node(about, null, loader);
  }

  /** Everything about it but its name and its content. */
  public TarEntry about() {
    return about;
  }

  /** What it is. */
  public TarEntry.Type type() {
    return about.type();
  }

  /** Whether it is a directory. */
  public boolean isDirectory() {
    return about.type() == TarEntry.Type.DIRECTORY;
  }

  /** Whether it is a regular file. */
  public boolean isFile() {
    return about.type() == TarEntry.Type.FILE;
  }

  /** Whether it is a symbolic link. */
  public boolean isLink() {
    return about.type() == TarEntry.Type.SYMLINK;
  }

  /** What the file holds; null for everything that is no file. */
  public @Nullable Content content() {
    return content;
  }

  /** The child of that name. */
  public @Nullable Node child(RawPath name) {
    return map().get(name);
  }

  /** Names and children, in the order of the bytes of the names. */
  public Collection<Map.Entry<RawPath, Node>> children() {
    return map().entrySet();
  }

  /** Gives the directory a child, in the place of one of that name. */
  public void put(RawPath name, Node child) {
    map().put(name, child);
  }

  /** Takes a child away. */
  public void remove(RawPath name) {
    map().remove(name);
  }

  void clear() {
    map().clear();
  }

  /** Gives it other attributes. */
  public void describe(TarEntry newAbout) {
    about = newAbout;
  }

  private synchronized NavigableMap<RawPath, Node> map() {
    NavigableMap<RawPath, Node> map = children;
    if (map == null) {
      Supplier<NavigableMap<RawPath, Node>> wanted = loader;
      map = wanted == null ? new TreeMap<>() : wanted.get();
      children = map;
      loader = null;
    }
    return map;
  }
}
