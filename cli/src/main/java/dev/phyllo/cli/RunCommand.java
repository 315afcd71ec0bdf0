package dev.phyllo.cli;

import dev.phyllo.containers.Network;
import dev.phyllo.containers.Volume;
import dev.phyllo.engine.RunRequest;
import dev.phyllo.oci.UsageException;
import java.util.List;

/** {@code run}: an image becomes a process. */
final class RunCommand implements Command {
  RunCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("run [OPTIONS] IMAGE [COMMAND] [ARG...]", "Run a command in a new container")
        .flag(null, "rm", "Remove the container when it ends")
        .value(null, "name", "NAME", "Name the container")
        .flag("i", "interactive", "Pass standard input through")
        .value("e", "env", "NAME=VALUE", "Set a variable; NAME alone passes your own on")
        .value("w", "workdir", "DIR", "Start in this directory")
        .value("u", "user", "USER[:GROUP]", "Run as this user, by name or number")
        .value("v", "volume", "SRC:DST[:ro]", "Show a directory or file of this machine inside")
        .value(null, "entrypoint", "PROGRAM", "Replace the image's entrypoint")
        .value(null, "hostname", "NAME", "The host name inside")
        .value(null, "network", "none|host", "What it sees of the network (default none)")
        .flag(null, "read-only", "Mount the root read-only")
        .value(null, "cap-add", "CAPABILITY", "Add a capability, or ALL")
        .value(null, "cap-drop", "CAPABILITY", "Take a capability away, or ALL")
        .value(null, "security-opt", "no-new-privileges", "Take the power from setuid programs")
        .stopsAtFirstWord()
        .words(1, Integer.MAX_VALUE)
        .example("phyllo run --rm busybox echo hello")
        .example("phyllo run --rm -i -v /src:/src:ro -w /src busybox sh")
        .example("phyllo --explain run --rm busybox true");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    List<String> words = arguments.words();
    RunRequest request = new RunRequest(words.getFirst(), words.subList(1, words.size()));
    request
        .remove(arguments.has("rm"))
        .stdin(arguments.has("interactive"))
        .readOnlyRoot(arguments.has("read-only"));
    arguments.value("name").ifPresent(request::name);
    arguments.value("workdir").ifPresent(request::workingDir);
    arguments.value("user").ifPresent(request::user);
    arguments.value("entrypoint").ifPresent(request::entrypoint);
    arguments.value("hostname").ifPresent(request::hostname);
    for (String assignment : arguments.values("env")) {
      request.env(assignment);
    }
    for (String volume : arguments.values("volume")) {
      request.volume(Volume.parse(volume));
    }
    for (String capability : arguments.values("cap-add")) {
      request.addCapability(capability);
    }
    for (String capability : arguments.values("cap-drop")) {
      request.dropCapability(capability);
    }
    arguments.value("network").ifPresent(word -> request.network(Network.parse(word)));
    for (String option : arguments.values("security-opt")) {
      switch (option) {
        case "no-new-privileges", "no-new-privileges:true", "no-new-privileges=true" ->
            request.noNewPrivileges(true);
        case "no-new-privileges:false", "no-new-privileges=false" -> request.noNewPrivileges(false);
        default ->
            throw new UsageException(
                "--security-opt " + option, "no such option", "no-new-privileges is one");
      }
    }
    return session.engine().run(request);
  }
}
