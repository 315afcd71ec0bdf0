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
    List<Heredoc> heredocs =
        switch (instruction) {
          case Run run -> run.heredocs();
          case Copy copy -> copy.files();
          case Add add -> add.files();
          default -> List.of();
        };
    for (Heredoc heredoc : heredocs) {
      add(heredoc.toString());
    }
    return instruction instanceof Onbuild onbuild ? add(onbuild.trigger()) : this;
  }

  StepId add(Source source) {
    return switch (source) {
      case Source.Scratch(var platform) -> add("scratch").add(platform.toString());
      case Source.MainContext() -> add("context");
      case Source.NamedContext(var name, var platform) ->
          add("named").add(name).add(platform.toString());
      case Source.Image(var name, var platform) -> add("image").add(name).add(platform.toString());
      case Source.OfStage(var node) -> add("stage").add(node.id());
    };
  }

  /** The name: hexadecimal. Nothing can be added after it. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
