package dev.phyllo.cli;

import dev.phyllo.engine.Made;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code pack}: programs of this machine become an image with nothing else in it. */
final class PackCommand implements Command {
  PackCommand() {}

  @Override
  public Syntax syntax() {
    return ConfigOptions.options(
            new Syntax(
                    "pack [OPTIONS] PROGRAM... -t NAME",
                    "Make an image of programs of this machine and the libraries they need")
                .value("t", "tag", "NAME", "The image's name")
                .value(
                    "f", "file", "SRC[:DST]", "Another file to take along, under DST or its path"))
        .words(1, Integer.MAX_VALUE)
        .example("phyllo pack sh ls cat -t tools")
        .example("phyllo pack /usr/bin/curl --file /etc/ssl/certs/ca-certificates.crt -t curl");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    if (arguments.value("tag").isEmpty()) {
      throw new UsageException("pack", "the image has no name", "give one with -t");
    }
    List<Path> programs = new ArrayList<>();
    for (String word : arguments.words()) {
      programs.add(program(word));
    }
    Map<String, Path> files = new LinkedHashMap<>();
    for (String file : arguments.values("file")) {
      int colon = file.indexOf(':');
      Path source = Path.of(colon < 0 ? file : file.substring(0, colon)).toAbsolutePath();
      if (!Files.isRegularFile(source)) {
        throw new NotFoundException(
            source.toString(), "no such file", "check the path before the colon");
      }
      files.put(colon < 0 ? source.normalize().toString() : file.substring(colon + 1), source);
    }
    Made made =
        session
            .engine()
            .byHand()
            .pack(programs, files, ConfigOptions.edit(arguments), arguments.value("tag").get());
    session.println(made.id().toString());
    return 0;
  }

  /** A path, or a name that is looked for as a shell does. */
  private static Path program(String word) {
    if (word.indexOf('/') >= 0) {
      return Path.of(word).toAbsolutePath().normalize();
    }
    String path = System.getenv("PATH");
    for (String directory : (path == null ? "/usr/bin:/bin" : path).split(":", -1)) {
      Path file = Path.of(directory.isEmpty() ? "." : directory, word).toAbsolutePath();
      if (Files.isRegularFile(file) && Files.isExecutable(file)) {
        return file;
      }
    }
    throw new NotFoundException(word, "no such program in $PATH", "give its path");
  }
}
