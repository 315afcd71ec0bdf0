package dev.phyllo.build.containerfile;

/**
 * {@code USER user[:group]}: who executes what follows.
 *
 * @param user by name or number
 */
public record User(Origin origin, String user) implements Instruction {
  @Override
  public User expand(Expansion expansion) {
    return new User(origin, expansion.word(origin, user));
  }
}
