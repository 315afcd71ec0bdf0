package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.engine.Attachment;
import dev.phyllo.engine.DetachKeys;
import dev.phyllo.engine.Life;
import dev.phyllo.engine.RunRequest;
import dev.phyllo.oci.UsageException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Containers that run beside this command, and this command attached to them. */
final class Beside {
  private Beside() {}

  /** {@code run} with {@code -d}, {@code -t} or a restart policy. */
  static int run(RunRequest request, Arguments arguments, Session session) {
    Life life = session.engine().life();
    boolean tty = arguments.has("tty");
    if (arguments.has("detach")) {
      Container made = life.run(request, Optional.empty(), Life.Before.NOTHING);
      session.println(made.id());
      return 0;
    }
    if (tty && arguments.has("interactive")) {
      requireTerminal();
    }
    Attached attached = new Attached(wantsInput(arguments), wantsOutput(arguments), arguments);
    life.run(request, tty ? Attachment.size() : Optional.empty(), c -> attached.begin(life, c));
    return attached.stay(session);
  }

  static void requireTerminal() {
    if (!dev.phyllo.linux.Terminal.is(dev.phyllo.linux.Fd.STDIN)) {
      throw new UsageException(
          "-it", "standard input is not a terminal", "leave -t out, or run it in a terminal");
    }
  }

  private static boolean wantsInput(Arguments arguments) {
    List<String> which = arguments.values("attach");
    return arguments.has("interactive") && (which.isEmpty() || has(which, "stdin"));
  }

  private static boolean wantsOutput(Arguments arguments) {
    List<String> which = arguments.values("attach");
    return which.isEmpty() || has(which, "stdout") || has(which, "stderr");
  }

  private static boolean has(List<String> which, String word) {
    for (String one : which) {
      String lower = one.toLowerCase(Locale.ROOT);
      if (!lower.equals("stdin") && !lower.equals("stdout") && !lower.equals("stderr")) {
        throw new UsageException(
            "--attach " + one, "no such stream", "use stdin, stdout or stderr");
      }
      if (lower.equals(word)) {
        return true;
      }
    }
    return false;
  }

  /** An attachment that is made before there is a process, and stayed at afterwards. */
  static final class Attached {
    private final boolean input;
    private final boolean output;
    private final DetachKeys keys;
    private final boolean passing;
    private Optional<Attachment> attachment = Optional.empty();

    Attached(boolean input, boolean output, Arguments arguments) {
      this.input = input;
      this.output = output;
      keys = arguments.value("detach-keys").map(DetachKeys::parse).orElse(DetachKeys.DEFAULT);
      passing = !arguments.value("sig-proxy").orElse("true").equals("false");
    }

    void begin(Life life, Container container) {
      attachment =
          Optional.of(
              life.attachment(container)
                  .input(input)
                  .output(output)
                  .detachKeys(keys)
                  .passingSignals(passing)
                  .begin());
    }

    /** Returns the exit status of the command. */
    int stay(Session session) {
      session.flush();
      Attachment at = attachment.orElseThrow();
      int status = at.stay();
      if (at.hasMissed()) {
        session.notice(
            "some output was removed from the log before it could be shown; give it more with"
                + " --log-opt max-size or max-file");
      }
      if (status == Attachment.DETACHED) {
        session.say("read escape sequence");
        return 0;
      }
      return status;
    }
  }
}
