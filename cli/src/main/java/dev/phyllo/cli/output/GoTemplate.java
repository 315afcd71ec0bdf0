package dev.phyllo.cli.output;

import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import java.util.List;
import java.util.Map;

/**
 * A {@code --format} as users of docker, podman and skopeo write it: a template of Go's
 * text/template over JSON values.
 *
 * <p>Known are fields, variables, literals, pipes, parentheses, {@code if}, {@code with} and {@code
 * range} with {@code else}, {@code break} and {@code continue}, comments and trim markers; of the
 * functions, {@code and or not eq ne lt le gt ge index slice len print printf println} and docker's
 * {@code json split join title lower upper pad truncate}. The format {@code json} stands for {@code
 * {{json .}}}, and one that begins with {@code table} makes aligned columns under a header.
 *
 * <p>A field that the value itself does not have is an error that names the fields there are; one
 * missing deeper inside prints {@code <no value>}, as Go prints it for maps.
 */
public final class GoTemplate {
  private final String source;
  private final boolean table;
  private final List<TemplateNode> nodes;

  private GoTemplate(String source, boolean table) {
    this.source = source;
    this.table = table;
    this.nodes = TemplateParser.parse(source);
  }

  /**
   * Reads a format.
   *
   * @param format what the user gave; {@code \t} and {@code \n} in its text stand for a tab and a
   *     newline
   * @throws UsageException if it does not follow the grammar, with line and column
   */
  public static GoTemplate parse(String format) {
    if (format.equals("json")) {
      return new GoTemplate("{{json .}}", false);
    }
    if (isTable(format)) {
      String columns = format.substring("table".length()).strip();
      if (columns.isEmpty()) {
        throw new UsageException(
            "--format",
            "table needs columns here",
            "write for example 'table {{.ID}}\\t{{.Size}}'");
      }
      return new GoTemplate(columns, true);
    }
    return new GoTemplate(format, false);
  }

  /** Whether the format asks for a table; alone, {@code table} means a command's own table. */
  public static boolean isTable(String format) {
    return format.equals("table") || format.startsWith("table ") || format.startsWith("table\\t");
  }

  /** Whether rows are to be printed as a table with a header. */
  public boolean isTable() {
    return table;
  }

  /**
   * The text for one value, without a newline after it.
   *
   * @throws UsageException if the template asks what the value does not have
   */
  public String render(Json value) {
    return TemplateRun.render(source, nodes, value);
  }

  /**
   * What a list prints: each value's text on a line, or an aligned table.
   *
   * @param values the rows
   * @param titles column titles by field name, for fields whose title is not their name in words
   * @return complete lines; for a table with at least the header
   * @throws UsageException as {@link #render} does
   */
  public String renderAll(List<? extends Json> values, Map<String, String> titles) {
    StringBuilder out = new StringBuilder();
    if (!table) {
      for (Json value : values) {
        out.append(render(value)).append('\n');
      }
      return out.toString();
    }
    Table aligned = new Table();
    aligned.header(cells(TemplateHeader.render(nodes, titles)));
    for (Json value : values) {
      for (String line : render(value).split("\n", -1)) {
        aligned.row(cells(line));
      }
    }
    aligned.appendTo(out);
    return out.toString();
  }

  private static String[] cells(String line) {
    return line.split("\t", -1);
  }
}
