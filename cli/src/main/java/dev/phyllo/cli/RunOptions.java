package dev.phyllo.cli;

import dev.phyllo.engine.RunRequest;
import java.util.List;

/** What {@code run} and {@code create} have in common: an image, a command, and how it starts. */
final class RunOptions {
  private RunOptions() {}

  static void declare(Syntax syntax) {
    syntax
        .helpWithoutLetter() // docker's is the host name's
        .flag(null, "rm", "Remove the container when it ends")
        .value(null, "name", "NAME", "Name the container")
        .flag("i", "interactive", "Pass standard input through")
        .value("e", "env", "NAME=VALUE", "Set a variable; NAME alone passes your own on")
        .value("w", "workdir", "DIR", "Start in this directory")
        .value("u", "user", "USER[:GROUP]", "Run as this user, by name or number")
        .value(null, "entrypoint", "PROGRAM", "Replace the image's entrypoint")
        .flag(null, "init", "Start a small init first, which reaps and passes signals on");
    StorageOptions.declare(syntax);
    NetworkOptions.declare(syntax);
    SecurityOptions.declare(syntax);
    ResourceOptions.declare(syntax);
    LifeOptions.declare(syntax);
    syntax.stopsAtFirstWord().words(1, Integer.MAX_VALUE);
  }

  static RunRequest request(Arguments arguments, Session session) {
    List<String> words = arguments.words();
    // With --rootfs there is no image to name.
    RunRequest request =
        arguments.has("rootfs")
            ? new RunRequest("", words)
            : new RunRequest(words.getFirst(), words.subList(1, words.size()));
    request.remove(arguments.has("rm")).stdin(arguments.has("interactive"));
    request.init(arguments.has("init"));
    arguments.value("name").ifPresent(request::name);
    arguments.value("workdir").ifPresent(request::workingDir);
    arguments.value("user").ifPresent(request::user);
    arguments.value("entrypoint").ifPresent(request::entrypoint);
    StorageOptions.apply(arguments, request.storage());
    NetworkOptions.apply(arguments, request.network(), session);
    SecurityOptions.apply(arguments, request.security());
    ResourceOptions.apply(arguments, request.resources());
    LifeOptions.apply(arguments, request);
    for (String assignment : arguments.values("env")) {
      request.env(assignment);
    }
    return request;
  }
}
