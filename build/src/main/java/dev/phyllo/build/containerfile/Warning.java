package dev.phyllo.build.containerfile;

/**
 * Something that builds but probably not as it was meant.
 *
 * @param rule the check's name, by which {@code # check=skip=NAME} leaves it out
 * @param message what is wrong, one line
 * @param location where
 */
public record Warning(Rule rule, String message, Location location) {
  /** {@code file:line:column: message (Rule)}. */
  @Override
  public String toString() {
    return location + ": " + message + " (" + rule.title() + ")";
  }
}
