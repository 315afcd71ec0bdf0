package dev.phyllo.cli;

import dev.phyllo.engine.PushRequest;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.UsageException;
import dev.phyllo.transports.ImageCopy;

/** {@code push}: an image to a registry. */
final class PushCommand implements Command {
  PushCommand() {}

  @Override
  public Syntax syntax() {
    return RegistryFlags.add(
            new Syntax("push [OPTIONS] IMAGE [DESTINATION]", "Send an image to a registry")
                .value(null, "platform", "OS/ARCH", "Send the image for this platform of an index")
                .flag(null, "all-platforms", "Send all of an index that is here (the default)")
                .flag("a", "all-tags", "Send every tag of the repository that is here")
                .flag(null, "referrers", "Send signatures and the like too")
                .value(null, "digestfile", "FILE", "Write the digest to FILE")
                .flag("q", "quiet", "Print only the digest"))
        .words(1, 2)
        .example("phyllo push registry.example.com/app:1")
        .example("phyllo push app docker://127.0.0.1:5000/app:1");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    if (!arguments.has("all-tags")) {
      return push(arguments.words().getFirst(), arguments, session);
    }
    if (arguments.words().size() == 2) {
      throw new UsageException(
          "push --all-tags", "with another destination", "push the tags one by one");
    }
    for (String image : AllTags.held(arguments.words().getFirst(), session.engine())) {
      session.println("Pushing " + Reference.parse(image).familiar());
      push(image, arguments, session);
    }
    return 0;
  }

  private static int push(String image, Arguments arguments, Session session) {
    boolean quiet = arguments.has("quiet");
    PushRequest request =
        PushRequest.of(image)
            .withReferrers(arguments.has("referrers"))
            .withRegistry(RegistryFlags.options(arguments));
    if (arguments.words().size() == 2) {
      request = request.withDestination(PullCommand.bare(arguments.words().get(1)));
    }
    if (arguments.value("platform").isPresent() && arguments.has("all-platforms")) {
      throw new UsageException("push", "both --platform and --all-platforms", "give one of them");
    }
    if (arguments.value("platform").isPresent()) {
      request = request.withPlatform(Platform.parse(arguments.value("platform").get()));
    }
    ImageCopy.Copied pushed;
    try (Session.Watching _ = session.watch(quiet)) {
      pushed = session.engine().registries().push(request);
    }
    CopyCommand.print(pushed, quiet, arguments, session);
    return 0;
  }
}
