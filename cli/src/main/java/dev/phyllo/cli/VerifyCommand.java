package dev.phyllo.cli;

import dev.phyllo.engine.Verified;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.transports.Place;
import java.util.ArrayList;
import java.util.List;

/** {@code verify}: everything an image says of itself, computed again. */
final class VerifyCommand implements Command {
  VerifyCommand() {}

  @Override
  public Syntax syntax() {
    return RegistryFlags.add(
            Format.option(
                new Syntax(
                        "verify [OPTIONS] IMAGE...",
                        "Compute every digest, size, diffID and media type of images again")
                    .flag("q", "quiet", "Print only what is wrong")))
        .words(1, Integer.MAX_VALUE)
        .example("phyllo verify busybox")
        .example("phyllo verify docker://registry.example.com/app:1");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    List<Json.Obj> rows = new ArrayList<>();
    int status = 0;
    List<List<Verified>> all = new ArrayList<>();
    try (Session.Watching _ =
        session.watch(
            arguments.has("quiet") || arguments.words().stream().noneMatch(Place::isPlace))) {
      for (String image : arguments.words()) {
        all.add(levels(image, arguments, session));
      }
    }
    for (int i = 0; i < all.size(); i++) {
      String image = arguments.words().get(i);
      for (Verified level : all.get(i)) {
        if (!level.isWhole()) {
          status = 1;
        }
        rows.add(
            new JsonBuilder()
                .put("Image", image)
                .put("Level", level.level())
                .put("Digest", level.digest())
                .put("Whole", level.isWhole())
                .put("Mismatches", JsonBuilder.array(level.mismatches()))
                .build());
        if (arguments.value("format").isEmpty()) {
          print(level, arguments.has("quiet"), session);
        }
      }
    }
    Format.rows(arguments, rows, session);
    return status;
  }

  /** An image in another place is read through and not kept. */
  private static List<Verified> levels(String image, Arguments arguments, Session session) {
    if (!Place.isPlace(image)) {
      return session.engine().verify(image);
    }
    return session
        .engine()
        .registries()
        .verify(Place.parse(image), RegistryFlags.options(arguments));
  }

  private static void print(Verified level, boolean quiet, Session session) {
    String what = level.level() + " " + level.digest();
    if (level.isWhole() && !quiet) {
      session.println("ok        " + what);
    }
    for (String mismatch : level.mismatches()) {
      session.println("MISMATCH  " + what + ": " + mismatch);
    }
  }
}
