package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.Output;
import dev.phyllo.engine.Following;
import dev.phyllo.engine.Life;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** {@code logs}: what a container has written. */
final class LogsCommand implements Command {
  LogsCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("logs [OPTIONS] CONTAINER", "Show what a container has written")
        .flag("f", "follow", "Go on until it ends")
        .flag("t", "timestamps", "Show when each line was written")
        .value(null, "since", "TIME", "Only what is newer: 10m, 2h30m, or 2026-01-31T12:00:00Z")
        .value(null, "until", "TIME", "Only what is older")
        .value("n", "tail", "LINES", "Only the last lines (all)")
        .words(1, 1)
        .example("phyllo logs -f web")
        .example("phyllo logs --since 10m --tail 20 web");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    Life life = session.engine().life();
    Container container = life.require(arguments.words().getFirst());
    if (!container.spec().life().log().isKept()) {
      throw new ConflictException(
          container.name(),
          "its log driver is none, so nothing is kept to be shown",
          "make it with another: --log-driver json-file|local");
    }
    Following following =
        new Following(
            life,
            container,
            Times.point("since", arguments.value("since")),
            Times.point("until", arguments.value("until")),
            tail(arguments));
    if (!following.isKept()) {
      session.say(
          "phyllo: "
              + container.name()
              + ": its output goes to where run --rm was started; leave --rm out, or add -d or -t, to"
              + " have it kept");
      return 0;
    }
    boolean times = arguments.has("timestamps");
    try (OutputStream out = new FileOutputStream(FileDescriptor.out);
        OutputStream err = new FileOutputStream(FileDescriptor.err)) {
      following.show(
          arguments.has("follow"),
          line -> {
            byte[] bytes = times ? stamped(line) : line.bytes();
            (line.errors() ? err : out).write(bytes);
          });
    } catch (IOException e) {
      return 1; // whoever read it is gone
    }
    return 0;
  }

  private static byte[] stamped(Output.Line line) throws IOException {
    ByteArrayOutputStream stamped = new ByteArrayOutputStream(line.bytes().length + 32);
    stamped.write(Times.nanos(line.millis()).getBytes(StandardCharsets.US_ASCII));
    stamped.write(' ');
    stamped.write(line.bytes());
    return stamped.toByteArray();
  }

  private static long tail(Arguments arguments) {
    Optional<String> text = arguments.value("tail");
    if (text.isEmpty() || text.get().equals("all")) {
      return Long.MAX_VALUE;
    }
    try {
      long lines = Long.parseLong(text.get());
      return lines < 0 ? Long.MAX_VALUE : lines;
    } catch (NumberFormatException e) {
      throw new UsageException("--tail " + text.get(), "not a number", "use a number, or all");
    }
  }
}
