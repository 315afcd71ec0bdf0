package dev.phyllo.transports.registry;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A program that keeps credentials: {@code docker-credential-NAME get|store|erase}, which speaks
 * JSON on its standard streams (the docker-credential-helpers protocol).
 */
final class CredentialProgram {
  private static final int MAX_OUTPUT = 64 << 10;
  private static final int SECONDS = 60;
  private static final String NOT_FOUND = "credentials not found";
  private static final String TOKEN_USER = "<token>";

  private final String program;

  /**
   * The helper of that name.
   *
   * @throws InvalidException if the name could be another program than a helper
   */
  CredentialProgram(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (!Character.isLetterOrDigit(c) && c != '-' && c != '_' && c != '.') {
        throw new InvalidException(
            name,
            "not the name of a credential helper",
            "see credHelpers and credsStore in docker's config.json");
      }
    }
    program = "docker-credential-" + name;
  }

  /** What it knows of a server. */
  Optional<Credentials> get(String server) {
    Answer answer = call("get", server.getBytes(StandardCharsets.UTF_8));
    if (answer.status != 0) {
      if (answer.text().toLowerCase(java.util.Locale.ROOT).contains(NOT_FOUND)) {
        return Optional.empty();
      }
      throw failed("get", answer);
    }
    JsonObject o = JsonCodec.parseObject(answer.bytes, program);
    String user = o.string("Username").orElse("");
    String secret = o.string("Secret").orElse("");
    if (user.isEmpty() && secret.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        user.equals(TOKEN_USER)
            ? new Credentials("", secret, true)
            : new Credentials(user, secret, false));
  }

  void store(String server, Credentials credentials) {
    byte[] input =
        JsonCodec.toBytes(
            new JsonBuilder()
                .put("ServerURL", server)
                .put("Username", credentials.isIdentityToken() ? TOKEN_USER : credentials.user())
                .put("Secret", credentials.secret())
                .build());
    Answer answer = call("store", input);
    if (answer.status != 0) {
      throw failed("store", answer);
    }
  }

  void erase(String server) {
    Answer answer = call("erase", server.getBytes(StandardCharsets.UTF_8));
    if (answer.status != 0
        && !answer.text().toLowerCase(java.util.Locale.ROOT).contains(NOT_FOUND)) {
      throw failed("erase", answer);
    }
  }

  private static final class Answer {
    final int status;
    final byte[] bytes;

    Answer(int status, byte[] bytes) {
      this.status = status;
      this.bytes = bytes;
    }

    String text() {
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private Answer call(String verb, byte[] input) {
    Process process;
    try {
      process =
          new ProcessBuilder(List.of(program, verb))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
    } catch (IOException e) {
      throw new NotFoundException(
          program,
          "docker's configuration names this credential helper, which cannot be started",
          "install it, or remove it from the configuration",
          e);
    }
    // A helper that never ends is ended: its streams then end too.
    Thread watch =
        Thread.ofVirtual()
            .start(() -> {
              try {
                if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                  process.destroyForcibly();
                }
              } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
              }
            });
    try {
      try (OutputStream out = process.getOutputStream()) {
        out.write(input);
      } catch (IOException _) {
        // It may have its answer without reading.
      }
      byte[] bytes;
      try (InputStream in = process.getInputStream()) {
        bytes = in.readNBytes(MAX_OUTPUT + 1);
      }
      if (bytes.length > MAX_OUTPUT) {
        throw new InvalidException(
            program,
            "says more than " + MAX_OUTPUT + " bytes",
            "try the program by hand, or log in without it");
      }
      return new Answer(process.waitFor(), bytes);
    } catch (IOException e) {
      throw new SystemException(program, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SystemException(program, "interrupted", "", e);
    } finally {
      process.destroyForcibly();
      watch.interrupt();
    }
  }

  private SystemException failed(String verb, Answer answer) {
    String text = answer.text().strip();
    return new SystemException(
        program + " " + verb,
        "exit status " + answer.status + (text.isEmpty() ? "" : ": " + text),
        "try the program by hand, or log in without it",
        null);
  }
}
