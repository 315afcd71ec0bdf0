package dev.phyllo.linux;

/** What a container's start needs and takes several steps: added to a plan by one call each. */
public final class Recipes {
  private Recipes() {}
}
