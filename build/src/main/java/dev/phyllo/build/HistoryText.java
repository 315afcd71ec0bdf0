package dev.phyllo.build;

import dev.phyllo.build.containerfile.Add;
import dev.phyllo.build.containerfile.Arg;
import dev.phyllo.build.containerfile.Cmd;
import dev.phyllo.build.containerfile.Copy;
import dev.phyllo.build.containerfile.Entrypoint;
import dev.phyllo.build.containerfile.Env;
import dev.phyllo.build.containerfile.Expose;
import dev.phyllo.build.containerfile.Heredoc;
import dev.phyllo.build.containerfile.Instruction;
import dev.phyllo.build.containerfile.KeyValue;
import dev.phyllo.build.containerfile.Label;
import dev.phyllo.build.containerfile.Run;
import dev.phyllo.build.containerfile.Shell;
import dev.phyllo.build.containerfile.StopSignal;
import dev.phyllo.build.containerfile.User;
import dev.phyllo.build.containerfile.Volume;
import dev.phyllo.build.containerfile.Workdir;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code created_by} says of an instruction: in docker's words, with the values that variables
 * had. Secrets are mounts, of which the history says nothing.
 */
final class HistoryText {
  private HistoryText() {}

  /**
   * The text.
   *
   * @param instruction the instruction, expanded
   * @param shell what executes shell forms
   * @param arguments the build arguments that the instruction could see
   */
  static String of(Instruction instruction, List<String> shell, Map<String, String> arguments) {
    StringBuilder text = new StringBuilder(instruction.name());
    if (instruction instanceof Run i) {
      run(text, i, shell, arguments);
    } else if (instruction instanceof Copy i) {
      flag(text, "from", i.from());
      flag(text, "chown", i.chown());
      flag(text, "chmod", i.chmod());
      text.append(i.link() ? " --link" : "").append(i.parents() ? " --parents" : "");
      files(text, i.sources(), i.files(), i.destination());
    } else if (instruction instanceof Add i) {
      flag(text, "chown", i.chown());
      flag(text, "chmod", i.chmod());
      flag(text, "checksum", i.checksum());
      text.append(i.link() ? " --link" : "");
      files(text, i.sources(), i.files(), i.destination());
    } else if (instruction instanceof Env i) {
      pairs(text, i.pairs());
    } else if (instruction instanceof Label i) {
      pairs(text, i.pairs());
    } else if (instruction instanceof Arg i) {
      for (Arg.Declaration d : i.declarations()) {
        text.append(' ').append(d.name());
        d.value().ifPresent(value -> text.append('=').append(value));
      }
    } else if (instruction instanceof Cmd i) {
      quoted(text, i.command().arguments(shell));
    } else if (instruction instanceof Entrypoint i) {
      quoted(text, i.command().arguments(shell));
    } else if (instruction instanceof Expose i) {
      text.append(' ').append('[').append(String.join(" ", i.ports())).append(']');
    } else if (instruction instanceof Volume i) {
      text.append(' ').append('[').append(String.join(" ", i.paths())).append(']');
    } else if (instruction instanceof Shell i) {
      text.append(' ').append('[').append(String.join(" ", i.arguments())).append(']');
    } else if (instruction instanceof User i) {
      text.append(' ').append(i.user());
    } else if (instruction instanceof Workdir i) {
      text.append(' ').append(i.path());
    } else if (instruction instanceof StopSignal i) {
      text.append(' ').append(i.signal());
    } else {
      return instruction.origin().text();
    }
    return text.toString();
  }

  /** The command of RUN as it is executed. */
  static List<String> command(Run run, List<String> shell) {
    Run.Execution execution = run.execution();
    if (execution instanceof Run.Execution.Direct direct) {
      return direct.arguments();
    }
    if (execution instanceof Run.Execution.ForShell line) {
      List<String> words = new java.util.ArrayList<>(shell);
      words.add(line.line());
      return words;
    }
    return List.of(((Run.Execution.Script) execution).content());
  }

  private static void run(
      StringBuilder text, Run run, List<String> shell, Map<String, String> arguments) {
    if (!arguments.isEmpty()) {
      text.append(" |").append(arguments.size());
      arguments.forEach((name, value) -> text.append(' ').append(name).append('=').append(value));
    }
    text.append(' ').append(String.join(" ", command(run, shell)));
  }

  private static void flag(StringBuilder text, String name, Optional<String> value) {
    value.ifPresent(v -> text.append(" --").append(name).append('=').append(v));
  }

  private static void files(
      StringBuilder text, List<String> sources, List<Heredoc> files, String destination) {
    for (String source : sources) {
      text.append(' ').append(source);
    }
    for (Heredoc file : files) {
      text.append(" <<").append(file.name());
    }
    text.append(' ').append(destination);
  }

  private static void pairs(StringBuilder text, List<KeyValue> pairs) {
    for (KeyValue pair : pairs) {
      text.append(' ').append(pair);
    }
  }

  private static void quoted(StringBuilder text, List<String> words) {
    text.append(" [");
    for (int i = 0; i < words.size(); i++) {
      text.append(i == 0 ? "\"" : " \"");
      text.append(words.get(i).replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"));
      text.append('"');
    }
    text.append(']');
  }
}
