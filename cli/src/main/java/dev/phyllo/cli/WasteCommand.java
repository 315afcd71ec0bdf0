package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import dev.phyllo.cli.output.Table;
import dev.phyllo.engine.Waste;
import dev.phyllo.engine.WastedPath;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code waste}: what an image carries that nobody can see, by path and by layer. */
final class WasteCommand implements Command {
  private static final int SHOWN = 20;

  WasteCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax(
                    "waste [OPTIONS] IMAGE",
                    "Show the bytes of an image that later layers shadow or delete")
                .flag("a", "all", "Show every path, not only the " + SHOWN + " largest"))
        .words(1, 1)
        .example("phyllo waste app")
        .example("phyllo waste --format '{{.Wasted}} of {{.Total}} bytes' app");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    Waste waste = session.engine().views().waste(arguments.words().getFirst());
    if (arguments.value("format").isPresent()
        && Format.rows(arguments, List.of(json(waste)), session)) {
      return 0;
    }
    if (!waste.paths().isEmpty()) {
      Table table = new Table().header("SIZE", "LAYER", "BY LAYER", "HOW", "PATH");
      int shown = 0;
      for (WastedPath path : waste.paths()) {
        if (shown++ == SHOWN && !arguments.has("all")) {
          table.row("…", "", "", "", (waste.paths().size() - SHOWN) + " more: --all shows them");
          break;
        }
        table.row(
            Sizes.brief(path.bytes()),
            Integer.toString(path.layer()),
            Integer.toString(path.hiddenBy()),
            path.deleted() ? "deleted" : "shadowed",
            "/" + path.path());
      }
      session.print(table.toString());
      session.println("");
      for (Map.Entry<Integer, Long> layer : byLayer(waste).entrySet()) {
        session.println(
            "Layer " + layer.getKey() + ": " + Sizes.brief(layer.getValue()) + " out of sight");
      }
    }
    session.println(
        Sizes.brief(waste.wasted())
            + " of "
            + Sizes.brief(waste.total())
            + " cannot be seen: efficiency "
            + percent(waste.efficiency()));
    return 0;
  }

  private static Map<Integer, Long> byLayer(Waste waste) {
    Map<Integer, Long> sums = new TreeMap<>();
    for (WastedPath path : waste.paths()) {
      sums.merge(path.layer(), path.bytes(), Long::sum);
    }
    return sums;
  }

  /** Two digits after the point, cut and not rounded: only a perfect image has 100 %. */
  private static String percent(double part) {
    long hundredths = (long) (part * 10_000);
    long rest = hundredths % 100;
    return hundredths / 100 + "." + (rest < 10 ? "0" : "") + rest + " %";
  }

  /** Four digits after the point, cut as well. */
  private static String fraction(double part) {
    String digits = Long.toString((long) (part * 10_000));
    return part == 1 ? "1" : "0." + "0".repeat(4 - digits.length()) + digits;
  }

  private static Json.Obj json(Waste waste) {
    List<Json> paths = new ArrayList<>();
    for (WastedPath path : waste.paths()) {
      paths.add(
          new JsonBuilder()
              .put("Path", "/" + path.path())
              .put("Layer", path.layer())
              .put("HiddenBy", path.hiddenBy())
              .put("Deleted", path.deleted())
              .put("Bytes", path.bytes())
              .build());
    }
    List<Json> layers = new ArrayList<>();
    byLayer(waste)
        .forEach((layer, bytes) ->
            layers.add(new JsonBuilder().put("Layer", layer).put("Bytes", bytes).build()));
    return new JsonBuilder()
        .put("Wasted", waste.wasted())
        .put("Total", waste.total())
        .put("Efficiency", new Json.Num(fraction(waste.efficiency())))
        .put("Layers", new Json.Array(layers))
        .put("Paths", new Json.Array(paths))
        .build();
  }
}
