package dev.phyllo.build.copy;

import dev.phyllo.build.tree.Content;
import dev.phyllo.build.tree.Node;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;

/**
 * The identity of what is copied: names, types, permissions, owners, link targets, attributes and
 * contents; not times, so that a touched file is the same file.
 */
public final class SourceHash {
  private final MessageDigest hash = Digest.Algorithm.SHA256.newMessageDigest();
  private final CopyOptions options;

  /** A hash of nothing yet. */
  public SourceHash(CopyOptions options) {
    this.options = options;
  }

  /** Adds what a source names. */
  public void add(List<Match> matches) {
    for (Match match : matches) {
      text("match");
      for (Match.Parent parent : match.parents()) {
        node(parent.name().toString(), parent.node());
      }
      node(match.name().toString(), match.node());
      children(match.node(), "");
    }
  }

  /** The hash of everything added. */
  public Digest digest() {
    return Digest.of(Digest.Algorithm.SHA256, hash.digest());
  }

  private void children(Node node, String prefix) {
    if (!node.isDirectory()) {
      return;
    }
    for (Map.Entry<RawPath, Node> child : node.children()) {
      String relative = prefix + child.getKey();
      if (!options.excludes().excludes(relative)) {
        node(relative, child.getValue());
      }
      if (child.getValue().isDirectory()
          && (!options.excludes().excludes(relative) || options.excludes().hasExceptions())) {
        children(child.getValue(), relative + "/");
      }
    }
  }

  private void node(String name, Node node) {
    TarEntry e = node.about();
    text(name);
    text(e.type().name());
    number(e.mode());
    number(e.uid());
    number(e.gid());
    text(e.linkName().toString());
    number(e.deviceMajor());
    number(e.deviceMinor());
    for (Map.Entry<RawPath, byte[]> x : e.xattrs().entrySet()) {
      text(x.getKey().toString());
      number(x.getValue().length);
      hash.update(x.getValue());
    }
    Content content = node.content();
    text(content == null ? "" : content.digest().hex());
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    number(bytes.length);
    hash.update(bytes);
  }

  private void number(long value) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      hash.update((byte) (value >> shift));
    }
  }
}
