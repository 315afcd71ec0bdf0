package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import dev.phyllo.cli.output.Table;
import dev.phyllo.engine.ImageSummary;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.List;

/** {@code images}: the images of the namespace. */
final class ImagesCommand implements Command {
  private static final String NONE = "<none>";

  ImagesCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax("images [OPTIONS] [REPOSITORY[:TAG]]", "List images")
                .flag("q", "quiet", "Print only ids")
                .flag("a", "all", "Accepted for docker's sake; every image is shown always")
                .flag(null, "no-trunc", "Show whole ids")
                .flag(null, "digests", "Show the digests the names point to")
                .value(
                    "f",
                    "filter",
                    "NAME=VALUE",
                    "Only those; reference, label, dangling, before, since, until"))
        .words(0, 1)
        .example("phyllo images")
        .example("phyllo images --filter reference='team/*' --filter label=tested")
        .example("phyllo images --format '{{.Repository}}:{{.Tag}} {{.Digest}}'");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    boolean whole = arguments.has("no-trunc");
    List<ImageSummary> images = new ArrayList<>();
    List<String> filters = arguments.values("filter");
    ImagesFilter filter = filters.isEmpty() ? null : ImagesFilter.parse(filters, session.engine());
    for (ImageSummary image : session.engine().images()) {
      if ((arguments.words().isEmpty() || matches(image, arguments.words().getFirst()))
          && (filter == null || filter.has(image))) {
        images.add(image);
      }
    }
    if (arguments.has("quiet")) {
      for (ImageSummary image : images) {
        session.println(id(image, whole));
      }
      return 0;
    }
    if (arguments.value("format").isPresent()) {
      List<Json.Obj> rows = new ArrayList<>();
      for (ImageSummary image : images) {
        rows.add(row(image, whole));
      }
      if (Format.rows(arguments, rows, session)) {
        return 0;
      }
    }
    boolean digests = arguments.has("digests");
    Table table = new Table();
    if (digests) {
      table.header("REPOSITORY", "TAG", "DIGEST", "IMAGE ID", "CREATED", "SIZE");
    } else {
      table.header("REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE");
    }
    for (ImageSummary image : images) {
      String repository = repository(image);
      String tag = tag(image);
      String created = Times.ago(image.created());
      String size = Sizes.brief(image.size());
      if (digests) {
        String digest = image.target().digest().toString();
        table.row(repository, tag, digest, id(image, whole), created, size);
      } else {
        table.row(repository, tag, id(image, whole), created, size);
      }
    }
    session.print(table.toString());
    return 0;
  }

  private static String repository(ImageSummary image) {
    return image.name().isEmpty() ? NONE : Reference.parse(image.name()).familiarRepository();
  }

  private static String tag(ImageSummary image) {
    return image.name().isEmpty() ? NONE : Reference.parse(image.name()).tag().orElse(NONE);
  }

  private static boolean matches(ImageSummary image, String filter) {
    if (image.name().isEmpty()) {
      return false;
    }
    Reference name = Reference.parse(image.name());
    Reference wanted = Reference.parse(filter);
    boolean tagGiven = filter.lastIndexOf(':') > filter.lastIndexOf('/');
    return name.repository().equals(wanted.repository())
        && (!tagGiven || name.tag().equals(wanted.tag()));
  }

  private static String id(ImageSummary image, boolean whole) {
    return whole ? image.id().toString() : image.id().shortHex();
  }

  private static Json.Obj row(ImageSummary image, boolean whole) {
    return new JsonBuilder()
        .put("Repository", repository(image))
        .put("Tag", tag(image))
        .put("ID", id(image, whole))
        .put("Digest", image.target().digest().toString())
        .put("Name", image.name())
        .put("Manifest", image.manifest().toString())
        .put("Platform", image.platform().toString())
        .put("CreatedAt", image.created().orElse(""))
        .put("CreatedSince", Times.ago(image.created()))
        .put("Size", Sizes.brief(image.size()))
        .put("Bytes", image.size())
        .build();
  }
}
