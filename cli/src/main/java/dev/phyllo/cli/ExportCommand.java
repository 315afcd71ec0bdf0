package dev.phyllo.cli;

import dev.phyllo.cli.output.Terminals;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** {@code export}: a container's whole tree as a tar archive. */
final class ExportCommand implements Command {
  ExportCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax(
            "export [OPTIONS] CONTAINER", "Write a container's whole tree as a tar archive")
        .value("o", "output", "FILE", "Write to this file instead of standard output")
        .words(1, 1)
        .example("phyllo export -o tree.tar my-container")
        .example("phyllo export my-container | tar t");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    String container = arguments.words().getFirst();
    String output = arguments.value("output").orElse("-");
    if (output.equals("-")) {
      if (Terminals.isTerminal(1)) {
        throw new UsageException(
            "export", "standard output is a terminal", "give a file with -o, or pipe it on");
      }
      session.flush();
      session.engine().export(container, new FileOutputStream(FileDescriptor.out));
      return 0;
    }
    Path file = Path.of(output).toAbsolutePath();
    try {
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        try (OutputStream out = Files.newOutputStream(file)) { // a device or a pipe
          session.engine().export(container, out);
        }
        return 0;
      }
      writeWhole(container, file, session);
    } catch (IOException e) {
      throw new SystemException(output, e);
    }
    return 0;
  }

  /** The file is there only when it is complete. */
  private static void writeWhole(String container, Path file, Session session) throws IOException {
    Path temporary = file.resolveSibling("." + file.getFileName() + ".part");
    boolean done = false;
    try {
      try (OutputStream out = Files.newOutputStream(temporary)) {
        session.engine().export(container, out);
      }
      Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
      done = true;
    } finally {
      if (!done) {
        Files.deleteIfExists(temporary);
      }
    }
  }
}
