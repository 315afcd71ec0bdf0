package dev.phyllo.cli;

import dev.phyllo.oci.UsageException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What several {@code --filter NAME=VALUE} ask for, as in docker: of one name any value will do,
 * but for labels all must be there, and every name must be satisfied.
 */
final class Filters {
  private final Map<String, List<String>> wanted = new LinkedHashMap<>();

  /** Whether something is what a filter asks for. */
  interface Fit {
    boolean fits(String name, String value);
  }

  /**
   * Reads them.
   *
   * @param names those there are
   */
  static Filters parse(List<String> texts, List<String> names) {
    Filters filters = new Filters();
    for (String text : texts) {
      int equals = text.indexOf('=');
      String name = equals < 0 ? text : text.substring(0, equals);
      if (equals < 0 || !names.contains(name)) {
        throw new UsageException(
            "--filter " + text, "no such filter", "use one of " + String.join(", ", names));
      }
      List<String> values = filters.wanted.get(name);
      if (values == null) {
        values = new ArrayList<>();
        filters.wanted.put(name, values);
      }
      values.add(text.substring(equals + 1));
    }
    return filters;
  }

  /** Whether there is one of this name. */
  boolean name(String name) {
    return wanted.containsKey(name);
  }

  /** Whether something satisfies all of them. */
  boolean accept(Fit fit) {
    for (Map.Entry<String, List<String>> entry : wanted.entrySet()) {
      boolean every = entry.getKey().equals("label");
      boolean fits = every;
      for (String value : entry.getValue()) {
        boolean one = fit.fits(entry.getKey(), value);
        fits = every ? fits && one : fits || one;
      }
      if (!fits) {
        return false;
      }
    }
    return true;
  }
}
