package dev.phyllo.engine;

import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StartException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What commands and the supervisor say to each other: JSON objects, one a message, of at most 64
 * KiB. A request has {@code version}, {@code build} and {@code do}; an answer is {@code {"ok":
 * true}} or has {@code error}.
 *
 * <p>{@code {"do": "leave"}} is understood by every version there will ever be: the supervisor
 * gives up its place at once. Its containers go on, and the next one takes them over.
 */
final class SupervisorMessage {
  /** What a supervisor and a command must have in common. */
  static final int VERSION = 1;

  private SupervisorMessage() {}

  /** Which build of the program this is: the time of its first jar. */
  static long build() {
    String path = System.getProperty("java.class.path", "");
    int colon = path.indexOf(':');
    try {
      return Files.getLastModifiedTime(Path.of(colon < 0 ? path : path.substring(0, colon)))
          .toMillis();
    } catch (IOException | java.nio.file.InvalidPathException e) {
      return 0;
    }
  }

  static JsonBuilder request(String verb) {
    return new JsonBuilder().put("version", VERSION).put("build", build()).put("do", verb);
  }

  static byte[] bytes(JsonBuilder message) {
    return JsonCodec.toBytes(message.build());
  }

  static JsonObject parse(byte[] message) {
    return JsonCodec.parseObject(message, "the supervisor's message");
  }

  static JsonBuilder ok() {
    return new JsonBuilder().put("ok", true);
  }

  static JsonBuilder error(PhylloException e) {
    JsonBuilder error =
        new JsonBuilder()
            .put("thing", e.thing())
            .put("why", e.why())
            .put("remedy", e.remedy())
            .put("kind", kind(e));
    if (e instanceof StartException start) {
      error.put("status", start.exitStatus());
    }
    return new JsonBuilder().put("error", error.build());
  }

  private static String kind(PhylloException e) {
    return switch (e) {
      case StartException _ -> "start";
      case NotFoundException _ -> "not found";
      case ConflictException _ -> "conflict";
      case UnsupportedException _ -> "unsupported";
      case InvalidException _ -> "invalid";
      default -> "system";
    };
  }

  /** Throws what an answer says went wrong there, as if it had here. */
  static JsonObject checked(JsonObject answer) {
    if (answer.object("error").isEmpty()) {
      return answer;
    }
    JsonObject error = answer.requireObject("error");
    String thing = error.string("thing").orElse("the supervisor");
    String why = error.string("why").orElse("failed");
    String remedy = error.string("remedy").orElse("");
    throw switch (error.string("kind").orElse("")) {
      case "start" ->
          new StartException(
              thing,
              why,
              remedy,
              error.number("status").orElse((long) StartException.ENGINE).intValue(),
              null);
      case "not found" -> new NotFoundException(thing, why, remedy);
      case "conflict" -> new ConflictException(thing, why, remedy);
      case "unsupported" -> new UnsupportedException(thing, why, remedy);
      case "invalid" -> new InvalidException(thing, why, remedy);
      default -> new SystemException(thing, why, remedy, 0);
    };
  }
}
