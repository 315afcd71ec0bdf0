package dev.phyllo.build;

import dev.phyllo.build.copy.Owner;
import dev.phyllo.build.tree.Content;
import dev.phyllo.build.tree.ContentSpool;
import dev.phyllo.build.tree.FileTree;
import dev.phyllo.build.tree.Node;
import dev.phyllo.layers.RawPath;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * {@code user[:group]} as the tree's own /etc/passwd and /etc/group have it. A number without a
 * group is also the group's number, as docker has it; a name's group is that of its line.
 */
final class Owners {
  private static final int MAX_FILE = 1 << 20;

  private final BuildJob job;
  private final FileTree tree;

  Owners(BuildJob job, FileTree tree) {
    this.job = job;
    this.tree = tree;
  }

  /**
   * The numbers.
   *
   * @param thing what errors call it
   * @throws NotFoundException if a name is not there
   */
  Owner resolve(String text, String thing) {
    int colon = text.indexOf(':');
    String user = colon < 0 ? text : text.substring(0, colon);
    String group = colon < 0 ? "" : text.substring(colon + 1);
    long uid = number(user, thing);
    long gid = uid;
    if (uid < 0) {
      String[] line = find("etc/passwd", user, thing, "user");
      uid = Math.max(0, number(line[2], thing));
      gid = Math.max(0, number(line[3], thing));
    }
    if (!group.isEmpty()) {
      gid = number(group, thing);
      if (gid < 0) {
        gid = Math.max(0, number(find("etc/group", group, thing, "group")[2], thing));
      }
    }
    return new Owner(uid, gid);
  }

  private String[] find(String file, String name, String thing, String kind) {
    for (String line : read(file).split("\n", -1)) {
      String[] fields = line.split(":", -1);
      if (fields.length >= 4 && fields[0].equals(name)) {
        return fields;
      }
    }
    throw new NotFoundException(
        thing,
        "no " + kind + " " + name + " in the stage's /" + file,
        "use a number, or make the " + kind + " before");
  }

  private String read(String file) {
    Node node = tree.find(RawPath.of(file));
    Content content = node == null ? null : node.content();
    if (content == null) {
      return "";
    }
    try (ContentSpool spool =
        new ContentSpool(
            job.content(), job.environment().limits(), job.cache().records().temporary())) {
      spool.prepare(List.of(content));
      try (InputStream in = spool.open(content)) {
        return new String(in.readNBytes(MAX_FILE), StandardCharsets.ISO_8859_1);
      }
    } catch (IOException e) {
      throw new SystemException("/" + file, e);
    }
  }

  /** The number, or -1 for a name. */
  private static long number(String text, String thing) {
    if (text.isEmpty()) {
      return 0;
    }
    for (int i = 0; i < text.length(); i++) {
      if (!Character.isDigit(text.charAt(i))) {
        return -1;
      }
    }
    if (text.length() > 10 || Long.parseLong(text) > 0xffff_fffeL) {
      throw new InvalidException(thing, "no such id: " + text, "ids end at 4294967294");
    }
    return Long.parseLong(text);
  }
}
