package dev.phyllo.cli;

import dev.phyllo.cli.output.Colours;
import dev.phyllo.cli.output.Plain;
import dev.phyllo.cli.output.Sizes;
import dev.phyllo.cli.output.Terminals;
import dev.phyllo.engine.ImageView;
import dev.phyllo.layers.LayerStack;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.StackNode;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;

/** {@code tree}: the merged view of an image or container, each entry with its layer. */
final class TreeCommand implements Command {
  private static final int SIZE_WIDTH = 8;

  TreeCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax(
                    "tree [OPTIONS] IMAGE|CONTAINER [PATH]",
                    "Show the merged tree of an image or container, each entry with its layer")
                .value("L", "level", "N", "Go down only so many directories")
                .flag("d", "directories", "Show directories only"))
        .words(1, 2)
        .example("phyllo tree -L 2 busybox")
        .example("phyllo tree app /etc")
        .example("phyllo tree --format '{{.Layer}} {{.Path}}' app");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    int depth = depth(arguments);
    ImageView view = session.engine().views().view(arguments.words().getFirst());
    RawPath path =
        RawPath.of(arguments.words().size() > 1 ? arguments.words().get(1) : "/").clean();
    LayerStack.Found found = view.stack().find(path);
    StackNode.Version seen = found == null ? null : found.node().visible();
    if (found == null || seen == null) {
      throw new NotFoundException(
          "/" + path,
          "not in the tree of " + arguments.words().getFirst(),
          "phyllo which tells whether a layer deletes it");
    }
    Walk walk = new Walk(view, depth, arguments.has("directories"));
    if (arguments.value("format").isPresent()) {
      walk.rows(found.node(), 0);
      if (Format.rows(arguments, walk.rows, session)) {
        return 0;
      }
    }
    walk.print(found.node(), new BitSet(), 0, true, session);
    session.println("");
    Colours colours = walk.colours;
    int columns = Terminals.isTerminal(1) ? Terminals.columns(1) : Integer.MAX_VALUE;
    for (int i = 0; i < view.stack().layers(); i++) {
      String text = Plain.text(LayerText.instruction(view, i));
      String number = walk.numberOf(i);
      session.println(
          colours.numbered(i, number) + "  " + LayerText.cut(text, columns - number.length() - 2));
    }
    return 0;
  }

  private static int depth(Arguments arguments) {
    String text = arguments.value("level").orElse("");
    if (text.isEmpty()) {
      return Integer.MAX_VALUE;
    }
    try {
      int depth = Integer.parseInt(text);
      if (depth > 0) {
        return depth;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw new UsageException("tree -L " + text, "not a positive number", "give 1 or more");
  }

  private static final class Walk {
    private final int depth;
    private final boolean directories;
    private final Colours colours = new Colours(Terminals.hasColours(1));
    private final int width;
    private final List<Json.Obj> rows = new ArrayList<>();

    Walk(ImageView view, int depth, boolean directories) {
      this.depth = depth;
      this.directories = directories;
      this.width = Math.max(5, Integer.toString(view.stack().layers()).length());
    }

    String numberOf(int layer) {
      String text = Integer.toString(layer);
      return " ".repeat(width - text.length()) + text;
    }

    void rows(StackNode node, int level) {
      StackNode.Version seen = Objects.requireNonNull(node.visible());
      if (!directories || seen.isDirectory()) {
        rows.add(row(node, seen));
      }
      if (level < depth) {
        for (StackNode child : node.visibleChildren()) {
          rows(child, level + 1);
        }
      }
    }

    /** One line: the layer, the size, the branch and the name. */
    void print(StackNode node, BitSet more, int level, boolean last, Session session) {
      StackNode.Version seen = Objects.requireNonNull(node.visible());
      TarEntry entry = seen.entry();
      String size =
          entry != null && entry.type() == TarEntry.Type.FILE ? Sizes.brief(entry.size()) : "";
      StringBuilder line = new StringBuilder(80);
      line.append(colours.numbered(seen.layer(), numberOf(seen.layer())));
      line.repeat(' ', Math.max(1, SIZE_WIDTH + 1 - size.length())).append(size).append("  ");
      for (int i = 1; i < level; i++) {
        line.append(more.get(i) ? "│   " : "    ");
      }
      String name = level == 0 ? "/" + node.path() : node.name().toString();
      if (level > 0) {
        line.append(last ? "└── " : "├── ");
        name += seen.isDirectory() ? "/" : "";
      }
      line.append(colours.numbered(seen.layer(), Plain.text(name)));
      if (entry != null && entry.type() == TarEntry.Type.SYMLINK) {
        line.append(colours.dim(" -> ")).append(Plain.text(entry.linkName().toString()));
      } else if (entry != null && entry.type() == TarEntry.Type.HARDLINK) {
        line.append(colours.dim(" = ")).append(Plain.text("/" + entry.linkName().clean()));
      }
      session.println(line.toString());
      if (level == depth) {
        return;
      }
      List<StackNode> children = children(node);
      for (int i = 0; i < children.size(); i++) {
        boolean end = i == children.size() - 1;
        more.set(level + 1, !end);
        print(children.get(i), more, level + 1, end, session);
      }
    }

    private List<StackNode> children(StackNode node) {
      List<StackNode> children = new ArrayList<>();
      for (StackNode child : node.visibleChildren()) {
        if (!directories || Objects.requireNonNull(child.visible()).isDirectory()) {
          children.add(child);
        }
      }
      return children;
    }

    private static Json.Obj row(StackNode node, StackNode.Version seen) {
      TarEntry entry = seen.entry();
      return new JsonBuilder()
          .put("Path", "/" + node.path())
          .put("Layer", seen.layer())
          .put("Type", entry == null ? "directory" : LayerText.type(entry.type()))
          .put("Mode", entry == null ? "drwxr-xr-x" : LayerText.mode(entry))
          .put("UID", entry == null ? 0 : entry.uid())
          .put("GID", entry == null ? 0 : entry.gid())
          .put("Size", entry == null ? 0 : entry.size())
          .put("Target", entry == null ? "" : entry.linkName().toString())
          .build();
    }
  }
}
