package dev.phyllo.cli;

import dev.phyllo.engine.ImageSummary;
import dev.phyllo.engine.Phyllo;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.UsageException;
import java.util.ArrayList;
import java.util.List;

/** {@code --all-tags} of pull and push: a repository stands for all of its images. */
final class AllTags {
  private AllTags() {}

  /**
   * The repository that is meant.
   *
   * @throws UsageException if a tag or digest is with it
   */
  static Reference repository(String text) {
    Reference reference = Reference.parse(text);
    boolean tagged = text.lastIndexOf(':') > text.lastIndexOf('/');
    if (tagged || reference.digest().isPresent()) {
      throw new UsageException(
          "--all-tags " + text, "a tag or digest is with it", "name the repository alone");
    }
    return reference;
  }

  /**
   * The images of a repository that are here, by their canonical names.
   *
   * @throws NotFoundException if there is none
   */
  static List<String> held(String text, Phyllo engine) {
    String wanted = repository(text).repository();
    List<String> names = new ArrayList<>();
    for (ImageSummary image : engine.images()) {
      if (!image.name().isEmpty()) {
        Reference name = Reference.parse(image.name());
        if (name.repository().equals(wanted) && name.tag().isPresent()) {
          names.add(image.name());
        }
      }
    }
    if (names.isEmpty()) {
      throw new NotFoundException(
          text, "no image of that repository is here", "phyllo images lists what is");
    }
    return names;
  }
}
