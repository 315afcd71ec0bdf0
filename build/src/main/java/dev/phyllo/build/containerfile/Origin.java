package dev.phyllo.build.containerfile;

import java.util.List;

/**
 * What an instruction was made from.
 *
 * @param keyword the instruction's name as it is written, in whatever case
 * @param location where it stands
 * @param text the instruction as one line: continuation lines joined, comments inside it left out,
 *     surrounding space trimmed, without the bodies of its heredocs and before any expansion
 * @param comments the comment lines right above it, without their {@code #}
 */
public record Origin(String keyword, Location location, String text, List<String> comments) {
  /** Keeps a copy. */
  public Origin {
    comments = List.copyOf(comments);
  }
}
