package dev.phyllo.build.containerfile;

import dev.phyllo.oci.InvalidException;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * What builds but probably not as it was meant: the checks of BuildKit's linter, by the same names.
 * Those that the text alone decides are in {@link Containerfile#warnings}; the others are asked for
 * by whoever knows the rest.
 */
public final class Checks {
  private Checks() {}

  /**
   * A warning for each variable that an instruction uses and nothing defines.
   *
   * @param file the file
   * @param entered what {@link Scope#enter} said of the instruction
   * @param known the names there are, for a suggestion
   */
  public static List<Warning> undefined(
      Containerfile file, Scope.Entered entered, Collection<String> known) {
    Findings findings = new Findings(file);
    for (String name : entered.undefined()) {
      if (!findings.wants(Rule.UNDEFINED_VAR)) {
        break;
      }
      findings.add(
          Rule.UNDEFINED_VAR,
          "nothing defines the variable $" + name + Findings.meant(name, known),
          entered.instruction().origin());
    }
    return findings.all();
  }

  /**
   * A warning for a build argument that no ARG takes.
   *
   * @param file the file
   * @param name the argument
   * @param known the names that ARGs declare, for a suggestion
   */
  public static List<Warning> unusedArgument(
      Containerfile file, String name, Collection<String> known) {
    Findings findings = new Findings(file);
    findings.add(
        Rule.UNUSED_BUILD_ARGUMENT,
        "no ARG takes the build argument " + Chars.shown(name) + Findings.meant(name, known),
        new Location(file.file(), 1, 1, 1),
        Set.of());
    return findings.all();
  }

  /**
   * Makes an error of warnings, if the file asks for it by {@code # check=error=true}.
   *
   * @throws InvalidException about the first of them
   */
  public static void enforce(Containerfile file, List<Warning> warnings) {
    if (file.directives().check().error() && !warnings.isEmpty()) {
      Warning first = warnings.getFirst();
      String more = warnings.size() > 1 ? ", and " + (warnings.size() - 1) + " more" : "";
      throw At.invalid(
          first.location(),
          first.message() + " (" + first.rule().title() + more + ")",
          "mend it, or take error=true from the check directive");
    }
  }
}
