package dev.phyllo.cli.output;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Rows in aligned columns, as docker prints its lists: three spaces between columns, no column
 * narrower than ten characters with its spaces, nothing behind the last one.
 *
 * <p>Control characters in a cell are shown as {@code \xNN}: names come from images and must not
 * reach a terminal as commands.
 */
public final class Table {
  private static final int PADDING = 3;
  private static final int MIN_WIDTH = 10;

  private final List<String[]> rows = new ArrayList<>();

  /** A table without rows yet. */
  public Table() {}

  /** Adds the row of column titles, in upper case. */
  public Table header(String... titles) {
    String[] row = new String[titles.length];
    for (int i = 0; i < titles.length; i++) {
      row[i] = titles[i].toUpperCase(Locale.ROOT);
    }
    rows.add(row);
    return this;
  }

  /** Adds a row; rows may be shorter than others. */
  public Table row(String... cells) {
    String[] row = new String[cells.length];
    for (int i = 0; i < cells.length; i++) {
      row[i] = Plain.text(cells[i]);
    }
    rows.add(row);
    return this;
  }

  /** Writes all rows, each ended by a newline. */
  public void appendTo(StringBuilder out) {
    int[] widths = widths();
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        out.append(row[i]);
        if (i < row.length - 1) {
          spaces(out, widths[i] - width(row[i]));
        }
      }
      out.append('\n');
    }
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    appendTo(out);
    return out.toString();
  }

  private int[] widths() {
    int columns = 0;
    for (String[] row : rows) {
      columns = Math.max(columns, row.length);
    }
    int[] widths = new int[columns];
    for (String[] row : rows) {
      // A row's last cell has nothing to its right to align.
      for (int i = 0; i < row.length - 1; i++) {
        widths[i] = Math.max(widths[i], Math.max(MIN_WIDTH, width(row[i]) + PADDING));
      }
    }
    return widths;
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }

  private static void spaces(StringBuilder out, int count) {
    for (int i = 0; i < count; i++) {
      out.append(' ');
    }
  }
}
