package dev.phyllo.build;

import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What {@code --secret} gives: by id, a file or a variable, read when a command wants it. */
final class Secrets {
  private static final long MAX_BYTES = 500 << 10;

  private record Source(boolean isVariable, String name) {}

  private final Map<String, Source> sources = new HashMap<>();

  /**
   * Reads the options.
   *
   * @param texts {@code id=NAME[,src=FILE|,env=VARIABLE][,type=file|env]} each
   */
  Secrets(List<String> texts) {
    for (String text : texts) {
      String id = "";
      String file = "";
      String variable = "";
      String type = "";
      for (String field : text.split(",", -1)) {
        int equals = field.indexOf('=');
        String value = field.substring(equals + 1);
        switch (equals < 0 ? "" : field.substring(0, equals)) {
          case "id" -> id = value;
          case "src", "source" -> file = value;
          case "env" -> variable = value;
          case "type" -> type = value;
          default -> throw bad(text, "\"" + field + "\" means nothing here");
        }
      }
      if (type.equals("env") && variable.isEmpty()) {
        variable = file;
        file = "";
      }
      if (id.isEmpty()) {
        id = file.isEmpty() ? variable : String.valueOf(Path.of(file).getFileName());
      }
      if (id.isEmpty() || !type.isEmpty() && !type.equals("file") && !type.equals("env")) {
        throw bad(text, "no id, or an unknown type");
      }
      if (file.isEmpty() && variable.isEmpty()) {
        // As docker: the variable of that name, or else the file.
        boolean set = System.getenv(id) != null;
        sources.put(id, new Source(set, id));
      } else {
        sources.put(id, new Source(file.isEmpty(), file.isEmpty() ? variable : file));
      }
    }
  }

  private static UsageException bad(String text, String why) {
    return new UsageException(
        "--secret " + text, why, "write id=NAME,src=FILE or id=NAME,env=VARIABLE");
  }

  /** A secret's bytes, if it was given. */
  Optional<byte[]> find(String id) {
    Source source = sources.get(id);
    if (source == null) {
      return Optional.empty();
    }
    if (source.isVariable) {
      String value = System.getenv(source.name);
      if (value == null) {
        throw new NotFoundException(
            "--secret id=" + id, "the variable " + source.name + " is not set", "set it");
      }
      return Optional.of(value.getBytes(StandardCharsets.UTF_8));
    }
    try {
      Path file = Path.of(source.name);
      if (Files.size(file) > MAX_BYTES) {
        throw new UsageException(
            "--secret id=" + id,
            source.name + " is longer than " + MAX_BYTES + " bytes",
            "give a smaller one");
      }
      return Optional.of(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new NotFoundException(
          "--secret id=" + id, "no file " + source.name, "check the path", e);
    } catch (IOException e) {
      throw new SystemException(source.name, e);
    }
  }

  /**
   * The agents of {@code --ssh}: {@code default} or {@code ID} is that of SSH_AUTH_SOCK, {@code
   * ID=SOCKET} another.
   */
  static Map<String, Path> agents(List<String> texts) {
    Map<String, Path> agents = new HashMap<>();
    for (String text : texts) {
      int equals = text.indexOf('=');
      String id = equals < 0 ? text : text.substring(0, equals);
      String socket = equals < 0 ? System.getenv("SSH_AUTH_SOCK") : text.substring(equals + 1);
      if (socket == null || socket.isEmpty()) {
        throw new NotFoundException(
            "--ssh " + text, "SSH_AUTH_SOCK is not set", "start ssh-agent, or name its socket");
      }
      if (!Files.exists(Path.of(socket)) || Files.isRegularFile(Path.of(socket))) {
        throw new UsageException(
            "--ssh " + text, "not an agent's socket", "keys are passed on by an agent only");
      }
      agents.put(id, Path.of(socket));
    }
    return agents;
  }
}
