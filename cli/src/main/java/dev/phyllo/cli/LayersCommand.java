package dev.phyllo.cli;

import dev.phyllo.cli.output.Colours;
import dev.phyllo.cli.output.Plain;
import dev.phyllo.cli.output.Sizes;
import dev.phyllo.cli.output.Table;
import dev.phyllo.cli.output.Terminals;
import dev.phyllo.engine.LayerInfo;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code layers}: from the instruction to the directory on disk, a row a layer. */
final class LayersCommand implements Command {
  private static final int INSTRUCTION_WIDTH = 40;

  LayersCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax(
                    "layers [OPTIONS] IMAGE",
                    "Show an image's layers: instruction, digests, chainID, snapshot directory")
                .flag(null, "no-trunc", "Show whole digests and instructions"))
        .words(1, 1)
        .example("phyllo layers busybox")
        .example("phyllo layers --format '{{.ChainID}} {{.Directory}}' busybox");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    List<LayerInfo> layers = session.engine().layers(arguments.words().getFirst());
    if (arguments.value("format").isPresent()) {
      List<Json.Obj> rows = new ArrayList<>();
      for (LayerInfo layer : layers) {
        rows.add(row(layer));
      }
      if (Format.rows(arguments, rows, session)) {
        return 0;
      }
    }
    boolean whole = arguments.has("no-trunc");
    Table table =
        new Table()
            .header("LAYER", "DIGEST", "DIFFID", "CHAINID", "SIZE", "INSTRUCTION", "SNAPSHOT");
    int number = 0;
    for (LayerInfo layer : layers) {
      boolean empty = layer.blob().isEmpty();
      table.row(
          empty ? "-" : Integer.toString(number++),
          empty ? "(empty)" : shown(layer.blob().get().digest().toString(), whole),
          shown(layer.diffId().map(Object::toString).orElse("-"), whole),
          shown(layer.chainId().map(Object::toString).orElse("-"), whole),
          layer.blob().map(b -> Sizes.brief(b.size())).orElse("0B"),
          instruction(layer, whole),
          layer.directory().map(Path::toString).orElse(empty ? "-" : "(packed)"));
    }
    String text = table.toString();
    if (Terminals.isTerminal(1) && longestLine(text) > Terminals.columns(1)) {
      blocks(layers, whole, session);
    } else {
      session.print(text);
    }
    return 0;
  }

  private static int longestLine(String text) {
    int longest = 0;
    int start = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      longest = Math.max(longest, end - start);
      start = end + 1;
    }
    return longest;
  }

  /** The same below each other, for terminals that are too narrow for a row. */
  private static void blocks(List<LayerInfo> layers, boolean whole, Session session) {
    Colours colours = new Colours(Terminals.hasColours(1));
    int columns = Terminals.columns(1);
    int number = 0;
    for (LayerInfo layer : layers) {
      String instruction = Plain.text(LayerText.instruction(layer));
      String line = whole ? instruction : LayerText.cut(instruction, columns - 5);
      if (layer.blob().isEmpty()) {
        session.println("  -  " + line);
        session.println(colours.dim("     (empty: it changed no file)"));
        continue;
      }
      String label = Integer.toString(number);
      session.println(
          " ".repeat(Math.max(0, 3 - label.length()))
              + label
              + "  "
              + colours.numbered(number, line));
      number++;
      String gap = whole ? "\n     " : "  ";
      session.println(
          colours.dim("     digest ")
              + shown(layer.blob().get().digest().toString(), whole)
              + gap
              + colours.dim("diffID ")
              + shown(layer.diffId().map(Object::toString).orElse("-"), whole)
              + gap
              + colours.dim("chainID ")
              + shown(layer.chainId().map(Object::toString).orElse("-"), whole));
      session.println(
          "     "
              + Sizes.brief(layer.blob().get().size())
              + "  "
              + layer.directory().map(Path::toString).orElse("(packed: not unpacked yet)"));
    }
  }

  private static String shown(String digest, boolean whole) {
    int colon = digest.indexOf(':');
    return whole || colon < 0 ? digest : digest.substring(colon + 1, colon + 13);
  }

  private static String instruction(LayerInfo layer, boolean whole) {
    String text = LayerText.instruction(layer);
    return whole ? text : LayerText.cut(text, INSTRUCTION_WIDTH);
  }

  private static Json.Obj row(LayerInfo layer) {
    return new JsonBuilder()
        .put("CreatedBy", layer.history().flatMap(h -> h.createdBy()).orElse(""))
        .put("Created", layer.history().flatMap(h -> h.created()).orElse(""))
        .put("Comment", layer.history().flatMap(h -> h.comment()).orElse(""))
        .put("Empty", layer.blob().isEmpty())
        .put("Digest", layer.blob().map(b -> b.digest().toString()).orElse(""))
        .put("MediaType", layer.blob().map(b -> b.mediaType()).orElse(""))
        .put("Size", layer.blob().map(b -> b.size()).orElse(0L))
        .put("DiffID", layer.diffId().map(Object::toString).orElse(""))
        .put("ChainID", layer.chainId().map(Object::toString).orElse(""))
        .put("Directory", layer.directory().map(Path::toString).orElse(""))
        .build();
  }
}
