package dev.phyllo.cli;

import dev.phyllo.cli.output.Terminals;
import dev.phyllo.engine.LoadRequest;
import dev.phyllo.engine.Loaded;
import dev.phyllo.engine.Rootless;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.UsageException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.nio.file.Path;
import java.util.List;

/** {@code load}: images from an archive, a layout directory or standard input. */
final class LoadCommand implements Command {
  LoadCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("load [OPTIONS]", "Load images from an archive, a layout or standard input")
        .value("i", "input", "FILE|DIR", "Read this instead of standard input")
        .value(null, "base-name", "NAME", "Name images that carry only a tag")
        .flag(null, "no-unpack", "Keep the content only; unpack when it is first run")
        .value(null, "platform", "OS/ARCH", "Unpack the image for this platform")
        .flag(null, "all-platforms", "Keep the images for other platforms too")
        .flag("q", "quiet", "Print only names or digests")
        .words(0, 0)
        .example("phyllo load -i busybox.tar")
        .example("docker save app | phyllo load")
        .example("phyllo load --base-name handroll -i handroll-image.tar");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    LoadRequest request;
    if (arguments.value("input").isPresent() && !arguments.value("input").get().equals("-")) {
      request = LoadRequest.of(Path.of(arguments.value("input").get()));
    } else {
      if (Terminals.isTerminal(0)) {
        throw new UsageException(
            "load", "standard input is a terminal", "give a file with -i, or pipe an archive in");
      }
      request = LoadRequest.of(new FileInputStream(FileDescriptor.in));
    }
    if (arguments.value("base-name").isPresent()) {
      request = request.withBaseName(arguments.value("base-name").get());
    }
    request = request.withAllPlatforms(arguments.has("all-platforms"));
    if (arguments.value("platform").isPresent()) {
      request = request.withPlatform(Platform.parse(arguments.value("platform").get()));
    }
    if (arguments.has("no-unpack")) {
      request = request.withoutUnpacking();
    }
    boolean quiet = arguments.has("quiet");
    List<Loaded> loaded;
    try (Session.Watching _ = session.watch(quiet)) {
      loaded = session.engine().load(request);
    }
    for (Loaded image : loaded) {
      print(image, quiet, session);
    }
    if (!arguments.has("no-unpack") && Rootless.isInside() && !Rootless.lack().isEmpty()) {
      session.say("phyllo: all files belong to root inside: " + Rootless.lack());
    }
    return 0;
  }

  private static void print(Loaded image, boolean quiet, Session session) {
    List<String> names = image.names();
    if (names.isEmpty()) {
      session.println(
          quiet
              ? image.target().digest().toString()
              : "Loaded image ID: " + image.target().digest());
    }
    for (String name : names) {
      String familiar = Reference.parse(name).familiar();
      session.println(quiet ? familiar : "Loaded image: " + familiar);
    }
  }
}
