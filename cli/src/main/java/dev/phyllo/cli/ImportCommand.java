package dev.phyllo.cli;

import dev.phyllo.engine.ImportRequest;
import dev.phyllo.engine.Made;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.UsageException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code import}: a root file system's archive becomes an image of one layer. */
final class ImportCommand implements Command {
  ImportCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax(
            "import [OPTIONS] FILE|- [NAME]", "Make an image of a root file system's tar archive")
        .value("c", "change", "INSTRUCTION", "Change the config by a Containerfile instruction")
        .value("m", "message", "TEXT", "Note what it is for")
        .value(null, "platform", "OS/ARCH", "Say what it runs on, if not on this machine")
        .words(1, 2)
        .example("phyllo import rootfs.tar.gz base:1")
        .example("tar -C rootfs -c . | phyllo import --change 'CMD [\"/bin/sh\"]' - base:1");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    List<String> words = arguments.words();
    String file = words.getFirst();
    boolean stdin = file.equals("-");
    if (file.startsWith("http://") || file.startsWith("https://")) {
      throw new UsageException(
          file, "import does not fetch", "curl " + file + " | phyllo import - NAME");
    }
    ImportRequest request =
        new ImportRequest(
            stdin ? null : Path.of(file),
            stdin ? new FileInputStream(FileDescriptor.in) : null,
            words.size() > 1 ? Optional.of(words.get(1)) : Optional.empty(),
            arguments.values("change"),
            arguments.value("message"),
            arguments.value("platform").map(Platform::parse).orElseGet(Platform::host));
    Made image;
    try (Session.Watching _ = session.watch(false)) {
      image = session.engine().importImage(request);
    }
    session.println(image.id().toString());
    return 0;
  }
}
