package dev.phyllo.cli;

import dev.phyllo.containers.ExecSpec;
import dev.phyllo.engine.Attachment;
import dev.phyllo.engine.DetachKeys;
import dev.phyllo.engine.Life;
import dev.phyllo.oci.UsageException;
import java.util.ArrayList;
import java.util.List;

/** {@code exec}: one more process in a container that runs. */
final class ExecCommand implements Command {
  ExecCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax(
            "exec [OPTIONS] CONTAINER COMMAND [ARG...]", "Run a command in a container that runs")
        .flag("d", "detach", "Do not wait for its end")
        .flag("i", "interactive", "Pass standard input through")
        .flag("t", "tty", "Give it a terminal of its own")
        .value("e", "env", "NAME=VALUE", "Set a variable; NAME alone passes your own on")
        .value(null, "env-file", "FILE", "Set the variables in the file, a line each")
        .value("w", "workdir", "DIR", "Start in this directory")
        .value("u", "user", "USER[:GROUP]", "Run as this user, by name or number")
        .value(null, "detach-keys", "KEYS", "What detaches from its terminal (ctrl-p,ctrl-q)")
        .flag(null, "privileged", "Allow it what a privileged container's root may do")
        .stopsAtFirstWord()
        .words(2, Integer.MAX_VALUE)
        .example("phyllo exec -it web sh")
        .example("phyllo exec -u nobody -w /tmp web id");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    if (arguments.has("tty") && arguments.has("interactive") && !arguments.has("detach")) {
      Beside.requireTerminal();
    }
    if (arguments.value("workdir").isPresent()
        && !arguments.value("workdir").get().startsWith("/")) {
      throw new UsageException(
          "-w " + arguments.value("workdir").get(), "not an absolute path", "begin it with /");
    }
    List<String> words = arguments.words();
    Life life = session.engine().life();
    ExecSpec spec =
        new ExecSpec(
            words.subList(1, words.size()),
            environment(arguments),
            arguments.value("workdir"),
            arguments.value("user"),
            arguments.has("interactive"),
            arguments.has("tty"),
            arguments.has("privileged"));
    session.flush();
    DetachKeys keys =
        arguments.value("detach-keys").isPresent()
            ? DetachKeys.parse(arguments.value("detach-keys").get())
            : DetachKeys.DEFAULT;
    int status = life.exec(life.require(words.getFirst()), spec, arguments.has("detach"), keys);
    if (status == Attachment.DETACHED) {
      session.say("read escape sequence");
      return 0;
    }
    return status;
  }

  private static List<String> environment(Arguments arguments) {
    List<String> environment = new ArrayList<>();
    List<String> assignments = new ArrayList<>();
    for (String file : arguments.values("env-file")) {
      assignments.addAll(LifeOptions.lines(file));
    }
    assignments.addAll(arguments.values("env"));
    for (String assignment : assignments) {
      if (assignment.isEmpty() || assignment.startsWith("=") || assignment.indexOf('\0') >= 0) {
        throw new UsageException("-e " + assignment, "not NAME=value", "write -e NAME=value");
      }
      String own = assignment.indexOf('=') < 0 ? System.getenv(assignment) : null;
      if (own != null) {
        environment.add(assignment + "=" + own);
      } else if (assignment.indexOf('=') >= 0) {
        environment.add(assignment);
      }
    }
    return environment;
  }
}
