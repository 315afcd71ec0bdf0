package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import dev.phyllo.cli.output.Table;
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
    session.print(table.toString());
    return 0;
  }

  private static String shown(String digest, boolean whole) {
    int colon = digest.indexOf(':');
    return whole || colon < 0 ? digest : digest.substring(colon + 1, colon + 13);
  }

  private static String instruction(LayerInfo layer, boolean whole) {
    String text = layer.history().flatMap(h -> h.createdBy()).orElse("-");
    return whole || text.length() <= INSTRUCTION_WIDTH
        ? text
        : text.substring(0, INSTRUCTION_WIDTH - 1) + "…";
  }

  private static Json.Obj row(LayerInfo layer) {
    return new JsonBuilder()
        .put("CreatedBy", layer.history().flatMap(h -> h.createdBy()).orElse(""))
        .put("Created", layer.history().flatMap(h -> h.created()).orElse(""))
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
