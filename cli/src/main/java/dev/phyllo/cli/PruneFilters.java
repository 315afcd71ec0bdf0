package dev.phyllo.cli;

import dev.phyllo.engine.PruneFilter;
import dev.phyllo.oci.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code --filter} of what prunes images and containers, as docker has it. */
final class PruneFilters {
  private PruneFilters() {}

  static Syntax option(Syntax syntax) {
    return syntax.value(
        null, "filter", "NAME=VALUE", "Only those: until=24h, label=NAME[=VALUE], label!=");
  }

  static PruneFilter of(Arguments arguments) {
    long until = Long.MAX_VALUE;
    List<String> labels = new ArrayList<>();
    List<String> without = new ArrayList<>();
    for (String filter : arguments.values("filter")) {
      int equals = filter.indexOf('=');
      String value = equals < 0 ? "" : filter.substring(equals + 1);
      switch (equals < 0 ? "" : filter.substring(0, equals)) {
        case "until" ->
            until = Math.min(until, Times.point("filter until", Optional.of(value)).orElseThrow());
        case "label" -> labels.add(value);
        case "label!" -> without.add(value);
        default ->
            throw new UsageException(
                "--filter " + filter, "no such filter", "use until, label or label!");
      }
    }
    return new PruneFilter(until, labels, without);
  }
}
