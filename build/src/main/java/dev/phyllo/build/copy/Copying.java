package dev.phyllo.build.copy;

import dev.phyllo.build.tree.Content;
import dev.phyllo.build.tree.FileTree;
import dev.phyllo.build.tree.Node;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.oci.InvalidException;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * COPY by docker's rules for destinations: one that ends in a slash or is a directory takes files
 * by their names, another is the new name of one file; of a directory the contents are copied, not
 * the directory itself; what is missing above is made.
 */
public final class Copying {
  private static final String WHITEOUT = ".wh.";

  private final LayerDraft draft;
  private final CopyOptions options;
  private final Times times;
  private final Owner maker;

  /** Files of layers and archives that have several names keep them. */
  private final IdentityHashMap<Node, Node> copies = new IdentityHashMap<>();

  /**
   * Copies into a draft.
   *
   * @param draft takes the changes
   */
  public Copying(LayerDraft draft, CopyOptions options, Times times) {
    this.draft = draft;
    this.options = options;
    this.times = times;
    this.maker = options.owner().orElse(Owner.ROOT);
  }

  /**
   * Copies.
   *
   * @param matches what
   * @param destination where to, relative to the working directory
   * @param workingDir the working directory, absolute
   * @throws InvalidException if that cannot be done there
   */
  public void copy(List<Match> matches, String destination, String workingDir) {
    RawPath target = target(destination, workingDir);
    boolean slash =
        destination.endsWith("/")
            || destination.equals(".")
            || destination.endsWith("/.")
            || destination.equals("..")
            || destination.isEmpty();
    boolean several = matches.size() > 1;
    for (Match match : matches) {
      if (options.parents()) {
        withParents(match, target);
      } else if (match.node().isDirectory()) {
        contents(match.node(), draft.directoryLike(target, maker, destination(match.node())), "");
      } else {
        file(match, target, slash, several, destination);
      }
    }
  }

  private static RawPath target(String destination, String workingDir) {
    return RawPath.of(destination.startsWith("/") ? destination : workingDir + "/" + destination);
  }

  /**
   * Copies what an archive has. Where the destination is new, what the archive says of its own root
   * is said of that.
   *
   * @param root the archive's root
   * @param destination where to, relative to the working directory
   * @param workingDir the working directory, absolute
   * @throws InvalidException if that cannot be done there
   */
  public void unpack(Node root, String destination, String workingDir) {
    RawPath target = target(destination, workingDir);
    contents(root, draft.directoryLike(target, maker, copied(root)), "");
  }

  private void withParents(Match match, RawPath target) {
    FileTree.Resolved at = draft.directory(target, maker);
    for (Match.Parent parent : match.parents()) {
      at = draft.directoryLike(at.path().resolve(parent.name()), maker, copied(parent.node()));
    }
    if (!match.node().isDirectory()) {
      put(at, match.name(), match.node());
    } else if (match.name().isEmpty()) {
      contents(match.node(), at, "");
    } else {
      contents(
          match.node(),
          draft.directoryLike(at.path().resolve(match.name()), maker, copied(match.node())),
          "");
    }
  }

  private void file(
      Match match, RawPath target, boolean slash, boolean several, String destination) {
    if (options.excludes().excludes(match.name().toString())) {
      return;
    }
    FileTree.Resolved at = draft.tree().resolve(target, true);
    boolean directory = at.exists() && at.node().isDirectory();
    if (slash || directory) {
      put(draft.directory(target, maker), match.name(), match.node());
      return;
    }
    if (several) {
      throw new InvalidException(
          destination,
          "several files are copied there, so it must be a directory",
          "end the destination in a slash");
    }
    RawPath whole = at.whole();
    put(draft.directory(whole.parent(), maker), whole.name(), match.node());
  }

  /** Copies what is in a directory. */
  private void contents(Node source, FileTree.Resolved target, String prefix) {
    for (Map.Entry<RawPath, Node> child : source.children()) {
      RawPath name = child.getKey();
      Node node = child.getValue();
      String relative = prefix + name;
      boolean excluded = options.excludes().excludes(relative);
      if (!node.isDirectory()) {
        if (!excluded) {
          put(target, name, node);
        }
        continue;
      }
      if (excluded && !anythingIn(node, relative + "/")) {
        continue;
      }
      subdirectory(node, target, name, relative);
    }
  }

  private void subdirectory(Node source, FileTree.Resolved parent, RawPath name, String relative) {
    RawPath path = parent.path().resolve(name);
    Node old = parent.node().child(name);
    FileTree.Resolved directory;
    if (old == null) {
      directory = draft.directoryLike(path, maker, copied(source));
    } else if (old.isDirectory()) {
      directory = new FileTree.Resolved(path, old, List.of());
      draft.describe(directory, copied(source));
    } else {
      throw new InvalidException(
          "/" + path, "is there and is not a directory", "name another destination");
    }
    contents(source, directory, relative + "/");
  }

  private boolean anythingIn(Node directory, String prefix) {
    if (!options.excludes().hasExceptions()) {
      return false;
    }
    for (Map.Entry<RawPath, Node> child : directory.children()) {
      String relative = prefix + child.getKey();
      boolean excluded = options.excludes().excludes(relative);
      if (!excluded
          || child.getValue().isDirectory() && anythingIn(child.getValue(), relative + "/")) {
        return true;
      }
    }
    return false;
  }

  private void put(FileTree.Resolved parent, RawPath name, Node node) {
    if (options.pinned()) {
      draft.put(parent, name, copy(node));
      return;
    }
    if (name.toString().startsWith(WHITEOUT)) {
      // In a build context somebody put it there by hand; elsewhere it would delete by accident.
      throw new InvalidException(
          "/" + parent.path().resolve(name),
          "a file of that name means a deletion in a layer",
          "leave it out with --exclude");
    }
    draft.put(parent, name, copies.computeIfAbsent(node, this::copy));
  }

  private Node copy(Node source) {
    TarEntry about = copied(source);
    Content content = source.content();
    return content == null ? Node.other(about) : Node.file(about, content);
  }

  /** A destination that is made for a directory's contents has no more of it than the time. */
  private TarEntry destination(Node source) {
    int mode = options.chmod().isPresent() ? options.chmod().get().apply(0755, true) : 0755;
    TarEntry copied = copied(source);
    return TarEntry.builder(copied.name(), TarEntry.Type.DIRECTORY)
        .owner(maker.uid(), maker.gid())
        .mode(mode)
        .mtime(copied.mtimeSeconds(), 0)
        .build();
  }

  private TarEntry copied(Node source) {
    TarEntry e = source.about();
    Owner owner = options.owner().orElse(new Owner(e.uid(), e.gid()));
    int mode =
        options.chmod().isPresent() && !source.isLink()
            ? options.chmod().get().apply(e.mode(), source.isDirectory())
            : e.mode();
    return e.toBuilder()
        .owner(owner.uid(), owner.gid())
        .mode(mode)
        .mtime(times.copied(e.mtimeSeconds(), options.pinned()), 0)
        .build();
  }
}
