package dev.phyllo.cli.output;

import dev.phyllo.cli.output.TemplateNode.Command;
import dev.phyllo.cli.output.TemplateNode.Operand;
import dev.phyllo.cli.output.TemplateNode.Pipeline;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The header row of a table: the template with every field replaced by its title, functions showing
 * the title of what they are given and conditions taken as true, as docker's formatter does it.
 */
final class TemplateHeader {
  private final Map<String, String> titles;
  private final StringBuilder out = new StringBuilder();

  private TemplateHeader(Map<String, String> titles) {
    this.titles = titles;
  }

  static String render(List<TemplateNode> nodes, Map<String, String> titles) {
    TemplateHeader header = new TemplateHeader(titles);
    header.all(nodes, "");
    return header.out.toString();
  }

  private void all(List<TemplateNode> nodes, String dot) {
    for (TemplateNode node : nodes) {
      switch (node) {
        case TemplateNode.Text t -> out.append(t.text());
        case TemplateNode.Print p -> {
          if (p.pipeline().variables().isEmpty()) {
            out.append(pipeline(p.pipeline(), dot));
          }
        }
        case TemplateNode.If i -> all(i.then(), dot);
        case TemplateNode.With w -> all(w.then(), pipeline(w.value(), dot));
        case TemplateNode.Range r -> out.append(pipeline(r.over(), dot));
        case TemplateNode.Jump _ -> {
          // Belongs to a range, whose body has no title.
        }
      }
    }
  }

  private String pipeline(Pipeline pipeline, String dot) {
    // Later commands only change how the first one's value looks.
    return command(pipeline.commands().getFirst(), dot);
  }

  private String command(Command command, String dot) {
    for (Operand operand : command.operands()) {
      String title =
          switch (operand) {
            case Operand.Function _, Operand.Constant _ -> "";
            case Operand.Dot d -> d.fields().isEmpty() ? dot : title(d.fields());
            case Operand.Variable v -> v.fields().isEmpty() ? "" : title(v.fields());
            case Operand.Nested n ->
                n.fields().isEmpty() ? pipeline(n.pipeline(), dot) : title(n.fields());
          };
      if (!title.isEmpty()) {
        return title;
      }
    }
    return "";
  }

  private String title(List<String> fields) {
    String name = fields.getLast();
    String given = titles.get(name);
    return given != null ? given : fromName(name);
  }

  /** {@code CreatedAt} is CREATED AT, {@code ID} ID and {@code DiffIDs} DIFF IDS. */
  private static String fromName(String name) {
    StringBuilder words = new StringBuilder(name.length() + 4);
    for (int i = 0; i < name.length(); i++) {
      if (i > 0
          && Character.isUpperCase(name.charAt(i))
          && !Character.isUpperCase(name.charAt(i - 1))) {
        words.append(' ');
      }
      words.append(name.charAt(i));
    }
    return words.toString().toUpperCase(Locale.ROOT);
  }
}
