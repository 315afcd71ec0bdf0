package dev.phyllo.build.graph;

import dev.phyllo.build.containerfile.Add;
import dev.phyllo.build.containerfile.Copy;
import dev.phyllo.build.containerfile.Heredoc;
import dev.phyllo.build.containerfile.Instruction;
import dev.phyllo.build.containerfile.Onbuild;
import dev.phyllo.build.containerfile.Run;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Makes a name of all that decides a step's result, as far as the text and the arguments do. */
final class StepId {
  private final MessageDigest digest;

  StepId() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Texts keep their lengths, so that two of them are never another two. */
  StepId add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int shift = 24; shift >= 0; shift -= 8) {
      digest.update((byte) (bytes.length >>> shift));
    }
    digest.update(bytes);
    return this;
  }

  /** What it says, wherever it stands. */
  StepId add(Instruction instruction) {
    add(instruction.name()).add(instruction.origin().text());
    List<Heredoc> heredocs = List.of();
    // By instanceof: the first use of a pattern switch makes classes, and cached builds are timed.
    if (instruction instanceof Run run) {
      heredocs = run.heredocs();
    } else if (instruction instanceof Copy copy) {
      heredocs = copy.files();
    } else if (instruction instanceof Add add) {
      heredocs = add.files();
    }
    for (Heredoc heredoc : heredocs) {
      add(heredoc.name()).add(heredoc.content());
      add(heredoc.expand() + " " + heredoc.stripTabs() + " " + heredoc.descriptor());
    }
    return instruction instanceof Onbuild onbuild ? add(onbuild.trigger()) : this;
  }

  StepId add(Source source) {
    if (source instanceof Source.OfStage stage) {
      return add("stage").add(stage.node().id());
    }
    if (source instanceof Source.Image image) {
      return add("image").add(image.name()).add(image.platform().toString());
    }
    if (source instanceof Source.NamedContext context) {
      return add("named").add(context.name()).add(context.platform().toString());
    }
    if (source instanceof Source.Scratch scratch) {
      return add("scratch").add(scratch.platform().toString());
    }
    return add("context");
  }

  /** The name: hexadecimal. Nothing can be added after it. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
