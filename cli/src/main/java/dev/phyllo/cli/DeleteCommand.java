package dev.phyllo.cli;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.UsageException;
import java.util.Optional;

/** {@code delete}: an image in a registry. */
final class DeleteCommand implements Command {
  DeleteCommand() {}

  @Override
  public Syntax syntax() {
    return RegistryFlags.add(
            new Syntax("delete [OPTIONS] docker://IMAGE...", "Delete images in a registry"))
        .words(1, Integer.MAX_VALUE)
        .example("phyllo delete docker://127.0.0.1:5000/app:old");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    for (String word : arguments.words()) {
      if (!word.startsWith("docker://")) {
        throw new UsageException(
            word, "not an image in a registry", "write docker://" + word + ", or use phyllo rmi");
      }
    }
    for (String word : arguments.words()) {
      Reference image = Reference.parse(PullCommand.bare(word));
      Optional<Digest> manifest =
          session.engine().registries().delete(image, RegistryFlags.options(arguments));
      session.println(
          manifest.isPresent()
              ? "Deleted: " + image.familiarRepository() + "@" + manifest.get()
              : "Untagged: " + image.familiar());
      if (manifest.isPresent() && image.digest().isEmpty()) {
        session.say(
            "phyllo: the registry cannot remove a tag alone: every tag of this manifest is gone");
      }
    }
    return 0;
  }
}
