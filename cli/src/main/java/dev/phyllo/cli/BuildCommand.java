package dev.phyllo.cli;

import dev.phyllo.build.BuildProgress;
import dev.phyllo.build.BuildRequest;
import dev.phyllo.build.BuildResult;
import dev.phyllo.cli.output.BuildOutput;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code build}: a Containerfile becomes an image. */
final class BuildCommand implements Command {
  BuildCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("build [OPTIONS] CONTEXT|-", "Build an image from a Containerfile")
        .value("t", "tag", "NAME", "Name the image; may be given more than once")
        .value("f", "file", "FILE", "The Containerfile (default Containerfile, then Dockerfile)")
        .value(null, "target", "STAGE", "Build this stage, not the last one")
        .value(null, "build-arg", "NAME=VALUE", "Set an ARG; NAME alone passes your own on")
        .value(null, "build-context", "NAME=SOURCE", "A directory, archive or docker-image://NAME")
        .value(null, "label", "NAME=VALUE", "Add a label")
        .value(null, "annotation", "NAME=VALUE", "Add an annotation of the manifest")
        .value(null, "secret", "id=NAME,src=FILE", "A secret for RUN --mount=type=secret; or env=")
        .value(null, "ssh", "default|ID=SOCKET", "An agent for RUN --mount=type=ssh")
        .value(null, "network", "none|host|NAME", "What RUN sees of the network (default as run)")
        .value(null, "add-host", "NAME:ADDRESS", "A line for /etc/hosts of RUN")
        .value(null, "platform", "OS/ARCH", "Build for this platform; several make an index")
        .value(null, "format", "oci|docker", "The manifest's kind (default oci)")
        .flag(null, "no-cache", "Do every step again")
        .flag(null, "pull", "Look for newer base images")
        .flag(null, "explain", "Say of each step why the cache helped or not")
        .flag(null, "squash", "Make one layer of all that the build adds to its base")
        .value("o", "output", "type=TYPE,dest=PATH", "image, registry, oci, docker, tar or local")
        .flag(null, "push", "The same as --output type=registry")
        .flag(null, "load", "The same as --output type=image, which is the default")
        .value(null, "cache-from", "DIR|NAME", "Look for steps there, too: a layout or registry")
        .value(null, "cache-to", "DIR|NAME", "Write the steps of this build there")
        .value(null, "metadata-file", "FILE", "Write what was built there, as JSON")
        .value(null, "iidfile", "FILE", "Write the image's id there")
        .value(null, "progress", "auto|plain|tty|quiet|json", "How to show what happens")
        .flag("q", "quiet", "Print only the image's id")
        .words(0, 1)
        .example("phyllo build -t app .")
        .example("phyllo build -t app:2 --build-arg VERSION=2 --target tools src")
        .example("tar cz . | phyllo build -t app -");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    BuildRequest request =
        new BuildRequest(arguments.words().isEmpty() ? "." : arguments.words().getFirst())
            .in(new FileInputStream(FileDescriptor.in));
    arguments.value("file").ifPresent(request::file);
    arguments.values("tag").forEach(request::name);
    arguments.value("target").ifPresent(request::target);
    arguments.values("secret").forEach(request::secret);
    arguments.values("ssh").forEach(request::ssh);
    arguments.value("network").ifPresent(request::network);
    arguments.values("add-host").forEach(request::host);
    for (String assignment : arguments.values("build-arg")) {
      int equals = assignment.indexOf('=');
      if (equals > 0) {
        request.argument(assignment.substring(0, equals), assignment.substring(equals + 1));
      } else {
        String own = System.getenv(assignment);
        if (own != null) {
          request.argument(assignment, own);
        }
      }
    }
    for (String text : arguments.values("build-context")) {
      int equals = equals("--build-context", text);
      request.namedContext(text.substring(0, equals), text.substring(equals + 1));
    }
    for (String text : arguments.values("label")) {
      int equals = text.indexOf('=');
      request.label(
          equals < 0 ? text : text.substring(0, equals),
          equals < 0 ? "" : text.substring(equals + 1));
    }
    for (String text : arguments.values("annotation")) {
      int equals = equals("--annotation", text);
      request.annotation(text.substring(0, equals), text.substring(equals + 1));
    }
    for (String text : arguments.values("platform")) {
      for (String one : text.split(",", -1)) {
        request.platform(Platform.parse(one));
      }
    }
    String format = arguments.value("format").orElse("oci");
    if (!format.equals("oci") && !format.equals("docker")) {
      throw new UsageException("--format " + format, "no such format", "use oci or docker");
    }
    request
        .docker(format.equals("docker"))
        .noCache(arguments.has("no-cache"))
        .pull(arguments.has("pull"))
        .squash(arguments.has("squash"))
        .explain(arguments.has("explain") || session.steps().isListening());
    arguments.values("output").forEach(request::output);
    if (arguments.has("push")) {
      request.output("type=registry");
    }
    if (arguments.has("load")) {
      request.output("type=image");
    }
    arguments.values("cache-from").forEach(request::cacheFrom);
    arguments.values("cache-to").forEach(request::cacheTo);
    boolean toStandardOutput = false;
    for (String output : arguments.values("output")) {
      toStandardOutput |=
          output.equals("-")
              || output.contains("=") && !output.contains("dest=")
              || output.contains("dest=-");
      toStandardOutput &= !output.startsWith("type=image") && !output.startsWith("type=registry");
    }
    if (toStandardOutput) {
      request.out(new FileOutputStream(FileDescriptor.out));
    }
    boolean quiet = arguments.has("quiet");
    BuildProgress progress =
        BuildOutput.of(quiet ? "quiet" : arguments.value("progress").orElse("auto"));
    BuildResult result = session.engine().builds().build(request.progress(progress));
    if (arguments.value("iidfile").isPresent()) {
      write(arguments.value("iidfile").get(), result.id().toString());
    }
    if (arguments.value("metadata-file").isPresent()) {
      write(arguments.value("metadata-file").get(), metadata(result));
    }
    if (!toStandardOutput) {
      session.println(result.id().toString());
    }
    return 0;
  }

  /** The members that docker's build has there. */
  private static String metadata(BuildResult result) {
    return JsonCodec.toPretty(
            new JsonBuilder()
                .put("containerimage.config.digest", result.id().toString())
                .put("containerimage.descriptor", result.target().toJson())
                .put("containerimage.digest", result.target().digest().toString())
                .put("image.name", String.join(",", result.names()))
                .build())
        + "\n";
  }

  private static int equals(String option, String text) {
    int equals = text.indexOf('=');
    if (equals <= 0) {
      throw new UsageException(option + " " + text, "not NAME=VALUE", "write NAME=VALUE");
    }
    return equals;
  }

  private static void write(String file, String text) {
    try {
      Files.writeString(Path.of(file), text);
    } catch (IOException e) {
      throw new SystemException(file, e);
    }
  }
}
