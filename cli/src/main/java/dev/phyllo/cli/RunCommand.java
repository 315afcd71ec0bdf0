package dev.phyllo.cli;

import dev.phyllo.engine.RunRequest;

/** {@code run}: an image becomes a process. */
final class RunCommand implements Command {
  RunCommand() {}

  @Override
  public Syntax syntax() {
    Syntax syntax =
        new Syntax("run [OPTIONS] IMAGE [COMMAND] [ARG...]", "Run a command in a new container");
    RunOptions.declare(syntax);
    LifeOptions.declareRun(syntax);
    return syntax
        .example("phyllo run --rm busybox echo hello")
        .example("phyllo run -it --rm busybox sh")
        .example("phyllo run -d --name web --restart always busybox httpd -f")
        .example("phyllo run --rm -i -v /src:/src:ro -w /src busybox sh")
        .example("phyllo run --rm --rootfs ./tree /bin/sh")
        .example("phyllo --explain run --rm busybox true");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    RunRequest request = RunOptions.request(arguments, session);
    request.life().detached(arguments.has("detach")).beforeLongWork(Script::compiling);
    if (request.life().needsSupervisor(arguments.has("rm"))
        || request.needsOwnStreams()
        || arguments.has("attach")) {
      return Beside.run(request, arguments, session);
    }
    return session.engine().run(request);
  }
}
